import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame, DELTA, decodeFrame, HEARTBEAT, SNAPSHOT } from "../../../static/js/core/frames.js";
import { frame } from "./make_frame.js";

const LI = {
  id: 7,
  lon: 115.2307485,
  lat: 36.9809558,
  ageMs: 1500,
  speedCms: 130,
  bearing: 64,
  state: 23,
  battery: 80,
};

test("a record comes back as it was written", () => {
  const { kind, count, columns } = decodeFrame(frame({ kind: SNAPSHOT, toSeq: 5, records: [LI] }));
  assert.deepEqual(
    [kind, count, columns.workerId[0], columns.lonE7[0], columns.latE7[0]],
    [1, 1, 7, 1152307485, 369809558],
  );
  assert.deepEqual([columns.ageMs[0], columns.speedCms[0], columns.bearing[0], columns.state[0]], [1500, 130, 64, 23]);
});

test("columns of several records stay apart", () => {
  const { columns } = decodeFrame(frame({ records: [LI, { ...LI, id: 8, battery: 12 }, { ...LI, id: 9 }] }));
  assert.deepEqual([...columns.workerId], [7, 8, 9]);
  assert.deepEqual([...columns.battery], [80, 12, 80]);
});

test("the header's numbers are read", () => {
  const decoded = decodeFrame(
    frame({ kind: DELTA, fromSeq: 4, toSeq: 9, timeMs: 1795455853718.5, lagMs: 120, records: [LI] }),
  );
  assert.deepEqual([decoded.fromSeq, decoded.toSeq, decoded.timeMs, decoded.lagMs], [4, 9, 1795455853718.5, 120]);
});

test("a heartbeat has no records", () => {
  assert.equal(decodeFrame(frame({ kind: HEARTBEAT, toSeq: 9 })).columns.workerId.length, 0);
});

for (const headerSize of [36, 37]) {
  test(`a header of ${headerSize} bytes is skipped over`, () => {
    const decoded = decodeFrame(frame({ headerSize, records: [LI] }));
    assert.equal(decoded.columns.latE7[0], 369809558);
  });
}

for (const [what, spoil] of /** @type {[string, (v: DataView) => void][]} */ ([
  ["another magic", (v) => v.setUint8(0, 1)],
  ["another version", (v) => v.setUint8(1, 2)],
  ["an unknown kind", (v) => v.setUint8(2, 9)],
  ["a short header", (v) => v.setUint8(3, 8)],
  ["too many records", (v) => v.setUint32(4, 99, true)],
  ["records too short", (v) => v.setUint16(28, 4, true)],
])) {
  test(`${what} is refused`, () => {
    const buffer = frame({ records: [LI] });
    spoil(new DataView(buffer));
    assert.throws(() => decodeFrame(buffer), BadFrame);
  });
}

test("an empty message is refused", () => assert.throws(() => decodeFrame(new ArrayBuffer(3)), BadFrame));
