import assert from "node:assert/strict";
import { test } from "node:test";
import { CellEdit } from "../../../static/js/patrol/cell_edit.js";

const edit = () => new CellEdit(["a", "b", "c", "d"], ["a", "b"]);

/** @param {CellEdit} cells @param {string[]} path */
const stroke = (cells, ...path) => {
  cells.begin(path[0] ?? "");
  for (const cell of path) cells.paint([cell]);
  cells.end();
};

test("a stroke that begins on an empty cell adds and never takes away", () => {
  const cells = edit();
  stroke(cells, "c", "b", "d");
  assert.deepEqual(cells.cells(), ["a", "b", "c", "d"]);
  assert.deepEqual([cells.added, cells.removed], [2, 0]);
});

test("a stroke that begins on a chosen cell takes away and never adds", () => {
  const cells = edit();
  stroke(cells, "a", "c", "b");
  assert.deepEqual(cells.cells(), []);
  assert.deepEqual([cells.added, cells.removed], [0, 2]);
});

test("a stroke that crosses a cell twice changes it once", () => {
  const cells = edit();
  stroke(cells, "c", "d", "c");
  assert.deepEqual(cells.undo(), ["c", "d"]);
  assert.deepEqual(cells.cells(), ["a", "b"]);
});

test("cells beside the ground are never chosen, and no stroke begins there", () => {
  const cells = edit();
  assert.equal(cells.begin("elsewhere"), false);
  assert.deepEqual(cells.paint(["c"]), []);
  stroke(cells, "c", "elsewhere");
  assert.deepEqual(cells.cells(), ["a", "b", "c"]);
});

test("a chosen cell beside the ground can be taken away", () => {
  const cells = new CellEdit(["a"], ["a", "outlier"]);
  stroke(cells, "outlier");
  assert.deepEqual(cells.cells(), ["a"]);
});

test("undo takes strokes back one by one, the last first", () => {
  const cells = edit();
  stroke(cells, "c", "d");
  stroke(cells, "a", "c");
  assert.deepEqual(cells.cells(), ["b", "d"]);
  cells.undo();
  assert.deepEqual(cells.cells(), ["a", "b", "c", "d"]);
  cells.undo();
  assert.deepEqual(cells.cells(), ["a", "b"]);
  assert.deepEqual([cells.changed, cells.undoable], [false, false]);
  assert.deepEqual(cells.undo(), []);
});

test("undo in the middle of a stroke takes back that stroke", () => {
  const cells = edit();
  cells.begin("c");
  cells.paint(["c"]);
  assert.deepEqual(cells.undo(), ["c"]);
  assert.deepEqual(cells.paint(["d"]), []);
  assert.deepEqual(cells.cells(), ["a", "b"]);
});

test("an abandoned stroke leaves nothing, and nothing to undo", () => {
  const cells = edit();
  cells.begin("c");
  cells.paint(["c", "d"]);
  assert.deepEqual(cells.abandon(), ["c", "d"]);
  assert.deepEqual([cells.cells(), cells.undoable], [["a", "b"], false]);
});

test("a stroke that changed nothing is not undone", () => {
  const cells = edit();
  stroke(cells, "c");
  cells.begin("d");
  cells.end();
  cells.undo();
  assert.deepEqual(cells.cells(), ["a", "b"]);
});

test("taking a cell back by hand counts as no change", () => {
  const cells = edit();
  stroke(cells, "c");
  stroke(cells, "c");
  assert.deepEqual([cells.changed, cells.undoable], [false, true]);
});
