import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf, cornersOf, groundOf, isInside } from "../../../static/js/phone/ground.js";
import { minutesOf, NO_WALK, settled, stepped } from "../../../static/js/phone/walk.js";

const T0 = 1_790_000_000_000;
const METRE = 1 / 111_195;
const ROUND = { ordinal: 1, name: "早巡", starts_ms: T0 - 1000, ends_ms: T0 + 3_600_000 };
// A strip of cells 43 m apart, along a street that runs north through (0, 0); one lies 100 m aside.
const CENTERS = /** @type {[number, number][]} */ ([
  [115, 37],
  [115, 37 + 43 * METRE],
  [115, 37 + 86 * METRE],
  [115 + 125 * METRE, 37],
]);
const SIDE = 500 * METRE;
const RING = /** @type {[number, number][]} */ ([
  [115 - SIDE, 37 - SIDE],
  [115 + SIDE, 37 - SIDE],
  [115 + SIDE, 37 + SIDE],
  [115 - SIDE, 37 + SIDE],
]);
export const ANSWER = {
  now_ms: T0,
  round: ROUND,
  next: null,
  grid: { code: "g", name: "一网格", ring: RING },
  cells: ["a", "b", "c", "d"],
  centers: CENTERS,
  seen: "",
  covered: 0,
  total: 4,
  minutes: 0,
  min_minutes: 10,
  min_coverage: 0.7,
  key_points: [{ id: 5, name: "水井", lon: 115, lat: 37 + 86 * METRE, visited: false, checklist: [] }],
  notices: [],
};
const HERE = { key: "g/1", round: ROUND, ground: groundOf(ANSWER) };

/**
 * @param {number} seconds
 * @param {number} metres north
 * @param {object} [more]
 */
const fix = (seconds, metres, more = {}) => ({
  t: T0 + seconds * 1000,
  lat: 37 + metres * METRE,
  lon: 115,
  acc: 8,
  ...more,
});

/** @param {...import("../../../static/js/phone/queue.js").Fix} fixes */
const walked = (...fixes) => fixes.reduce((walk, one) => stepped(walk, one, HERE), NO_WALK);

test("a cell beside the walked line is seen", () => {
  assert.deepEqual(Object.keys(walked(fix(0, 0), fix(10, 20)).seen), ["a", "b"]);
});
test("one position alone sees nothing", () => assert.deepEqual(walked(fix(0, 0)).seen, {}));
test("a cell between two positions far apart is seen", () =>
  assert.deepEqual(Object.keys(walked(fix(0, -60), fix(80, 146)).seen), ["a", "b", "c"]));
test("a gap of more than 90 s sees nothing", () => assert.deepEqual(walked(fix(0, 0), fix(91, 20)).seen, {}));
test("driving sees nothing", () => assert.deepEqual(walked(fix(0, 0), fix(10, 50)).seen, {}));
test("a bad position is passed over, not a break", () => {
  assert.deepEqual(Object.keys(walked(fix(0, 0), fix(5, 300, { acc: 60 }), fix(10, 20)).seen), ["a", "b"]);
});
test("a position before the round does not count", () => assert.deepEqual(walked(fix(-5, 0), fix(5, 20)).seen, {}));
test("the same position twice changes nothing", () => {
  const once = walked(fix(0, 0), fix(10, 20));
  assert.deepEqual(stepped(once, fix(10, 20), HERE), once);
});
test("another round begins anew", () => {
  const walk = stepped(walked(fix(0, 0), fix(10, 20)), fix(20, 40), { ...HERE, key: "g/2" });
  assert.deepEqual([walk.round, walk.seen], ["g/2", {}]);
});
test("a key point is visited within its radius", () => {
  assert.deepEqual(Object.keys(walked(fix(0, 57)).points), ["5"]);
  assert.deepEqual(walked(fix(0, 50)).points, {});
});
test("minutes on foot add up without overlap", () =>
  assert.equal(minutesOf(walked(fix(0, 0), fix(30, 20), fix(60, 40))), 1));
test("minutes outside the grid do not count", () => assert.equal(minutesOf(walked(fix(0, 600), fix(30, 620))), 0));
test("what the server has taken over is forgotten", () => {
  const after = settled(walked(fix(0, 0), fix(10, 20)), T0 + 100_000);
  assert.deepEqual([after.seen, minutesOf(after)], [{}, 0]);
});
test("what was walked a moment ago waits for the server", () => {
  assert.deepEqual(Object.keys(settled(walked(fix(0, 0), fix(10, 20)), T0 + 20_000).seen), ["a", "b"]);
});
test("minutes after the last sent fix stay", () =>
  assert.equal(minutesOf(settled(walked(fix(0, 0), fix(60, 40)), T0 + 30_000)), 0.5));

test("corners are the middles of three neighbouring centres", () => {
  const six = [0, 1, 2, 3, 4, 5].map((n) => (n * Math.PI) / 3 + 0.2);
  const centers = [{ x: 0, y: 0 }, ...six.map((a) => ({ x: 43 * Math.cos(a), y: 43 * Math.sin(a) }))];
  const corners = cornersOf(centers);
  assert.equal(corners.length, 6);
  for (const { x, y } of corners) assert.ok(Math.abs(Math.hypot(x, y) - 43 / Math.sqrt(3)) < 1e-6);
});
test("corners follow a lattice that is stretched", () => {
  const lattice = [-2, -1, 0, 1, 2].flatMap((i) => [-2, -1, 0, 1, 2].map((j) => ({ x: 44 * i + 20 * j, y: 36 * j })));
  const area = polygonArea(cornersOf(lattice));
  assert.ok(Math.abs(area - 44 * 36) < 1, `${area}`);
});
test("one cell alone has a usual size", () => {
  const area = polygonArea(cornersOf([{ x: 0, y: 0 }]));
  assert.ok(area > 1400 && area < 1800, `${area}`);
});
test("bits come least significant first", () =>
  assert.deepEqual(bitsOf(btoa(String.fromCharCode(0b101, 0b1)), 10), [
    true,
    false,
    true,
    false,
    false,
    false,
    false,
    false,
    true,
    false,
  ]));
test("missing bits are not seen", () => assert.deepEqual(bitsOf("", 2), [false, false]));
test("inside is inside", () => {
  const ring = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 0, y: 10 },
  ];
  assert.ok(isInside({ x: 2, y: 2 }, ring));
  assert.ok(!isInside({ x: 8, y: 8 }, ring));
});

/** @param {readonly {x: number, y: number}[]} ring */
function polygonArea(ring) {
  const twice = ring.reduce((sum, a, n) => {
    const b = ring[(n + 1) % ring.length] ?? a;
    return sum + a.x * b.y - b.x * a.y;
  }, 0);
  return Math.abs(twice) / 2;
}
