import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, FIRST_MS, LONGEST_MS } from "../../../static/js/phone/backoff.js";
import { covers, failureOf, nextStep } from "../../../static/js/phone/batch.js";

/**
 * @param {number} seq
 * @param {"fix" | "on" | "off"} [kind]
 * @returns {import("../../../static/js/phone/queue.js").Item}
 */
function item(seq, kind = "fix") {
  return { seq, worker: 1, state: 0, kind, t: seq * 1000 };
}

/** @param {object} [change] */
function reply(change = {}) {
  return { stored: 0, duplicate: 0, off_duty: 0, quarantined: [], ...change };
}

test("an empty queue has no next step", () => assert.equal(nextStep([]), null));

test("fixes before a duty change go first", () => {
  const step = nextStep([item(1), item(2), item(3, "off"), item(4)]);
  assert.deepEqual(step?.kind === "fixes" && step.items.map((i) => i.seq), [1, 2]);
});

test("a duty change at the head goes alone", () => {
  const step = nextStep([item(1, "on"), item(2)]);
  assert.equal(step?.kind === "duty" && step.item.seq, 1);
});

test("fixes without a duty change all go", () => {
  const step = nextStep([item(1), item(2)]);
  assert.equal(step?.kind === "fixes" && step.items.length, 2);
});

test("an answer covers what it counts in any way", () => {
  assert.ok(covers(reply({ stored: 1, duplicate: 1, off_duty: 1, quarantined: [{}] }), 4));
});

test("an answer that counts too few covers nothing", () => assert.ok(!covers(reply({ stored: 3 }), 4)));

for (const strange of [
  null,
  undefined,
  "welcome",
  {},
  { stored: 4 },
  reply({ stored: "4" }),
  { ...reply(), quarantined: 4 },
]) {
  test(`no covering by ${JSON.stringify(strange)}`, () => assert.ok(!covers(strange, 1)));
}

/** @type {[number, string][]} */
const MEANINGS = [
  [0, "retry"],
  [200, "retry"],
  [400, "refused"],
  [401, "revoked"],
  [403, "revoked"],
  [408, "retry"],
  [413, "smaller"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
];
for (const [status, meaning] of MEANINGS) {
  test(`status ${status} means ${meaning}`, () => assert.equal(failureOf(status), meaning));
}

test("the wait doubles from 5 s to 5 min", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 60].map((n) => backoffMs(n, 1));
  assert.deepEqual(
    waits,
    [5, 10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1000),
  );
});

test("chance spreads the wait over its upper half", () => {
  assert.equal(backoffMs(1, 0), FIRST_MS / 2);
  assert.equal(backoffMs(99, 0), LONGEST_MS / 2);
});

test("the server's wait is a lower bound", () => {
  assert.equal(backoffMs(1, 0, 60_000), 60_000);
  assert.ok(backoffMs(1, 0.99, 60_000) <= 72_000);
});

test("a short wait asked for does not shorten ours", () => assert.equal(backoffMs(7, 1, 1000), LONGEST_MS));
