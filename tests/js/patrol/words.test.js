import assert from "node:assert/strict";
import { test } from "node:test";
import mapWords from "../../../static/i18n/map.js";
import patrolWords from "../../../static/i18n/patrol.js";
import deskWords from "../../../static/i18n/patrol_desk.js";
import { createI18n } from "../../../static/js/core/i18n.js";
import { figuresOf, spotsOf } from "../../../static/js/patrol/evidence.js";
import { PHASES } from "../../../static/js/patrol/progress.js";
import { clockText, percent, roundPhase, windowText } from "../../../static/js/patrol/round_words.js";
import { whyText } from "../../../static/js/patrol/why.js";

const { t } = createI18n([mapWords, patrolWords, deskWords], { language: "zh" });
const MINUTE = 60_000;
const SIX = Date.parse("2026-11-24T06:00:00+08:00");
const round = { ordinal: 1, name: "早巡", starts_ms: SIX, ends_ms: SIX + 240 * MINUTE };

test("both languages have the same words", () => {
  for (const words of [patrolWords, deskWords]) assert.deepEqual(Object.keys(words.zh), Object.keys(words.en));
});

test("every phase has a word and a hint", () => {
  for (const phase of PHASES) {
    assert.ok(patrolWords.zh[`patrol.phase.${phase}`]);
    assert.ok(patrolWords.zh[`patrol.phase.${phase}.hint`]);
  }
});

test("only what is complete is a hundred per cent, and only nothing is none", () => {
  assert.equal(percent(0.999), "99%");
  assert.equal(percent(1), "100%");
  assert.equal(percent(0.001), "1%");
  assert.equal(percent(0), "0%");
});

test("a window that ends at midnight ends at 24:00", () => {
  assert.equal(windowText(round), "06:00–10:00");
  const late = { ...round, starts_ms: SIX + 840 * MINUTE, ends_ms: SIX + 1080 * MINUTE };
  assert.equal(windowText(late), "20:00–24:00");
});

test("a round is before, in or after its window; its end belongs to after", () => {
  assert.equal(roundPhase(round, SIX - 1), "waiting");
  assert.equal(roundPhase(round, SIX), "open");
  assert.equal(roundPhase(round, round.ends_ms), "over");
  assert.equal(clockText(round, SIX + 180 * MINUTE, t, "zh"), "还剩 1 小时");
});

test("the reason of a forecast names pace, time left and what is missing", () => {
  const why = { cells_missing: 31, minutes_missing: 12.2, minutes_left: 68.9, pace: 0.4, cells_expected: 27.6 };
  assert.equal(whyText(why, t), "近 20 分钟每分钟走 0.4 格，剩 68 分钟约可再走 28 格；达标还差 31 格、13 分钟");
});

test("a round that nobody began is judged by the usual time of its grid", () => {
  const why = {
    cells_missing: 31,
    minutes_missing: 15,
    minutes_left: 20,
    pace: 0,
    cells_expected: 0,
    usual_minutes: 42,
  };
  assert.equal(whyText(why, t), "还没有人走；剩 20 分钟，这个网格平时要走 42 分钟");
});

test("who rests is not said to walk, and what is enough is not said to be missing", () => {
  const why = { cells_missing: 0, minutes_missing: 3, minutes_left: 9, pace: 0, cells_expected: 0 };
  assert.equal(whyText(why, t), "最近 20 分钟没有走动，剩 9 分钟；覆盖已够，步行还差 3 分钟");
  assert.equal(whyText(null, t), "");
});

test("places are found wherever they stand in the evidence, in the order of time", () => {
  const evidence = {
    jumps: [{ from: [SIX + 2000, 115.2, 36.9], to: [SIX + 3000, 115.3, 37], metres: 900 }],
    spots: [[SIX, 115.1, 36.8]],
    count: 3,
  };
  assert.deepEqual(
    spotsOf(evidence).map(([ms]) => ms - SIX),
    [0, 2000, 3000],
  );
});

test("figures have words, shares are per cent, places are no figures", () => {
  const rows = figuresOf({ share: 0.975, fixes: 412, spots: [[SIX, 115, 37]], from_ms: SIX, to_ms: SIX + MINUTE }, t);
  assert.deepEqual(rows, [
    ["时间", "06:00–06:01"],
    ["占比", "97.5%"],
    ["定位数", "412"],
  ]);
});
