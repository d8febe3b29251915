import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { CASE_ERROR_WORDS, STATE_WORDS } from "../../../static/i18n/case_errors.js";
import caseMapWords from "../../../static/i18n/case_map.js";
import statsWords from "../../../static/i18n/case_stats.js";
import { COMMON_WORDS } from "../../../static/i18n/common.js";
import words from "../../../static/i18n/desk.js";
import queryWords from "../../../static/i18n/query.js";
import { QUESTION_WORDS } from "../../../static/i18n/questions.js";
import reportWords from "../../../static/i18n/report.js";
import { createI18n } from "../../../static/js/core/i18n.js";
import { fromSearch, toSearch } from "../../../static/js/desk/address.js";
import { failure, remaining } from "../../../static/js/desk/bits.js";
import { together } from "../../../static/js/desk/bulk.js";
import { EMPTY } from "../../../static/js/desk/desk.js";
import { drawn, spots } from "../../../static/js/desk/flow_plan.js";
import { filled } from "../../../static/js/desk/templates.js";
import { ApiError } from "../../../static/js/net/api.js";

const i18n = createI18n([COMMON_WORDS, words], { language: "zh" });

test("the address brings back what it says", () => {
  const state = { ...EMPTY, queue: "handle", caseId: 25, words: "路灯 坏", light: "red" };
  assert.deepEqual({ ...EMPTY, ...fromSearch(toSearch(state)) }, state);
  assert.equal(toSearch(EMPTY, "?lang=en&x=1"), "?lang=en");
});

test("nonsense in the address is left out", () => {
  assert.deepEqual(fromSearch("?tab=none&case=-3&light="), {});
});

test("a deadline is told as time left or time over", () => {
  assert.equal(remaining(7_200_000, 0, i18n), "剩 2 小时");
  assert.equal(remaining(0, 60_000, i18n), "超 1 分钟");
  assert.equal(remaining(null, 0, i18n), "");
});

test("a missing value is named as its field is labelled", () => {
  const error = new ApiError({ code: "bad_value", message: "x", status: 400, field: "reply", allowed: "an answer" });
  assert.equal(failure(error, i18n.t), "“给反映人的答复”填得不对，请改好后再提交。");
});

test("a reason is said in the reader's words, states included", () => {
  const said = { code: "conflict", message: "x", status: 409, reason: "case.changed", values: { state: "filed" } };
  const inEnglish = createI18n([COMMON_WORDS, CASE_ERROR_WORDS, STATE_WORDS, words], { language: "en" });
  assert.match(failure(new ApiError(said), inEnglish.t), /now “Filed”/);
  assert.match(failure(new ApiError({ ...said, reason: "case.not_known_yet" }), inEnglish.t), /did not work: x/);
});

const ROWS = [
  { from: "reported", to: "accepted", roles: ["operator"], needs: [] },
  { from: "reported", to: "verifying", roles: ["operator"], needs: ["worker_id"] },
  { from: "accepted", to: "filed", roles: ["shift_leader"], needs: ["category"] },
];

test("several cases are changed together only from one state and by one's own role", () => {
  const cases = /** @type {any[]} */ ([{ state: "reported" }, { state: "reported" }]);
  assert.deepEqual(
    together(ROWS, cases, "operator").map((row) => row.to),
    ["accepted"],
  );
  assert.deepEqual(together(ROWS, cases, "department"), []);
  assert.deepEqual(together(ROWS, [...cases, { state: "accepted" }], "operator"), []);
});

test("states stand in columns by the shortest way from the first", () => {
  const states = ["reported", "accepted", "verifying", "filed", "lonely"].map((code) => ({ code }));
  const found = spots(states, ROWS);
  assert.deepEqual(
    [...found.values()].map(({ column, row }) => [column, row]),
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [2, 0],
      [3, 0],
    ],
  );
});

test("what nearly every state leads to is said in words", () => {
  const many = Array.from({ length: 8 }, (_, i) => ({ from: `s${i}`, to: "void_req" }));
  const { lines, hubs } = drawn([...ROWS, ...many]);
  assert.deepEqual([lines.length, hubs], [3, ["void_req"]]);
});

test("templates are filled with what is known", () => {
  const detail = { case: { department_name: "城管局", number: "2026" }, result: "" };
  assert.equal(filled("由{department}办理：{result}{other}", detail), "由城管局办理：……{other}");
});

test("every word that the desk and the citizens' pages name exists", async () => {
  const root = new URL("../../../static/js/", import.meta.url);
  for (const [folder, dictionary] of Object.entries({
    desk: { zh: { ...words.zh, ...QUESTION_WORDS.zh } },
    query: queryWords,
    report: { zh: { ...reportWords.zh, ...QUESTION_WORDS.zh } },
    cases: caseMapWords,
  })) {
    for (const file of await readdir(new URL(`${folder}/`, root))) {
      const text = await readFile(new URL(`${folder}/${file}`, root), "utf8");
      const used = [...text.matchAll(/\bt\(\s*"([a-z_.]+)"/g)].map(([, key]) => key ?? "");
      // Two modules of the citizens' pages are used by both of them; statistics have words of their own.
      const more = folder === "report" ? queryWords.zh : folder === "desk" || folder === "cases" ? statsWords.zh : {};
      const known = { ...COMMON_WORDS.zh, ...dictionary.zh, ...more };
      assert.deepEqual(
        used.filter((key) => !(key in known)),
        [],
        file,
      );
    }
  }
});
