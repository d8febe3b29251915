import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMON_WORDS } from "../../../static/i18n/common.js";
import words from "../../../static/i18n/setup.js";
import { createI18n } from "../../../static/js/core/i18n.js";
import { choicesOf } from "../../../static/js/setup/questions.js";
import { bodyOf, FIELDS } from "../../../static/js/setup/specs.js";
import { differences, wordsOf } from "../../../static/js/setup/told.js";

const { t } = createI18n([COMMON_WORDS, words], { language: "zh" });
const name = (/** @type {string} */ code) => `单位${code}`;

test("both languages have the same words", () => {
  assert.deepEqual(Object.keys(words.zh), Object.keys(words.en));
});

test("every field has its label and its hint", () => {
  const missing = Object.entries(FIELDS).flatMap(([kind, fields]) =>
    fields.flatMap(({ key, hint }) => [
      ...(words.zh[`f.${key}`] ? [] : [`${kind}.${key}`]),
      ...(hint && !Object.keys(words.zh).some((one) => one.startsWith("hint.") && one.endsWith(`.${key}`))
        ? [key]
        : []),
    ]),
  );
  assert.deepEqual(missing, []);
});

test("a changed limit is told as one line with its unit", () => {
  const before = { code: "0101", name: "路灯", limit: 2, unit: "work_day", keywords: ["灯"] };
  const after = { ...before, limit: 4, unit: "work_hour" };
  assert.deepEqual(differences({ kind: "category", key: "0101", before, after }, t, name), [
    { name: "时限", before: "2 工作日", after: "4 工作时" },
  ]);
});

test("hours, days, departments and answers are told in words", () => {
  const plan = { from: "2026-12-01", weekdays: [1, 6], hours: [["08:30", "12:00"]] };
  const found = differences({ kind: "plan", key: "2026-12-01", before: null, after: plan }, t, name);
  assert.deepEqual(
    found.map(({ after }) => after),
    ["周一、周六", "08:30–12:00"],
  );
  const before = { department_code: null, urgent: false };
  const told = differences(
    { kind: "category", key: "1", before, after: { department_code: "A", urgent: true } },
    t,
    name,
  );
  assert.deepEqual(told, [
    { name: "承办单位（自动派遣）", before: "", after: "单位A" },
    { name: "紧急：一来就响铃", before: "否", after: "是" },
  ]);
});

test("typed words are told apart by commas of either kind and by lines", () => {
  assert.deepEqual(wordsOf(" 路灯、灯不亮,\n路灯；， 坏了 "), ["路灯", "灯不亮", "坏了"]);
});

test("a body has the thing's own fields, and nothing chosen is null", () => {
  const body = bodyOf("category", { code: "0101", name: "路灯", department_code: "", enabled: false, used: 3 });
  assert.deepEqual([body.name, body.enabled, body.department_code], ["路灯", true, null]);
  assert.ok(!("code" in body || "used" in body));
  assert.equal(bodyOf("plan", { from: "2026-12-01" }).from, "2026-12-01");
});

test("choices are typed one a line, with a code where it differs", () => {
  assert.deepEqual(choicesOf(" not_lit=不亮\n\n闪\n a ＝ b=c "), [
    { key: "not_lit", name: "不亮" },
    { key: "闪", name: "闪" },
    { key: "a", name: "b=c" },
  ]);
});
