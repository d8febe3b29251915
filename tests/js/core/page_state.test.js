import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, fromSearch, MAX_REPLAYED, toSearch } from "../../../static/js/core/page_state.js";

/** @type {import("../../../static/js/core/page_state.js").PageState} */
const FULL = {
  ...EMPTY,
  selected: 12,
  follow: true,
  trail: false,
  query: "孙家寨 8715",
  area: "130533106000",
  statuses: ["moving", "help"],
  sort: "updated",
  view: { lon: 115.23075, lat: 36.98096, zoom: 14.25 },
  replayMs: Date.UTC(2026, 2, 5, 6, 5, 9),
  replayWorkers: [12, 13],
  theme: "dark",
  base: "raster",
};

test("what is written is read again", () => {
  assert.deepEqual({ ...EMPTY, ...fromSearch(toSearch(FULL)) }, FULL);
});

test("an untouched page has a clean address", () => assert.equal(toSearch(EMPTY), ""));
test("the language stays in the address", () => assert.equal(toSearch(EMPTY, "?lang=en&w=3"), "?lang=en"));
test("the replayed moment is written in the county's time", () =>
  assert.match(toSearch(FULL), /day=2026-03-05&t=14:05:09/));

for (const search of [
  "?w=-1",
  "?w=abc",
  "?w=1e99",
  "?at=1,2",
  "?at=999,0,3",
  "?s=flying",
  "?day=2026-02-31",
  "?area=1;drop",
  "?theme=pink",
  "?rw=,,",
]) {
  test(`nonsense is left out: ${search}`, () => assert.deepEqual(fromSearch(search), {}));
}

test("no more are replayed than can be told apart", () => {
  assert.equal(fromSearch("?rw=1,2,3,4,5,6,7,8").replayWorkers?.length, MAX_REPLAYED);
});
