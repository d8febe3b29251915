import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, fromSearch, toSearch } from "../../../static/js/core/page_state.js";
import {
  daysOf,
  deskFrom,
  deskSearch,
  mapLink,
  moveSpan,
  START,
  spanDays,
} from "../../../static/js/patrol/desk_state.js";
import { sortRows } from "../../../static/js/patrol/parts.js";
import { minuteOf, overlap, planPhase, roundsProblem } from "../../../static/js/patrol/plan_rules.js";

const OWN = { from: "", to: "" };
/** @type {import("../../../static/js/patrol/plan_rules.js").RoundForm} */
const MORNING = { name: "早巡", starts: "06:00", ends: "10:00", weekdays: [1, 2, 3, 4, 5, 6, 7], days: "all" };

test("an address gives back the state that made it", () => {
  const state = {
    ...START,
    tab: /** @type {const} */ ("stats"),
    area: "130533106000",
    span: /** @type {const} */ ("own"),
    from: "2026-11-01",
    to: "2026-11-20",
    sort: "missed",
    down: true,
  };
  assert.deepEqual(deskFrom(deskSearch(state)), state);
});

test("what is as usual is not in the address, and nonsense in it is left out", () => {
  assert.equal(deskSearch(START), "");
  assert.equal(deskSearch(START, "?lang=en&x=1"), "?lang=en");
  assert.deepEqual(deskFrom("?tab=x&area=12&day=2026-02-30&round=-1&sort=<b>&case=1e9"), START);
});

test("the link to the map is understood by the map", () => {
  const link = mapLink({ day: "2026-11-20", ordinal: 2, grid: "130533106200003", isToday: false });
  const { tab, coverage, round, roundDay, grid } = fromSearch(link.slice(1));
  assert.deepEqual(
    { tab, coverage, round, roundDay, grid },
    { tab: "patrol", coverage: true, round: 2, roundDay: "2026-11-20", grid: "130533106200003" },
  );
});

test("a week begins on Monday, a month ends on its last day", () => {
  assert.deepEqual(spanDays("week", "2026-11-29", OWN), ["2026-11-23", "2026-11-29"]);
  assert.deepEqual(spanDays("week", "2026-11-23", OWN), ["2026-11-23", "2026-11-29"]);
  assert.deepEqual(spanDays("month", "2028-02-10", OWN), ["2028-02-01", "2028-02-29"]);
  assert.deepEqual(spanDays("month", "2026-12-31", OWN), ["2026-12-01", "2026-12-31"]);
});

test("an own span that was entered the wrong way round is turned", () => {
  assert.deepEqual(spanDays("own", "2026-11-24", { from: "2026-11-20", to: "2026-11-03" }), [
    "2026-11-03",
    "2026-11-20",
  ]);
});

test("one month after the 31st is the next month", () => {
  assert.equal(moveSpan("month", "2026-01-31", 1), "2026-02-01");
  assert.equal(moveSpan("month", "2026-01-31", -1), "2025-12-01");
  assert.equal(moveSpan("week", "2026-01-01", -1), "2025-12-25");
});

test("days are counted with both ends", () => {
  assert.deepEqual(daysOf("2026-11-29", "2026-12-01"), ["2026-11-29", "2026-11-30", "2026-12-01"]);
});

test("empty values come last whichever way a table is sorted", () => {
  const rows = [{ n: 2 }, { n: null }, { n: 5 }];
  const value = (/** @type {{n: number | null}} */ row) => row.n;
  assert.deepEqual(sortRows(rows, value, false).map(value), [2, 5, null]);
  assert.deepEqual(sortRows(rows, value, true).map(value), [5, 2, null]);
});

test("times of a plan are minutes of the day up to 24:00", () => {
  assert.equal(minuteOf("06:30"), 390);
  assert.equal(minuteOf("24:00"), 1440);
  assert.equal(minuteOf("24:01"), null);
  assert.equal(minuteOf("6:30"), null);
});

test("rounds overlap only where one day may have both", () => {
  const later = { ...MORNING, starts: "09:00", ends: "12:00" };
  assert.equal(overlap(MORNING, later), true);
  assert.equal(overlap(MORNING, { ...later, starts: "10:00" }), false);
  assert.equal(overlap({ ...MORNING, weekdays: [1] }, { ...later, weekdays: [2] }), false);
  assert.equal(overlap({ ...MORNING, days: "work" }, { ...later, days: "rest" }), false);
});

test("the first fault of a plan is named with its round", () => {
  assert.equal(roundsProblem([MORNING]), null);
  assert.deepEqual(roundsProblem([MORNING, { ...MORNING, starts: "12:00", ends: "11:00" }]), {
    key: "plan.problem.window",
    round: 1,
  });
  assert.deepEqual(roundsProblem([MORNING, { ...MORNING, starts: "09:00", ends: "11:00" }]), {
    key: "plan.problem.overlap",
    round: 1,
  });
  assert.deepEqual(roundsProblem([]), { key: "plan.problem.none", round: 0 });
});

test("a plan ends before its `valid_to`", () => {
  const plan = /** @type {any} */ ({ valid_from: "2026-10-01", valid_to: "2026-12-01" });
  assert.equal(planPhase(plan, "2026-09-30"), "later");
  assert.equal(planPhase(plan, "2026-11-30"), "now");
  assert.equal(planPhase(plan, "2026-12-01"), "over");
});

test("the map keeps round, coverage and grid in its address, and refuses nonsense", () => {
  const patrol = /** @type {const} */ ({
    tab: "patrol",
    coverage: true,
    round: 3,
    roundDay: "2026-11-20",
    grid: "130533106200003",
    patrolArea: "130533106200",
  });
  assert.deepEqual(fromSearch(toSearch({ ...EMPTY, ...patrol })), patrol);
  assert.deepEqual(fromSearch("?tab=x&cov=2&round=0&rday=2026-13-01&grid=1&pa=abc"), {});
});
