import assert from "node:assert/strict";
import { test } from "node:test";
import { translated } from "../../../static/js/map/gl.js";
import { circle, lonLatOf, mercatorX, mercatorY } from "../../../static/js/map/mercator.js";
import { Motion } from "../../../static/js/map/motion.js";

/** @type {[number, number]} */
const ORIGIN = [115.23, 36.98];
const STEP = 0.0001; // degrees, about 10 m
const ALL = { west: -1, east: 1, north: -1, south: 1 };

/** @param {Motion} motion @param {number} slot @param {number} nowS */
function lonAt(motion, slot, nowS) {
  const [x, y] = motion.shownAt(slot, nowS);
  return lonLatOf(x + motion.originX, y + motion.originY)[0];
}

test("the first place is taken at once", () => {
  const motion = new Motion(ORIGIN);
  motion.moveTo(0, 115.3, 37, 0, 10);
  assert.ok(Math.abs(lonAt(motion, 0, 0) - 115.3) < 1e-7);
});
test("half way in time is half way in place", () => {
  const motion = new Motion(ORIGIN);
  motion.moveTo(0, 115.3, 37, 0, 0);
  motion.moveTo(0, 115.3 + STEP, 37, 100, 10);
  assert.ok(Math.abs(lonAt(motion, 0, 105) - 115.3 - STEP / 2) < 1e-7);
});
test("a new fix starts from what is shown", () => {
  const motion = new Motion(ORIGIN);
  motion.moveTo(0, 115.3, 37, 0, 0);
  motion.moveTo(0, 115.3 + STEP, 37, 100, 10);
  const before = lonAt(motion, 0, 105);
  motion.moveTo(0, 115.3, 37 + STEP, 105, 10);
  assert.ok(Math.abs(lonAt(motion, 0, 105) - before) < 1e-8);
});
test("a leap across the county is not flown", () => {
  const motion = new Motion(ORIGIN);
  motion.moveTo(0, 115.3, 37, 0, 0);
  motion.moveTo(0, 115.4, 37, 100, 10);
  assert.ok(Math.abs(lonAt(motion, 0, 100) - 115.4) < 1e-6);
});
test("the end of a glide rests", () => {
  const motion = new Motion(ORIGIN);
  motion.moveTo(0, 115.3, 37, 0, 0);
  motion.moveTo(0, 115.3 + STEP, 37, 0, 10);
  assert.ok(motion.fastest(ALL, 5) > 0);
  assert.equal(motion.fastest(ALL, 11), 0);
});
test("what moves out of view needs no frame", () => {
  const motion = new Motion(ORIGIN);
  motion.moveTo(0, 115.3, 37, 0, 0);
  motion.moveTo(0, 115.3 + STEP, 37, 0, 10);
  assert.equal(motion.fastest({ west: -1, east: 0, north: -1, south: 1 }, 5), 0);
});
test("the nearest accepted point is found", () => {
  const motion = new Motion(ORIGIN);
  for (let i = 0; i < 100; i++) motion.moveTo(i, 115.2 + i * STEP, 37, 0, 0);
  const x = mercatorX(115.2 + 40.2 * STEP) - motion.originX;
  const y = mercatorY(37) - motion.originY;
  assert.equal(
    motion.nearest(x, y, 1e-5, 0, () => true),
    40,
  );
  assert.equal(
    motion.nearest(x, y, 1e-5, 0, (slot) => slot !== 40),
    41,
  );
  assert.equal(
    motion.nearest(x + 0.1, y, 1e-5, 0, () => true),
    -1,
  );
});
test("places stay exact to a centimetre across the county", () => {
  const motion = new Motion(ORIGIN, 1);
  motion.moveTo(9, 115.4830261, 37.1628317, 0, 0);
  assert.ok(Math.abs(lonAt(motion, 9, 0) - 115.4830261) < 1e-7);
});
test("a matrix is moved in double precision", () => {
  const m = Float64Array.from([2e5, 0, 0, 0, 0, 2e5, 0, 0, 0, 0, 1, 0, -1e5, -1e5, 0, 1]);
  const moved = translated(m, 0.5 + 1e-6, 0.5);
  assert.ok(Math.abs((moved[12] ?? 0) - 0.2) < 1e-6);
});
test("a circle has its radius", () => {
  const [lon, lat] = circle(115, 37, 50)[12] ?? [0, 0];
  assert.ok(Math.abs((lat - 37) * 111_320 - 50) < 0.01 && Math.abs(lon - 115) < 1e-9);
});
