import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeOf, gcjToWgs, moveGeoJson, wgsToGcj } from "../../../static/js/core/datum.js";

/** @type {[number, number]} */
const COUNTY = [115.2307485, 36.9809558];

test("the shift is a few hundred metres", () => {
  const [lon, lat] = wgsToGcj(COUNTY);
  const metres = Math.hypot((lon - COUNTY[0]) * 88_900, (lat - COUNTY[1]) * 111_000);
  assert.ok(metres > 200 && metres < 1000, String(metres));
});
test("there and back is less than a millimetre", () => {
  const [lon, lat] = gcjToWgs(wgsToGcj(COUNTY));
  assert.ok(Math.abs(lon - COUNTY[0]) < 1e-8 && Math.abs(lat - COUNTY[1]) < 1e-8);
});
test("outside of China nothing is shifted", () => assert.deepEqual(wgsToGcj([2.35, 48.85]), [2.35, 48.85]));
test("our own datum passes through untouched", () => {
  const line = { type: "LineString", coordinates: [COUNTY] };
  assert.equal(moveGeoJson(line, edgeOf("wgs84").toMap), line);
});
test("a tree of features is moved, its properties are not", () => {
  const tree = {
    type: "Feature",
    properties: { lon: 1, pair: [1, 2] },
    geometry: { type: "Polygon", coordinates: [[COUNTY, COUNTY]] },
  };
  const moved = moveGeoJson(tree, edgeOf("gcj02").toMap);
  assert.deepEqual([moved.geometry.coordinates[0]?.[1], moved.properties], [wgsToGcj(COUNTY), tree.properties]);
});
