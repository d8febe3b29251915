import assert from "node:assert/strict";
import { test } from "node:test";
import { cellArea, gridPathCells, polygonToCells, UNITS } from "h3-js";
import { areaM2, cellsAlong, cellsIn, isInside, metresBetween, widen } from "../../../static/js/patrol/cell_ground.js";
import * as h3 from "../../../static/vendor/h3-js.mjs";

const RESOLUTION = 11;
/** About 900 m by 670 m, with a bay from the east. */
const RING = [
  [115.26, 36.97],
  [115.27, 36.97],
  [115.27, 36.972],
  [115.2635, 36.9727],
  [115.27, 36.974],
  [115.2699, 36.976],
  [115.2601, 36.9758],
  [115.26, 36.97],
];
const HOLE = [
  [115.261, 36.971],
  [115.263, 36.971],
  [115.263, 36.972],
  [115.261, 36.972],
  [115.261, 36.971],
];

test("the ground has the cells that H3's own filling of the shape has", () => {
  for (const coordinates of [[RING], [RING, HOLE]]) {
    const found = cellsIn({ type: "Polygon", coordinates }, RESOLUTION, h3);
    assert.deepEqual([...found.keys()].sort(), polygonToCells(coordinates, RESOLUTION, true).sort());
  }
});

test("a shape of several parts has the cells of each", () => {
  const far = RING.map(([lon = 0, lat = 0]) => [lon + 0.05, lat]);
  const one = cellsIn({ type: "Polygon", coordinates: [RING] }, RESOLUTION, h3).size;
  const two = cellsIn({ type: "MultiPolygon", coordinates: [[RING], [far]] }, RESOLUTION, h3).size;
  assert.ok(two > one * 1.9, `${two} and ${one}`);
});

test("a quick stroke leaves no gap", () => {
  const [from, to] = /** @type {[number, number][]} */ ([
    [115.2603, 36.9703],
    [115.2694, 36.9751],
  ]);
  const cells = [...cellsAlong(from, to, RESOLUTION, h3)];
  for (let i = 1; i < cells.length; i++)
    assert.equal(gridPathCells(cells[i - 1] ?? "", cells[i] ?? "").length, 2, "each cell touches the one before");
  assert.equal(cells.at(-1), h3.latLngToCell(to[1], to[0], RESOLUTION));
});

test("a broad brush takes the neighbours along, and none farther", () => {
  const centers = cellsIn({ type: "Polygon", coordinates: [RING] }, RESOLUTION, h3);
  const middle = h3.latLngToCell(36.9715, 115.2655, RESOLUTION);
  const wide = widen(centers, new Set([middle]), 62, h3);
  assert.equal(wide.size, 7);
  for (const cell of wide)
    assert.ok(
      metresBetween(/** @type {any} */ (centers.get(middle)), /** @type {any} */ (centers.get(cell))) <= 62,
      "a neighbour",
    );
});

test("areas agree with H3's within a percent", () => {
  const cell = h3.latLngToCell(36.9715, 115.2655, RESOLUTION);
  const area = areaM2(h3.cellToBoundary(cell, true));
  assert.ok(Math.abs(area / cellArea(cell, UNITS.m2) - 1) < 0.01, String(area));
});

test("a place in a hole is not inside", () => {
  const rings = /** @type {[number, number][][]} */ ([RING, HOLE]);
  assert.deepEqual(
    [isInside([115.2605, 36.9705], rings), isInside([115.262, 36.9715], rings), isInside([115.2599, 36.9715], rings)],
    [true, false, false],
  );
});
