import assert from "node:assert/strict";
import { test } from "node:test";
import { placesFor } from "../../../static/js/core/places.js";
import { closedPhase, outlineOf, shapesOf } from "../../../static/js/patrol/closed_rules.js";

/** @param {string} from_day @param {string | null} to_day */
const closed = (from_day, to_day) => ({ id: 1, area_code: "130533100201", grids: 1, reason: "洪水", from_day, to_day });

test("an outline needs three corners and ends where it began", () => {
  assert.equal(
    outlineOf([
      [1, 1],
      [2, 1],
    ]),
    null,
  );
  const found = outlineOf([
    [1, 1],
    [2, 1],
    [2, 2],
  ]);
  assert.deepEqual(found?.coordinates[0]?.at(-1), [1, 1]);
});

test("a file that is no GeoJSON with shapes is refused", () => {
  assert.equal(shapesOf('{"type":"FeatureCollection","features":[]}')?.type, "FeatureCollection");
  for (const text of ["", "PK\u0003", "null", "[]", '{"type":"Point","coordinates":[1,2]}'])
    assert.equal(shapesOf(text), null);
});

test("closed land comes, holds, and cannot be ended sooner than on its last day", () => {
  assert.equal(closedPhase(closed("2026-09-02", null), "2026-09-01"), "coming");
  assert.equal(closedPhase(closed("2026-09-01", null), "2026-09-01"), "holding");
  assert.equal(closedPhase(closed("2026-08-01", "2026-09-01"), "2026-09-01"), "last");
});

test("an account is shown the pages that it may open, and not the one it is on", () => {
  const keys = (/** @type {string[]} */ permissions, here = "") => placesFor(permissions, here).map(({ key }) => key);
  assert.deepEqual(keys(["map.view", "case.view"], "/"), ["patrol", "desk"]);
  assert.deepEqual(keys(["audit.view"], "/"), ["audit"]);
  assert.deepEqual(keys([]), []);
});
