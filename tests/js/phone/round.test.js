import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf } from "../../../static/js/phone/answer.js";
import { headingOf } from "../../../static/js/phone/compass.js";
import { NO_CONFIG, noticeVersion } from "../../../static/js/phone/config.js";
import { boundsOf } from "../../../static/js/phone/grid_map.js";
import { groundOf } from "../../../static/js/phone/ground.js";
import { closedRounds, mayDispute, percentOf, sentencesOf, totals } from "../../../static/js/phone/past.js";
import { progressOf, roundAt } from "../../../static/js/phone/round.js";
import { urgingsOf } from "../../../static/js/phone/urging_view.js";
import { NO_WALK } from "../../../static/js/phone/walk.js";
import { eighth, nearestWay, roundMetres, wayTo } from "../../../static/js/phone/way.js";

const T0 = 1_790_000_000_000;
const HOUR = 3_600_000;
const METRE = 1 / 111_195;
const POINT = { id: 5, name: "水井", lon: 115, lat: 37, visited: false, checklist: ["井盖"] };
const ANSWER = {
  now_ms: T0,
  round: { ordinal: 1, name: "早巡", starts_ms: T0 - HOUR, ends_ms: T0 + HOUR },
  next: { ordinal: 2, name: "午巡", starts_ms: T0 + 3 * HOUR, ends_ms: T0 + 5 * HOUR },
  grid: { code: "g", name: "一网格", ring: [] },
  cells: ["a", "b", "c", "d", "e"],
  centers: /** @type {[number, number][]} */ ([0, 43, 86, 129, 172].map((m) => [115, 37 + m * METRE])),
  seen: btoa(String.fromCharCode(0b11)),
  covered: 2,
  total: 5,
  minutes: 20,
  min_minutes: 30,
  min_coverage: 0.7,
  key_points: [POINT],
  notices: [],
};
const KEY = `g/${T0 - HOUR}/1`;
const DONE = {
  seen: btoa(String.fromCharCode(0b11111)),
  covered: 5,
  minutes: 31,
  key_points: [{ ...POINT, visited: true }],
};

/**
 * @param {Partial<typeof ANSWER>} [change]
 * @param {{walk?: Partial<import("../../../static/js/phone/walk.js").Walk>, laterMs?: number}} [more]
 */
function progress(change = {}, { walk = {}, laterMs = 0 } = {}) {
  const kept = { answer: /** @type {any} */ ({ ...ANSWER, ...change }), got_ms: T0 + 7 };
  return progressOf(kept, { ...NO_WALK, round: KEY, ...walk }, T0 + 7 + laterMs);
}

test("an open round says what is missing", () => {
  const { phase, lacks, needed, done } = progress();
  assert.deepEqual([phase, lacks, needed, done], ["open", { cells: 2, minutes: 10, points: 1 }, 4, "no"]);
});
test("time left is by the server's clock", () => assert.equal(progress({}, { laterMs: 60_000 }).leftMs, HOUR - 60_000));
test("own cells count as provisional", () => {
  const { covered, here, marks } = progress({}, { walk: { seen: { b: T0, c: T0 } } });
  assert.deepEqual([covered, here, marks.join()], [2, 1, "seen,seen,here,no,no"]);
});
test("own cells of another round do not count", () =>
  assert.equal(progress({}, { walk: { round: "g/0/3", seen: { c: T0 } } }).here, 0));
test("done is only what the server has counted", () => assert.equal(progress(DONE).done, "done"));
test("done by the phone's own count is said as that", () => {
  const walk = { seen: { c: T0, d: T0 }, points: { 5: T0 }, spans: /** @type {any} */ ([[T0, T0 + 600_000]]) };
  assert.equal(progress({}, { walk }).done, "here");
});
test("seventy percent of ten cells are seven", () => {
  const cells = [..."abcdefghij"];
  const centers = /** @type {[number, number][]} */ (cells.map(() => [115, 37]));
  assert.equal(progress({ cells, centers, total: 10 }).needed, 7);
});
test("after the window it is late", () => assert.equal(progress({}, { laterMs: HOUR }).phase, "late"));
test("without a round it is between", () =>
  assert.equal(progress(/** @type {any} */ ({ round: null })).phase, "between"));
test("without any round there is none", () =>
  assert.equal(progress(/** @type {any} */ ({ round: null, next: null })).phase, "none"));
test("the next round begins without asking, and empty", () => {
  const { phase, round, covered, minutes, points } = progress({}, { laterMs: 3 * HOUR });
  assert.deepEqual([phase, round?.ordinal, covered, minutes, points[0]?.mark], ["open", 2, 0, 0, "no"]);
});
test("own steps belong to the round of now", () => {
  const kept = { answer: /** @type {any} */ (ANSWER), got_ms: T0 };
  assert.deepEqual([roundAt(kept, T0)?.ordinal, roundAt(kept, T0 + 3 * HOUR)?.ordinal], [1, 2]);
});
test("an answer without its parts is empty, not an error", () => {
  const answer = answerOf({ now_ms: 1, grid: { code: "g" } });
  assert.deepEqual([answer?.total, answer?.round, answer?.notices], [0, null, []]);
});
test("a sign-in page is no answer", () => assert.equal(answerOf("<html>"), null));

const GROUND = groundOf(/** @type {any} */ (ANSWER));
const AT = (/** @type {number} */ metres) => GROUND.spotOf({ lat: 37 + metres * METRE, lon: 115 });
test("the way leads to the nearest cell not walked", () => {
  const way = nearestWay(progress(), GROUND, AT(40));
  assert.deepEqual([way?.id, eighth(way?.bearing ?? -1), Math.round(way?.metres ?? 0)], ["c", 0, 46]);
});
test("a target stays until another is clearly nearer", () => {
  const first = nearestWay(progress(), GROUND, AT(150));
  assert.equal(first?.id, "d");
  assert.equal(nearestWay(progress(), GROUND, AT(152), first)?.id, "d");
  assert.equal(nearestWay(progress(), GROUND, AT(172), first)?.id, "e");
});
test("with enough cells the way leads to a key point", () => {
  const way = nearestWay(progress({ ...DONE, key_points: [POINT] }), GROUND, AT(100));
  assert.deepEqual([way?.kind, way?.name, eighth(way?.bearing ?? 0)], ["point", "水井", 4]);
});
test("when all is done there is no way", () => assert.equal(nearestWay(progress(DONE), GROUND, AT(0)), null));
test("east is ninety degrees", () => assert.equal(wayTo({ x: 0, y: 0 }, { x: 5, y: 0 }).bearing, 90));
test("almost north is north", () => assert.equal(eighth(359), 0));
test("metres are said roughly", () => assert.deepEqual([3, 47, 184, 1240].map(roundMetres), [5, 45, 180, 1200]));
test("I am on the map only near the grid", () => {
  assert.equal(boundsOf(GROUND, { x: 0, y: 350 }).north, 350);
  assert.ok(boundsOf(GROUND, { x: 0, y: 900 }).north < 100);
});

const PAST = {
  day: "2026-03-05",
  ordinal: 1,
  name: "早巡",
  state: "missed",
  cells: 100,
  covered: 50,
  minutes: 12.2,
  key_points: 3,
  visited: 1,
};
test("what was missing is said in order", () =>
  assert.deepEqual(sentencesOf(PAST), [
    { key: "past.cells", params: { n: 20 } },
    { key: "past.minutes", params: { n: 18 } },
    { key: "past.points", params: { n: 2 } },
  ]));
test("a round without any walk says only that", () =>
  assert.deepEqual(sentencesOf({ ...PAST, covered: 0, minutes: 0 }), [{ key: "past.nothing" }]));
test("no data is not called not walked", () => {
  const round = { ...PAST, state: "no_data", longest_gap_s: 5400 };
  assert.deepEqual(sentencesOf(round), [{ key: "past.no_data", params: { n: 90 } }]);
});
test("every state has a sentence", () => {
  for (const state of ["done", "late", "missed", "no_data", "excused"])
    assert.ok(sentencesOf({ ...PAST, state, covered: 100, minutes: 60, visited: 3 }).length > 0);
});
test("open rounds are not yet past, and the newest come first", () => {
  const rounds = [
    PAST,
    { ...PAST, ordinal: 2 },
    { ...PAST, day: "2026-03-06" },
    { ...PAST, ordinal: 3, state: "open" },
  ];
  assert.deepEqual(
    closedRounds(rounds).map(({ day, ordinal }) => [day, ordinal]),
    [
      ["2026-03-06", 1],
      ["2026-03-05", 2],
      ["2026-03-05", 1],
    ],
  );
});
test("leave is not due", () =>
  assert.deepEqual(totals([PAST, { ...PAST, state: "excused" }, { ...PAST, state: "done" }]), { due: 2, done: 1 }));
test("only what went wrong can be disputed, and once", () => {
  assert.ok(mayDispute(PAST));
  assert.ok(!mayDispute({ ...PAST, state: "done" }));
  assert.ok(!mayDispute({ ...PAST, dispute: { decision: null } }));
});
test("69.9 percent are not seventy", () => assert.equal(percentOf({ ...PAST, cells: 1000, covered: 699 }), 69));

test("an answered urging says so", () => {
  const urgings = [1, 2].map((id) => ({ id, kind: "urge", text: "", created_ms: id }));
  const letters = /** @type {any} */ ([{ id: "notice:1", body: { answer: "马上去" }, state: "waiting" }]);
  assert.deepEqual(
    urgingsOf(urgings, letters).map(({ urging, state, answer }) => [urging.id, state, answer]),
    [
      [2, "open", ""],
      [1, "waiting", "马上去"],
    ],
  );
});
test("a changed notice has another version, a changed telephone not", () => {
  const version = noticeVersion(NO_CONFIG);
  assert.notEqual(noticeVersion({ ...NO_CONFIG, retention_days: 60 }), version);
  assert.equal(noticeVersion({ ...NO_CONFIG, call_phone: "110" }), version);
  assert.ok(version.length <= 40);
});
test("a compass turns the other way round than alpha", () => {
  assert.equal(headingOf({ absolute: true, alpha: 90 }, 0), 270);
  assert.equal(headingOf({ absolute: false, alpha: 90 }, 0), null);
  assert.equal(headingOf({ webkitCompassHeading: 45 }, 0), 45);
});
