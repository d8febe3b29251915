import assert from "node:assert/strict";
import { test } from "node:test";
import { DELTA, decodeFrame, GONE, HEARTBEAT, SNAPSHOT } from "../../../static/js/core/frames.js";
import { OFF_CODE, OFFLINE_CODE, STALE_CODE, STILL_CODE } from "../../../static/js/core/status.js";
import { WorkerStore } from "../../../static/js/core/workers.js";
import { frame } from "./make_frame.js";

/** @param {Parameters<typeof frame>[0]} options */
const made = (options) => decodeFrame(frame(options));

/** @param {{capacity?: number}} [options] */
function storeOfTwo({ capacity } = {}) {
  const store = new WorkerStore(capacity);
  store.apply(
    made({
      kind: SNAPSHOT,
      toSeq: 10,
      records: [
        { id: 1, state: 5 },
        { id: 2, state: 5 },
      ],
    }),
  );
  return store;
}

test("a snapshot brings everybody", () => {
  const store = storeOfTwo();
  assert.deepEqual([store.count, store.seq, store.slotOf(2)], [2, 10, 1]);
});

test("a delta moves one worker", () => {
  const store = storeOfTwo();
  const { outcome, changed } = store.apply(
    made({ kind: DELTA, fromSeq: 10, toSeq: 11, records: [{ id: 2, lon: 115.5 }] }),
  );
  assert.deepEqual([outcome, changed, store.lon[1], store.seq], ["applied", [1], 115.5, 11]);
});

test("a gap asks for a snapshot and changes nothing", () => {
  const store = storeOfTwo();
  const { outcome } = store.apply(made({ kind: DELTA, fromSeq: 12, toSeq: 13, records: [{ id: 2, lon: 115.5 }] }));
  assert.deepEqual([outcome, store.lon[1], store.seq], ["resync", 115, 10]);
});

test("an overlapping delta is taken", () => {
  const store = storeOfTwo();
  assert.equal(store.apply(made({ kind: DELTA, fromSeq: 8, toSeq: 12, records: [{ id: 1 }] })).outcome, "applied");
});

test("a delta that is already known is skipped", () => {
  const store = storeOfTwo();
  assert.equal(store.apply(made({ kind: DELTA, fromSeq: 8, toSeq: 10, records: [{ id: 1 }] })).outcome, "skipped");
});

test("the later record of one worker wins", () => {
  const store = storeOfTwo();
  store.apply(
    made({
      kind: DELTA,
      fromSeq: 10,
      toSeq: 12,
      records: [
        { id: 1, lon: 115.1 },
        { id: 1, lon: 115.2 },
      ],
    }),
  );
  assert.equal(store.lon[0], 115.2);
});

test("nothing is taken before a snapshot", () => {
  assert.equal(new WorkerStore().apply(made({ kind: DELTA, fromSeq: 0, toSeq: 1, records: [{}] })).outcome, "resync");
});

test("a heartbeat moves the number on", () => {
  const store = storeOfTwo();
  store.apply(made({ kind: HEARTBEAT, fromSeq: 10, toSeq: 14 }));
  assert.equal(store.seq, 14);
});

test("a worker who is not in the snapshot is gone, and comes back to the same slot", () => {
  const store = storeOfTwo();
  store.apply(made({ kind: SNAPSHOT, toSeq: 20, records: [{ id: 2 }] }));
  assert.deepEqual([store.isShown(0), store.isShown(1), store.status[0]], [false, true, OFF_CODE]);
  store.apply(made({ kind: DELTA, fromSeq: 20, toSeq: 21, records: [{ id: 1 }] }));
  assert.deepEqual([store.slotOf(1), store.isShown(0)], [0, true]);
});

test("a worker may be told to be gone", () => {
  const store = storeOfTwo();
  store.apply(made({ kind: DELTA, fromSeq: 10, toSeq: 11, records: [{ id: 1, state: GONE }] }));
  assert.equal(store.isShown(0), false);
});

test("workers grow old without any frame", () => {
  const store = storeOfTwo();
  store.thresholds = { staleMs: 1000, offlineMs: 5000 };
  assert.equal(store.status[0], STILL_CODE);
  assert.deepEqual(store.age(1_001_000), [0, 1]);
  assert.equal(store.status[0], STALE_CODE);
  store.age(1_005_000);
  assert.equal(store.status[0], OFFLINE_CODE);
  assert.deepEqual(store.age(1_006_000), []);
});

test("the age in a record is taken from the frame's time", () => {
  const store = new WorkerStore();
  store.apply(made({ kind: SNAPSHOT, timeMs: 5000, records: [{ ageMs: 1200 }] }));
  assert.equal(store.fixMs[0], 3800);
});

test("unknown speeds are not numbers", () => assert.ok(Number.isNaN(storeOfTwo().speed[0])));

test("the store grows past its first room", () => {
  const store = storeOfTwo({ capacity: 2 });
  store.apply(made({ kind: DELTA, fromSeq: 10, toSeq: 11, records: [{ id: 3, lon: 116 }, { id: 4 }, { id: 5 }] }));
  assert.deepEqual([store.count, store.lon[2], store.lon[0]], [5, 116, 115]);
});

test("the counts are those of the duty and the statuses", () => {
  const store = new WorkerStore();
  store.apply(
    made({
      kind: SNAPSHOT,
      records: [
        { id: 1, state: 7 },
        { id: 2, state: 5 },
        { id: 3, state: 4 },
        { id: 4, state: 13 },
      ],
    }),
  );
  const { onDuty, byStatus } = store.counts();
  assert.deepEqual([onDuty, byStatus], [3, [1, 1, 0, 0, 1, 1]]);
});
