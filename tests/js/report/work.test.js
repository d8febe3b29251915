import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { tidyCode } from "../../../static/js/query/code.js";
import { STEPS, stepOf } from "../../../static/js/query/progress.js";
import { spaced } from "../../../static/js/report/clip.js";
import { bodyOf } from "../../../static/js/report/deliver.js";
import { groupsOf } from "../../../static/js/report/groups.js";
import { newId } from "../../../static/js/report/kept.js";
import { leadingZeroBits, PrefixHash } from "../../../static/js/report/sha256.js";
import { findNonce } from "../../../static/js/report/work.js";

/** @param {string} text */
const node = (text) => createHash("sha256").update(text).digest("hex");

/** @param {Int32Array} digest */
const hex = (digest) => [...digest].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

test("the digest agrees with another implementation at every length around the blocks", () => {
  for (let length = 0; length < 140; length++) {
    const [prefix, suffix] = ["前".repeat(length % 7) + "a".repeat(length), String(length * 7919)];
    assert.equal(hex(new PrefixHash(prefix).digest(suffix)), node(prefix + suffix));
  }
});

test("one prefix serves many suffixes", () => {
  const hash = new PrefixHash("x".repeat(90));
  for (const suffix of ["1", "", "99999999999999999999999999999999999999999"])
    assert.equal(hex(hash.digest(suffix)), node("x".repeat(90) + suffix));
});

test("zero bits are counted across words", () => {
  assert.equal(leadingZeroBits(new Int32Array([-1, 0])), 0);
  assert.equal(leadingZeroBits(new Int32Array([0, 0x00ffffff])), 40);
});

test("a nonce that is found solves the challenge, and no smaller one does", async () => {
  const [salt, id] = ["1795.abc", newId()];
  const nonce = Number(await findNonce({ salt, bits: 10 }, id, { pause: async () => {} }));
  /** @param {number} n */
  const solves = (n) => Number.parseInt(node(`${salt}:${id}:${n}`).slice(0, 4), 16) >>> 6 === 0;
  assert.ok(solves(nonce));
  for (let n = 0; n < nonce; n++) assert.ok(!solves(n));
});

test("looking for a nonce gives way to whoever types", async () => {
  let [clock, pauses] = [0, 0];
  await findNonce({ salt: "s", bits: 11 }, "id", {
    nowMs: () => (clock += 7),
    pause: async () => {
      pauses++;
    },
  });
  assert.ok(pauses > 0);
});

test("ids are UUIDs of version 4", () => {
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newId(), newId());
});

const REPORT = {
  clientId: "c",
  code: "wx",
  description: "路灯不亮",
  category: null,
  place: null,
  phone: "",
  name: "",
  secret: false,
  photos: [],
  atMs: 0,
};

test("answers to the category's questions are sent", () => {
  const body = bodyOf({ ...REPORT, attributes: { part: ["pole"] } }, { salt: "s", nonce: "1" });
  assert.deepEqual(body.attributes, { part: ["pole"] });
});

test("what was left empty is not sent", () => {
  const body = bodyOf(REPORT, { salt: "s", nonce: "1" });
  assert.deepEqual(Object.keys(body).sort(), [
    "challenge",
    "client_id",
    "code",
    "description",
    "media",
    "secret",
    "website",
  ]);
});

test("only photos that the server has are named", () => {
  const photos = [
    { blob: new Blob([]), ref: "a".repeat(32) },
    { blob: new Blob([]), ref: "" },
    { blob: new Blob([]), ref: null },
  ];
  const body = bodyOf({ ...REPORT, photos, place: { lat: 1, lon: 2 } }, { salt: "s", nonce: "1" });
  assert.deepEqual([body.media, body.lat, body.lon], [[{ ref: "a".repeat(32), role: "report" }], 1, 2]);
});

test("categories stand under their large kind, in the table's order", () => {
  const one = { code: "0102", group: "市容环境", name: "暴露垃圾", name_en: "Rubbish", icon: "trash" };
  const other = { code: "9901", group: "其他", name: "别的", name_en: "", icon: "bulb" };
  const [first, second] = groupsOf([one, other, { ...one, code: "0103" }], "en");
  assert.deepEqual([first?.name, first?.categories.map((c) => c.code)], ["Surroundings", ["0102", "0103"]]);
  assert.deepEqual([second?.name, second?.icon, second?.categories[0]?.label], ["其他", "bulb", "别的"]);
});

test("a code is read however it is typed", () => {
  assert.equal(tidyCode(" k7mn-42qp 9xwt\n"), "K7MN42QP9XWT");
  assert.equal(tidyCode("Ｋ７ｍｎ"), "K7MN");
  assert.equal(spaced("K7MN42QP9X"), "K7MN 42QP 9X");
});

test("every state stands at one step", () => {
  const states = STEPS.flatMap(([, some]) => some);
  assert.equal(new Set(states).size, states.length);
  assert.equal(states.length, 19);
  assert.deepEqual(["reported", "handling", "closed", "unknown"].map(stepOf), [0, 2, 4, 0]);
});
