import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyLive,
  byGrid,
  children,
  gridsIn,
  needsHand,
  phaseOf,
  summary,
} from "../../../static/js/patrol/progress.js";

/** @typedef {import("../../../static/js/patrol/progress.js").RoundState} RoundState */
/** @typedef {import("../../../static/js/patrol/progress.js").Forecast} Forecast */

const CODES = ["130533106200001", "130533106200002", "130533106201001", "130533107200001"];

/**
 * @param {RoundState[]} state
 * @param {number[]} covered of ten cells each
 * @param {Forecast[]} forecast
 */
const answer = (state, covered, forecast = CODES.map(() => null)) => ({
  day: "2026-11-24",
  round: null,
  rounds: [],
  grids: {
    code: CODES,
    state,
    covered,
    forecast,
    cells: CODES.map(() => 10),
    minutes: CODES.map(() => 12),
    key_points: CODES.map(() => 0),
    visited: CODES.map(() => 0),
    confidence: CODES.map(() => 0.9),
    longest_gap_s: CODES.map(() => 30),
  },
});

test("an open round is told apart by its forecast and by whether anybody walked", () => {
  const at = (/** @type {number} */ covered, /** @type {Forecast} */ forecast) =>
    phaseOf({ state: "open", covered, forecast });
  assert.equal(at(0, "ok"), "not_started");
  assert.equal(at(3, "ok"), "walking");
  assert.equal(at(3, "at_risk"), "at_risk");
  assert.equal(at(0, "will_miss"), "will_miss");
  assert.equal(phaseOf({ state: "no_data", covered: 0, forecast: null }), "no_data");
});

test("only rounds in trouble need a hand", () => {
  assert.equal(needsHand({ state: "open", covered: 3, forecast: "ok" }), false);
  assert.equal(needsHand({ state: "open", covered: 0, forecast: "ok" }), true);
  assert.equal(needsHand({ state: "missed", covered: 3, forecast: null }), true);
  assert.equal(needsHand({ state: "excused", covered: 0, forecast: null }), false);
});

test("leave is not due, a late round is done, no data is neither", () => {
  const sum = summary(byGrid(answer(["done", "late", "excused", "no_data"], [8, 7, 0, 0])).values());
  assert.equal(sum.due, 3);
  assert.equal(sum.done, 2);
  assert.equal(sum.byPhase.no_data, 1);
  assert.equal(sum.byPhase.missed, 0);
  assert.equal(sum.share, 15 / 40);
});

test("nothing at all is nothing, and no division by it", () => {
  const sum = summary([]);
  assert.equal(sum.share, 0);
  assert.equal(sum.doneShare, 0);
});

test("a county rolls up to townships, a township to villages", () => {
  const grids = byGrid(answer(["done", "open", "open", "open"], [8, 2, 3, 1]));
  assert.deepEqual(
    children(grids, "130533000000").map(({ code, sum }) => [code, sum.grids, sum.covered]),
    [
      ["130533106000", 3, 13],
      ["130533107000", 1, 1],
    ],
  );
  assert.deepEqual(
    children(grids, "130533106000").map(({ code, sum }) => [code, sum.grids]),
    [
      ["130533106200", 2],
      ["130533106201", 1],
    ],
  );
});

test("the parts of a division add up to it", () => {
  const grids = byGrid(answer(["done", "missed", "open", "late"], [8, 2, 3, 7]));
  const parts = children(grids, "");
  const whole = summary(gridsIn(grids, ""));
  assert.equal(
    parts.reduce((total, { sum }) => total + sum.covered, 0),
    whole.covered,
  );
  assert.equal(
    parts.reduce((total, { sum }) => total + sum.done, 0),
    whole.done,
  );
});

test("live news changes only grids that are shown, and ends the forecast of a round that is over", () => {
  const grids = byGrid(answer(["open", "open", "open", "open"], [1, 1, 1, 1], ["at_risk", "ok", "ok", "ok"]));
  const changed = applyLive(grids, [
    { code: CODES[0] ?? "", covered: 7, cells: 10, minutes: 31, state: "done" },
    { code: "130533199999001", covered: 1, cells: 10, minutes: 1, state: "open" },
  ]);
  assert.deepEqual(changed, [CODES[0]]);
  assert.equal(grids.get(CODES[0] ?? "")?.forecast, null);
  assert.equal(grids.get(CODES[0] ?? "")?.covered, 7);
  assert.equal(grids.size, 4);
});
