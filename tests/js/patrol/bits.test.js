import assert from "node:assert/strict";
import { test } from "node:test";
import { bitAt, decodeBits, spread } from "../../../static/js/patrol/bits.js";

const bytes = (/** @type {number[]} */ ...values) => Buffer.from(values).toString("base64");

test("the first cell is the least significant bit of the first byte", () => {
  const seen = decodeBits(bytes(0b0000_0001, 0b1000_0000));
  assert.equal(bitAt(seen, 0), 1);
  assert.equal(bitAt(seen, 1), 0);
  assert.equal(bitAt(seen, 15), 1);
});

test("bits are spread to one byte a cell, and padding beyond the last cell is dropped", () => {
  assert.deepEqual([...spread(decodeBits(bytes(0b1111_0101)), 5)], [1, 0, 1, 0, 1]);
});

test("a bitmap that is too short means not seen", () => {
  assert.deepEqual([...spread(decodeBits(bytes(0xff)), 10)].slice(7), [1, 0, 0]);
});

test("no cells are an empty bitmap", () => {
  assert.equal(spread(decodeBits(""), 0).length, 0);
});
