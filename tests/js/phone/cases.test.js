import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PHONE_CASE_WORDS } from "../../../static/i18n/phone_cases.js";
import { ApiError } from "../../../static/js/net/api.js";
import { afterFailure } from "../../../static/js/phone/case_outbox.js";

const PHONE = new URL("../../../static/js/phone/", import.meta.url);
const STATES = new URL("../../../docs/cases.md", import.meta.url);

/** @type {import("../../../static/js/phone/case_outbox.js").CaseLetter} */
const LETTER = {
  id: "a",
  path: "/api/v1/my/cases",
  body: {},
  title: "lamp",
  photos: [{ blob: new Blob(["x"]), role: "report", ref: "r1" }],
  at_ms: 1,
  state: "waiting",
  number: "",
  problem: "",
};

/** @param {number} status @param {string} [field] */
const failed = (status, field) => new ApiError({ code: "bad_value", message: "", status, ...(field ? { field } : {}) });

test("without an answer a report waits with all it has", () => {
  assert.equal(afterFailure(LETTER, failed(0)), LETTER);
  assert.equal(afterFailure(LETTER, new DOMException("", "TimeoutError")), LETTER);
  for (const status of [401, 408, 429, 500, 503]) assert.equal(afterFailure(LETTER, failed(status)), LETTER);
});

test("a report that the server will never take says why and lets go of its photos", () => {
  const after = afterFailure(LETTER, failed(400, "category"));
  assert.deepEqual([after.state, after.problem, after.photos], ["refused", "category", []]);
});

test("a change that somebody else was faster with is refused", () => {
  assert.equal(afterFailure(LETTER, failed(409)).state, "refused");
});

test("photos that the server swept away are sent once more, and only once", () => {
  const again = afterFailure(LETTER, failed(400, "media[0].ref"));
  assert.equal(again.state, "waiting");
  assert.deepEqual(
    again.photos.map(({ ref }) => ref),
    [""],
  );
  assert.ok(again.photos[0]?.blob);
  assert.equal(afterFailure(again, failed(400, "media[0].ref")).state, "refused");
});

test("every word that the modules name exists", () => {
  const named = readdirSync(PHONE).flatMap((name) => {
    if (!name.startsWith("case")) return [];
    const text = readFileSync(new URL(name, PHONE), "utf8");
    return [...text.matchAll(/"((?:report|tasks|task|photo|place|answer|letter|text|offer|do)\.[a-z_.]+)"/g)];
  });
  assert.ok(named.length > 30);
  assert.deepEqual(
    named.map((match) => match[1] ?? "").filter((key) => !(key in PHONE_CASE_WORDS.zh)),
    [],
  );
});

test("every state of the table has its words", () => {
  const table = readFileSync(STATES, "utf8").split("## States")[1]?.split("## Transitions")[0] ?? "";
  const states = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? "");
  assert.ok(states.length >= 19);
  for (const state of states) assert.ok(`state.${state}` in PHONE_CASE_WORDS.zh, state);
});
