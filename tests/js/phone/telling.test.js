import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE_WORDS } from "../../../static/i18n/phone.js";
import { PHONE_CASE_WORDS } from "../../../static/i18n/phone_cases.js";
import { codeFromHash, codeFromText } from "../../../static/js/phone/code.js";
import { accuracyWord, healthOf } from "../../../static/js/phone/health.js";
import { deviceName } from "../../../static/js/phone/identity.js";
import { enrolProblem, screenOf } from "../../../static/js/phone/screens.js";
import { NO_DUTY, NO_STATUS } from "../../../static/js/phone/status.js";

const NOW = 10_000_000;
const ON = { ...NO_DUTY, on: true, since_ms: NOW - 600_000, last: { t: NOW - 10_000, lat: 37, lon: 115, acc: 8 } };

/** @param {Partial<import("../../../static/js/phone/health.js").Facts>} [change] */
function health(change = {}) {
  const queue = { waiting: 0, oldestMs: null, duties: 0, refused: 0 };
  return healthOf({
    nowMs: NOW,
    duty: ON,
    status: { ...NO_STATUS },
    queue,
    online: true,
    problem: null,
    full: false,
    ...change,
  });
}

/** @param {number} ageMs */
const lastSeen = (ageMs) => ({ ...ON, last: { t: NOW - ageMs, lat: 37, lon: 115, acc: 8 } });

test("a fresh fix on duty is good", () =>
  assert.deepEqual(health(), { level: "good", headline: "state.good", notices: [] }));
test("off duty is off, whatever the position", () => assert.equal(health({ duty: { ...NO_DUTY } }).level, "off"));
test("without a first fix it is searching", () => {
  const { level, headline } = health({ duty: { ...ON, since_ms: NOW, last: null } });
  assert.deepEqual([level, headline], ["weak", "state.searching"]);
});
test("a fix older than two minutes is weak", () => assert.equal(health({ duty: lastSeen(121_000) }).level, "weak"));
test("a fix older than five minutes is bad", () => assert.equal(health({ duty: lastSeen(301_000) }).level, "bad"));
test("a fix of the shift before does not count", () => {
  const duty = { ...ON, since_ms: NOW - 1000, last: { t: NOW - 9_000_000, lat: 37, lon: 115 } };
  assert.notEqual(health({ duty }).level, "bad");
});
for (const problem of /** @type {const} */ (["denied", "insecure", "missing"])) {
  test(`${problem} is bad at once and says what to do`, () => {
    const { level, notices } = health({ problem });
    assert.equal(level, "bad");
    assert.equal(notices[0]?.key, problem);
  });
}
test("one slow reading does not alarm", () => assert.equal(health({ problem: "timeout" }).level, "good"));
test("a position off by 150 m is weak", () => {
  const duty = { ...ON, last: { t: NOW, lat: 37, lon: 115, acc: 150 } };
  assert.equal(health({ duty }).notices[0]?.key, "inaccurate");
});
test("no network with waiting fixes is weak", () => {
  const queue = { waiting: 3, oldestMs: NOW - 1000, duties: 0, refused: 0 };
  assert.equal(health({ online: false, queue }).headline, "state.offline");
});
test("a full phone is bad", () => assert.equal(health({ full: true }).headline, "state.full"));
test("help is said above all else", () =>
  assert.equal(health({ duty: { ...ON, help: true }, problem: "denied" }).level, "help"));
test("a clock three minutes slow is said", () => {
  const { notices } = health({ status: { ...NO_STATUS, skew_ms: 180_000 } });
  assert.deepEqual(notices, [{ key: "clock", level: "weak", params: { n: 3 } }]);
});
test("a clock three minutes fast is bad, for its fixes are not stored", () => {
  const { level, headline } = health({ status: { ...NO_STATUS, skew_ms: -180_000 } });
  assert.deepEqual([level, headline], ["bad", "state.clock"]);
});
test("a shift that the server ended is said", () => {
  assert.equal(health({ duty: { ...NO_DUTY, ended_by_server: true } }).notices[0]?.key, "ended_by_server");
});
test("accuracy has a word", () =>
  assert.deepEqual([5, 50, 500, undefined].map(accuracyWord), ["good", "fair", "poor", "unknown"]));

const FACTS = { loaded: true, enrolled: true, revoked: false, noticeAccepted: true, code: null };
test("nothing is shown before the state is known", () =>
  assert.equal(screenOf({ ...FACTS, loaded: false }), "loading"));
test("a code leads to the notice first", () =>
  assert.equal(screenOf({ ...FACTS, enrolled: false, code: "x" }), "notice"));
test("a phone without enrolment asks for one", () => assert.equal(screenOf({ ...FACTS, enrolled: false }), "enrol"));
test("a revoked phone asks for a new code", () => assert.equal(screenOf({ ...FACTS, revoked: true }), "enrol"));
test("a new notice is shown before anything else", () =>
  assert.equal(screenOf({ ...FACTS, noticeAccepted: false }), "notice"));
test("an enrolled phone is at home", () => assert.equal(screenOf(FACTS), "home"));
test("a refused code is not a broken server", () => {
  assert.equal(enrolProblem({ status: 400, code: "bad_value" }), "enrol.problem.code");
  assert.equal(enrolProblem({ status: 503, code: "unavailable" }), "enrol.problem.server");
  assert.equal(enrolProblem({ status: 0, code: "offline" }), "enrol.problem.offline");
});

test("the code stands in the fragment", () => assert.equal(codeFromHash("#enrol=Ab_c-12345"), "Ab_c-12345"));
test("a fragment without a code gives none", () => assert.equal(codeFromHash("#help"), null));
test("a pasted link gives its code", () =>
  assert.equal(codeFromText("请打开 https://x.cn/phone#enrol=AbC123xyz "), "AbC123xyz"));
test("spaces and wide letters are forgiven", () => assert.equal(codeFromText(" Ab C１２ 3 "), "AbC123"));
test("a sentence is no code", () => assert.equal(codeFromText("扫不了码"), null));
test("a phone has a recognisable name", () => {
  assert.equal(
    deviceName("Mozilla/5.0 (Linux; Android 13; V2171A) AppleWebKit/537.36 Chrome/120 Mobile"),
    "Android · Chrome",
  );
  assert.equal(deviceName("strange"), "phone");
});

test("both languages have the same words and parameters", () => {
  for (const { zh, en } of [PHONE_WORDS, PHONE_CASE_WORDS]) {
    assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
    for (const [key, text] of Object.entries(zh)) assert.deepEqual(params(en[key] ?? ""), params(text), key);
  }
});

test("every notice and headline has its words", () => {
  const keys = [
    "denied",
    "insecure",
    "missing",
    "unavailable",
    "timeout",
    "late",
    "lost",
    "inaccurate",
    "clock",
    "clock_fast",
  ];
  keys.push("full", "offline", "server_away", "server_busy", "slow", "ended_by_server");
  for (const key of keys)
    for (const part of ["title", "do"]) assert.ok(`notice.${key}.${part}` in (PHONE_WORDS.zh ?? {}), key);
});

/** @param {string} text */
function params(text) {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
}
