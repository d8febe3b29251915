import assert from "node:assert/strict";
import { test } from "node:test";
import { GAP_MS, joinPages, momentAt, pieces } from "../../../static/js/core/track.js";

/** @param {number[]} t */
const track = (t) => ({
  worker_id: 1,
  t,
  lat: t.map((_, i) => 37 + i / 1000),
  lon: t.map((_, i) => 115 + i / 1000),
  speed_mps: t.map(() => 1.2),
  bearing: t.map(() => 90),
  flags: t.map(() => 0),
  stops: [],
  distance_m: 10,
});

test("between two fixes the place lies between them", () => {
  const moment = momentAt(track([0, 10_000]), 5000);
  assert.ok(moment && Math.abs(moment.lon - 115.0005) < 1e-9 && moment.live);
});
test("before the first fix there is no place", () => assert.equal(momentAt(track([1000]), 999), null));
test("in a gap the last known place stays, and is not live", () => {
  const moment = momentAt(track([0, 10 * GAP_MS]), 2 * GAP_MS);
  assert.deepEqual([moment?.lon, moment?.live], [115, false]);
});
test("after the last fix the place grows old", () => {
  assert.deepEqual([momentAt(track([0]), 1000)?.live, momentAt(track([0]), GAP_MS)?.live], [true, false]);
});
test("a line is broken at a gap", () =>
  assert.deepEqual(
    pieces(track([0, 1000, 2000 + GAP_MS, 3000 + GAP_MS])).map((p) => p.length),
    [2, 2],
  ));
test("a line ends at the shown moment", () =>
  assert.deepEqual(
    pieces(track([0, 1000, 2000]), 1500).map((p) => p.length),
    [2],
  ));
test("two fixes at one time make no division by nothing", () => assert.equal(momentAt(track([5, 5]), 5)?.lon, 115.001));
test("pages are joined in order", () => {
  const joined = joinPages([track([1, 2]), track([3])]);
  assert.deepEqual([joined.t, joined.distance_m], [[1, 2, 3], 20]);
});
