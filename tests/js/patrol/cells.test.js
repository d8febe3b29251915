import assert from "node:assert/strict";
import { test } from "node:test";
import { CellStore } from "../../../static/js/patrol/cells.js";

const A = "130533106200001";
const B = "130533106200002";
const VILLAGE = "130533106200";

/** Grid A has three cells, of which the second was seen; grid B has two, none seen. */
const answer = (seen = 0b00010) => ({
  version: "x",
  resolution: 11,
  grids: { code: [A, B], offset: [0, 3, 5] },
  cells: ["a0", "a1", "a2", "b0", "b1"],
  seen: Buffer.from([seen]).toString("base64"),
});

test("indices of an event are those within the grid", () => {
  const store = new CellStore();
  store.put(VILLAGE, answer());
  const first = store.villages.get(VILLAGE)?.firstId ?? 0;
  assert.deepEqual(store.see(B, [1]), [first + 4]);
  assert.equal(store.covered(B), 1);
  assert.equal(store.covered(A), 1);
});

test("a cell that was seen before is no news, however often it comes", () => {
  const store = new CellStore();
  store.put(VILLAGE, answer());
  assert.deepEqual(store.see(A, [1]), []);
  assert.equal(store.see(A, [0, 0]).length, 1);
});

test("indices beyond the grid do not touch its neighbour", () => {
  const store = new CellStore();
  store.put(VILLAGE, answer());
  assert.deepEqual(store.see(A, [3, 4]), []);
  assert.equal(store.covered(B), 0);
});

test("a grid that is not kept says so", () => {
  const store = new CellStore();
  assert.equal(store.covered(A), null);
  assert.deepEqual(store.see(A, [0]), []);
});

test("a village that is read again keeps the numbers of its cells", () => {
  const store = new CellStore();
  store.put(VILLAGE, answer());
  const first = store.villages.get(VILLAGE)?.firstId;
  store.put(VILLAGE, answer(0b11111));
  assert.equal(store.villages.get(VILLAGE)?.firstId, first);
  assert.equal(store.covered(A), 3);
});

test("numbers of different villages never meet", () => {
  const store = new CellStore();
  store.put(VILLAGE, answer());
  store.put("130533106201", answer());
  const [one, two] = [...store.villages.values()];
  assert.ok(one && two && two.firstId >= one.firstId + one.cells.length);
});

test("the least recently looked at village goes first, and one always stays", () => {
  const store = new CellStore();
  for (const code of ["1", "2", "3"]) store.put(code, answer());
  store.touch("1");
  store.trim(10);
  assert.deepEqual([...store.villages.keys()], ["3", "1"]);
  store.trim(0);
  assert.equal(store.villages.size, 1);
});

test("a past minute shows what was seen before it, forwards and back", () => {
  const store = new CellStore();
  const minutes = Buffer.from(new Uint16Array([0, 5, 65_535, 90, 65_535]).buffer).toString("base64");
  const past = { time_ms: 0, starts_ms: 1_000_000, known_ms: 9_000_000, first_minute: minutes };
  store.put(VILLAGE, { ...answer(0), past });
  const seenAt = (/** @type {number} */ minute) => {
    store.goTo(1_000_000 + minute * 60_000);
    return [store.covered(A), store.covered(B)];
  };
  assert.deepEqual(seenAt(0), [0, 0]);
  assert.deepEqual(seenAt(6), [2, 0]);
  assert.deepEqual(seenAt(91), [2, 1]);
  assert.deepEqual(seenAt(5), [1, 0]);
  assert.deepEqual(store.goTo(1_000_000 + 5 * 60_000), []);
});

test("a village that was read before a minute cannot tell of it", () => {
  const store = new CellStore();
  const minutes = Buffer.from(new Uint16Array(5).buffer).toString("base64");
  store.put(VILLAGE, { ...answer(0), past: { time_ms: 0, starts_ms: 0, known_ms: 60_000, first_minute: minutes } });
  assert.deepEqual(store.behind(60_000), []);
  assert.deepEqual(store.behind(60_001), [VILLAGE]);
});
