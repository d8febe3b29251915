import assert from "node:assert/strict";
import { test } from "node:test";
import { byPhase, findWalkers, leavePhase, leaveProblem, usualEnd } from "../../../static/js/patrol/leave_rules.js";
import { newestOf } from "../../../static/js/patrol/plan_rules.js";

const TODAY = "2026-11-24";

/** @param {number} id @param {string} from_day @param {string} to_day */
const leave = (id, from_day, to_day) => ({ id, worker_id: id, name: "", grid: "", from_day, to_day, reason: "" });

test("both days of a leave belong to it", () => {
  const phases = [
    ["2026-11-24", "2026-11-24"],
    ["2026-11-25", "2026-11-30"],
    ["2026-11-01", "2026-11-23"],
  ].map(([from_day = "", to_day = ""]) => leavePhase({ from_day, to_day }, TODAY));
  assert.deepEqual(phases, ["now", "later", "over"]);
});

test("running leaves come first, those that end first before the others; what is over comes last", () => {
  const sorted = byPhase(
    [
      leave(1, "2026-11-01", "2026-11-20"),
      leave(2, "2026-12-01", "2026-12-02"),
      leave(3, "2026-11-20", "2026-11-30"),
      leave(4, "2026-11-24", "2026-11-24"),
      leave(5, "2026-11-02", "2026-11-22"),
    ],
    TODAY,
  );
  assert.deepEqual(
    sorted.map(({ id }) => id),
    [4, 3, 2, 5, 1],
  );
});

test("a form says the first thing that is wrong", () => {
  const problems = [
    { worker: null, from: TODAY, to: TODAY },
    { worker: 1, from: TODAY, to: "2026-11-23" },
    { worker: 1, from: "", to: TODAY },
    { worker: 1, from: "2026-11-16", to: TODAY },
    { worker: 1, from: TODAY, to: "2027-11-25" },
    { worker: 1, from: "2026-11-17", to: TODAY },
    { worker: 1, from: TODAY, to: "2027-11-24" },
  ].map((form) => leaveProblem(form, TODAY));
  assert.deepEqual(problems, [
    "leave.problem.worker",
    "leave.problem.order",
    "leave.problem.order",
    "leave.problem.old",
    "leave.problem.long",
    null,
    null,
  ]);
});

test("who is back today had leave until yesterday; a leave of today alone keeps its day", () => {
  const ends = [
    leave(1, "2026-11-20", "2026-11-30"),
    leave(2, TODAY, "2026-11-30"),
    leave(3, "2026-12-01", "2026-12-05"),
  ].map((one) => usualEnd(one, TODAY));
  assert.deepEqual(ends, ["2026-11-23", "2026-11-30", "2026-12-05"]);
});

test("workers are found by name, number and grid, names that begin so first", () => {
  const walkers = [
    { id: 1, name: "张王氏", grid: "g1", number: "W001" },
    { id: 2, name: "王五", grid: "g2", number: "W002" },
    { id: 3, name: "李四", grid: "g3", number: "W003" },
  ];
  const name = (/** @type {string} */ grid) => (grid === "g3" ? "王村第一网格" : "东村");
  const ids = (/** @type {string} */ text, most = 8) => findWalkers(walkers, text, name, most).map(({ id }) => id);
  assert.deepEqual([ids("王"), ids("w003"), ids("王", 1), ids("  "), ids("赵")], [[2, 1, 3], [3], [2], [], []]);
});

test("a new plan goes on from the area's own newest version, else from the one that holds", () => {
  const plan = (/** @type {number} */ id, /** @type {string} */ area_code, /** @type {string} */ valid_from) =>
    /** @type {any} */ ({ id, area_code, valid_from, valid_to: null });
  const old = { ...plan(1, "county", "2026-01-01"), valid_to: "2026-11-25" };
  const next = plan(2, "county", "2026-11-25");
  assert.equal(newestOf([old, next], "county", 1)?.id, 2);
  assert.equal(newestOf([old, next], "village", 1)?.id, 1);
  assert.equal(newestOf([], "county", null), null);
});
