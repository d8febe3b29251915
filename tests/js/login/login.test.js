import assert from "node:assert/strict";
import { test } from "node:test";
import { LOGIN_WORDS } from "../../../static/i18n/login.js";
import { safeNext } from "../../../static/js/login/next.js";
import { problemOf } from "../../../static/js/login/problem.js";

const HERE = "https://county.test";
const NOON = Date.parse("2026-03-05T12:00:00+08:00");

test("a page of ours is opened with its query and fragment", () => {
  assert.equal(safeNext("/?worker=7#map=12", HERE), "/?worker=7#map=12");
});
for (const evil of [
  null,
  "",
  "https://evil.test/",
  "//evil.test/",
  "/\\evil.test/",
  "/\t/evil.test",
  "javascript:alert(1)",
  "map",
  "/login?next=/",
]) {
  test(`${JSON.stringify(evil)} leads to the map`, () => assert.equal(safeNext(evil, HERE), "/"));
}

/**
 * @param {number} status
 * @param {number | null} [retryAfterMs]
 * @param {string} [code]
 */
const problem = (status, retryAfterMs = null, code = "x") => problemOf({ status, code, retryAfterMs }, NOON);

test("a wrong password is said plainly", () => assert.equal(problem(401).key, "problem.wrong"));
test("a lock says until when, in the county's time", () => {
  assert.deepEqual(problem(429, 14 * 60_000), { key: "problem.locked", params: { time: "12:14" } });
});
test("a lock without a time still says what to do", () => assert.equal(problem(429).key, "problem.locked.unknown"));
test("no answer is not a wrong password", () => assert.equal(problem(0, null, "offline").key, "problem.offline"));
test("a broken server is not a wrong password", () => assert.equal(problem(503).key, "problem.server"));

test("both languages have the same words", () => {
  assert.deepEqual(Object.keys(LOGIN_WORDS.en).sort(), Object.keys(LOGIN_WORDS.zh).sort());
});
