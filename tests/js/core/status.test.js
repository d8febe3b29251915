import assert from "node:assert/strict";
import { test } from "node:test";
import { ASKS_HELP, GONE, HAS_POSITION, MOVING, ON_DUTY } from "../../../static/js/core/frames.js";
import { flagNames, isLive, statusCode, statusName } from "../../../static/js/core/status.js";

const LIMITS = { staleMs: 120_000, offlineMs: 900_000 };
const HERE = ON_DUTY | HAS_POSITION;

for (const [what, state, ageMs, expected] of /** @type {[string, number, number, string][]} */ ([
  ["a walker", HERE | MOVING, 0, "moving"],
  ["a standing one", HERE, 119_999, "still"],
  ["a walker of two minutes ago", HERE | MOVING, 120_000, "stale"],
  ["one of a quarter of an hour ago", HERE | MOVING, 900_000, "offline"],
  ["one on duty without a place", ON_DUTY, 0, "offline"],
  ["one off duty", HAS_POSITION | MOVING, 0, "off"],
  ["one who asks for help", HERE | ASKS_HELP, 5_000_000, "help"],
  ["one who is gone", HERE | GONE | ASKS_HELP, 0, "off"],
])) {
  test(`${what} is ${expected}`, () => assert.equal(statusName(statusCode(state, ageMs, LIMITS)), expected));
}

test("an old position is never live", () => {
  assert.equal(isLive(HERE, 0, LIMITS), true);
  assert.equal(isLive(HERE, 120_000, LIMITS), false);
  assert.equal(isLive(HAS_POSITION, 0, LIMITS), false);
});

test("flag bits become names", () => assert.deepEqual(flagNames(0b1001001), ["inaccurate", "mock", "late"]));
test("an unknown code is off", () => assert.equal(statusName(77), "off"));
