import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, clock, day, dayStart, duration, exact, longDay } from "../../../static/js/core/time.js";

const MORNING = Date.UTC(2026, 2, 4, 16, 5, 9); // 2026-03-05 00:05:09 in Shanghai

for (const [ms, zh, en] of /** @type {[number, string, string][]} */ ([
  [-5000, "刚刚", "just now"],
  [4999, "刚刚", "just now"],
  [25_000, "25 秒前", "25 s ago"],
  [59_999, "59 秒前", "59 s ago"],
  [3 * 60_000, "3 分钟前", "3 min ago"],
  [5 * 3_600_000, "5 小时前", "5 h ago"],
  [50 * 3_600_000, "2 天前", "2 d ago"],
])) {
  test(`an age of ${ms} ms is ${en}`, () => assert.deepEqual([ago(ms, "zh"), ago(ms, "en")], [zh, en]));
}

for (const [ms, zh] of /** @type {[number, string][]} */ ([
  [40_000, "40 秒"],
  [12 * 60_000, "12 分钟"],
  [3_600_000, "1 小时"],
  [3_599_000, "1 小时"],
  [125 * 60_000, "2 小时 5 分"],
  [72 * 3_600_000, "3 天"],
])) {
  test(`${ms} ms last ${zh}`, () => assert.equal(duration(ms, "zh"), zh));
}

test("clocks and days are Shanghai's", () => {
  assert.deepEqual([clock(MORNING), day(MORNING), exact(MORNING)], ["00:05", "2026-03-05", "2026-03-05 00:05:09"]);
});
test("a day starts at its midnight", () => assert.equal(dayStart("2026-03-05"), Date.UTC(2026, 2, 4, 16)));
test("a day that is none has no start", () => assert.deepEqual([dayStart("2026-02-30"), dayStart("x")], [null, null]));
test("a long day names the weekday", () => assert.equal(longDay(MORNING, "zh"), "3月5日星期四"));
