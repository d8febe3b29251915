import assert from "node:assert/strict";
import { test } from "node:test";
import { fixOf } from "../../../static/js/phone/fix.js";
import { distanceM, worthKeeping } from "../../../static/js/phone/throttle.js";

const START = { t: 1_000_000, lat: 36.98, lon: 115.26, acc: 5 };
const METRE = 1 / 111_195;

/**
 * @param {number} seconds after the start
 * @param {number} metres north of the start
 * @param {object} [more]
 */
function later(seconds, metres, more = {}) {
  return { ...START, t: START.t + seconds * 1000, lat: START.lat + metres * METRE, ...more };
}

/** @param {object} [coords] */
function position(coords = {}) {
  const all = {
    latitude: 36.98,
    longitude: 115.26,
    accuracy: 5,
    altitude: null,
    heading: null,
    speed: null,
    ...coords,
  };
  return { timestamp: 1_000_000.4, coords: all };
}

test("a degree of latitude is about 111 km", () => {
  assert.ok(Math.abs(distanceM({ lat: 36, lon: 115 }, { lat: 37, lon: 115 }) - 111_195) < 5);
});

test("the first fix is kept", () => assert.ok(worthKeeping(null, START)));
test("eight metres are kept", () => assert.ok(worthKeeping(START, later(5, 8.1))));
test("seven metres are not yet kept", () => assert.ok(!worthKeeping(START, later(5, 7))));
test("a fix within two seconds is not kept", () => assert.ok(!worthKeeping(START, later(1, 30))));
test("moving slowly keeps one in 15 s", () => {
  assert.ok(!worthKeeping(START, later(14, 5, { spd: 0.6 })));
  assert.ok(worthKeeping(START, later(15, 5, { spd: 0.6 })));
});
test("standing still keeps one in 60 s", () => {
  assert.ok(!worthKeeping(START, later(59, 0)));
  assert.ok(worthKeeping(START, later(60, 0)));
});
test("wandering within a poor accuracy is no step", () => assert.ok(!worthKeeping(START, later(10, 20, { acc: 60 }))));
test("a real step passes a very poor accuracy", () => assert.ok(worthKeeping(START, later(10, 30, { acc: 500 }))));
test("the same or an older time is never kept", () => {
  assert.ok(!worthKeeping(START, later(0, 100)));
  assert.ok(!worthKeeping(START, later(-5, 100)));
});
test("a server that asks for fewer fixes gets fewer", () => {
  assert.ok(!worthKeeping(START, later(20, 100), { intervalS: 30 }));
  assert.ok(worthKeeping(START, later(30, 100), { intervalS: 30 }));
});
test("a server's short interval does not drain the battery", () => {
  assert.ok(!worthKeeping(START, later(10, 0), { intervalS: 5 }));
});
test("the first fix with help is kept at once", () =>
  assert.ok(worthKeeping(START, later(0.5, 0, { help: true }), { help: true })));
test("the first fix without help is kept at once", () => {
  assert.ok(worthKeeping({ ...START, help: true }, later(0.5, 0)));
});
test("help keeps a fix every five seconds", () => {
  const help = { ...START, help: true };
  assert.ok(!worthKeeping(help, later(4, 0, { help: true }), { help: true }));
  assert.ok(worthKeeping(help, later(5, 0, { help: true }), { help: true }));
});

test("what the phone does not know is left out", () => {
  assert.deepEqual(fixOf(position()), { t: 1_000_000, lat: 36.98, lon: 115.26, acc: 5 });
});
test("an unknown heading of a standing phone is left out", () => {
  const fix = fixOf(position({ heading: Number.NaN, speed: 0 }));
  assert.ok(!("brg" in fix));
  assert.equal(fix.spd, 0);
});
test("a heading of 360 is north", () => assert.equal(fixOf(position({ heading: 360, speed: 1 })).brg, 0));
test("battery goes as percent", () => {
  const fix = fixOf(position(), { battery: { level: 0.834, charging: true } });
  assert.deepEqual([fix.bat, fix.chg], [83, true]);
});
test("help is said only when asked for", () => {
  assert.equal(fixOf(position(), { help: true }).help, true);
  assert.ok(!("help" in fixOf(position())));
});
