import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PHONE_WORDS } from "../../../static/i18n/phone.js";
import { PHONE_CASE_WORDS } from "../../../static/i18n/phone_cases.js";
import { FILES, VERSION } from "../../../static/js/phone/version.js";
import { onDisk, stamp, workerVersion } from "./stamp.js";

const PAGE = readFileSync(onDisk("/phone"), "utf8");

test("every kept file exists", () => {
  for (const file of FILES) assert.ok(existsSync(onDisk(file)), file);
});

test("every module of the phone page is kept", () => {
  const modules = readdirSync(onDisk("/static/js/phone/")).map((name) => `/static/js/phone/${name}`);
  assert.deepEqual(
    modules.filter((name) => !FILES.includes(name)),
    [],
  );
});

test("every file that the page names is kept", () => {
  const named = [...PAGE.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? "");
  assert.deepEqual(
    named.filter((name) => !FILES.includes(name)),
    [],
  );
});

/** @type {Readonly<Record<string, string>>} */
const PAGE_WORDS = { ...PHONE_WORDS.zh, ...PHONE_CASE_WORDS.zh };

test("every import of a kept module is kept", () => {
  for (const file of FILES.filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(onDisk(file), "utf8");
    for (const [, target] of text.matchAll(/^import [^;]*from "([^"]+)"/gm)) {
      const address = new URL(target ?? "", `https://county.test${file}`).pathname;
      assert.ok(FILES.includes(address), `${file} imports ${address}`);
    }
  }
});

test("the stamp is true, else run node tests/js/phone/stamp.js", () => {
  assert.equal(VERSION, stamp());
  assert.equal(workerVersion(), VERSION);
});

test("every word that the page names exists", () => {
  const named = [...PAGE.matchAll(/data-t(?:-\w+)?="([^"]+)"/g)].map((match) => match[1] ?? "");
  assert.deepEqual(
    named.filter((key) => !(key in PAGE_WORDS)),
    [],
  );
});

test("every word that the modules name exists", () => {
  const named = readdirSync(onDisk("/static/js/phone/")).flatMap((name) => {
    const text = readFileSync(onDisk(`/static/js/phone/${name}`), "utf8");
    return [...text.matchAll(/"((?:round|bar|criterion|way|map|points|urging|past|dispute|write|notice)\.[\w.]+)"/g)];
  });
  const words = PHONE_WORDS.zh ?? {};
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.map((match) => match[1] ?? "").filter((key) => !(key in words)),
    [],
  );
});

test("every state, direction and lack has its words", () => {
  const states = ["done", "late", "missed", "no_data", "excused"].map((name) => `state.${name}`);
  const ways = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `way.${n}`);
  const lacks = ["cells", "minutes", "points"].flatMap((name) => [`criterion.${name}`, `criterion.lack.${name}`]);
  const kinds = ["urge", "reminder", "alarm", "waiting", "sent", "refused"].map((name) => `urging.${name}`);
  const letters = ["waiting", "sent", "refused", "open", "accepted", "kept"].map((name) => `dispute.${name}`);
  const marks = ["no", "here", "seen"].map((name) => `points.${name}`);
  for (const key of [...states, ...ways, ...lacks, ...kinds, ...letters, ...marks])
    assert.ok(key in (PHONE_WORDS.zh ?? {}), key);
});

test("the text in the page is the Chinese of the dictionary", () => {
  for (const [, key, text] of PAGE.matchAll(/data-t="([^"]+)"[^>]*>([^<]*)</g))
    assert.equal(text, PAGE_WORDS[key ?? ""], key);
});
