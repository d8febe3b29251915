/** A change of the settings in words: what differs, and each value as people say it; pure. */

import { FIELDS } from "./specs.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {import("./specs.js").Kind} Kind */
/** @typedef {{name: string, before: string, after: string}} Difference an empty text: there was nothing */
/** @typedef {{kind: string, key: string, before: any, after: any}} Change */

/**
 * @param {Change} change
 * @param {Translate} t
 * @param {(code: string) => string} departmentName
 * @returns {Difference[]} limit and unit as one
 */
export function differences({ kind, before, after }, t, departmentName) {
  const fields = [
    ...(FIELDS[/** @type {Kind} */ (kind)] ?? []).map(({ key }) => key),
    ...(kind === "category" || kind === "channel" || kind === "template" ? ["enabled"] : []),
  ];
  return fields
    .filter((key) => key !== "code" && key !== "unit" && key !== "from")
    .map((key) => ({
      name: t(`f.${key}`),
      before: before ? told(key, before, t, departmentName) : "",
      after: after ? told(key, after, t, departmentName) : "",
    }))
    .filter((one) => one.before !== one.after);
}

/**
 * One value of a thing in words.
 * @param {string} key
 * @param {Record<string, any>} thing
 * @param {Translate} t
 * @param {(code: string) => string} departmentName
 * @returns {string}
 */
export function told(key, thing, t, departmentName) {
  const value = thing[key];
  if (value === null || value === undefined || value === "") return "";
  if (key === "limit") return limitText(thing, t);
  if (key === "hours") return hoursText(value);
  if (key === "weekdays") return weekdaysText(value, t);
  if (key === "kind") return t(`kind.${value}`);
  if (key === "department_code") return departmentName(value);
  if (key === "attributes") return value.map((/** @type {any} */ one) => questionText(one, t)).join("\n");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return Array.isArray(value) ? value.join(t("comma")) : String(value);
}

/**
 * @param {import("./questions.js").Question} question
 * @param {Translate} t
 */
function questionText({ description, datatype, variable, required, values }, t) {
  const type = t(`question.type.${variable ? datatype : "sentence"}`);
  const parts = [type, required ? t("question.required") : "", ...values.map(({ name }) => name)].filter(Boolean);
  return t("question.told", { description, parts: parts.join(t("comma")) });
}

/**
 * @param {Record<string, any>} thing with `limit` and `unit`
 * @param {Translate} t
 */
export function limitText({ limit, unit }, t) {
  return t(`limit.${unit}`, { n: limit });
}

/** @param {readonly [string, string][]} hours */
export function hoursText(hours) {
  return hours.map(([from, to]) => `${from}–${to}`).join("  ");
}

/**
 * @param {readonly number[]} weekdays 1 is Monday
 * @param {Translate} t
 */
export function weekdaysText(weekdays, t) {
  return weekdays.map((one) => t(`weekday.${one}`)).join(t("comma"));
}

/**
 * Words of a list as somebody types them: separated by commas of either kind or by lines, each once.
 * @param {string} text
 */
export function wordsOf(text) {
  const found = text.split(/[、，,;；\n]/).map((one) => one.trim());
  return [...new Set(found.filter(Boolean))];
}
