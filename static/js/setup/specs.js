/** What can be set up, as data: the fields of each kind of thing; the dialog, the list and the history read it. */

/** @typedef {"text" | "area" | "number" | "select" | "check" | "words" | "hours" | "weekdays" | "day" | "icon" | "checks" | "questions"} FieldType */
/**
 * @typedef {object} Field
 * @property {string} key as the server names it
 * @property {FieldType} type
 * @property {boolean} [required]
 * @property {number} [most] characters, or the greatest number
 * @property {number} [least]
 * @property {boolean} [onlyNew] part of the address: chosen once
 * @property {boolean} [wide] the whole width of the dialog
 * @property {boolean} [hint] has a sentence `hint.<key>`
 * @property {string} [options] a list that the page knows: units, departments, channel_kinds…
 * @property {string} [pattern]
 * @property {unknown} [first] what a new thing begins with
 */
/** @typedef {"category" | "channel" | "template" | "limit" | "plan" | "hook"} Kind */

/** @type {Readonly<Record<Kind | "intake" | "open311", readonly Field[]>>} */
export const FIELDS = {
  category: [
    { key: "code", type: "text", required: true, onlyNew: true, pattern: "[0-9]{4}", hint: true },
    { key: "group", type: "text", required: true, most: 30 },
    { key: "name", type: "text", required: true, most: 30 },
    { key: "name_en", type: "text", most: 60 },
    { key: "line", type: "text", required: true, most: 30, hint: true },
    { key: "department_code", type: "select", options: "departments", hint: true },
    { key: "department_name", type: "text", required: true, most: 60 },
    { key: "limit", type: "number", required: true, least: 1, most: 10_000 },
    { key: "unit", type: "select", options: "units", first: "work_day" },
    { key: "urgent", type: "check" },
    { key: "needs_check", type: "check", first: true },
    { key: "in_public", type: "check", first: true },
    { key: "icon", type: "icon", wide: true, first: "other" },
    { key: "keywords", type: "words", wide: true, hint: true },
    { key: "filing_rule", type: "area", most: 500, wide: true },
    { key: "closing_rule", type: "area", most: 500, wide: true },
    { key: "attributes", type: "questions", wide: true, hint: true },
    { key: "sort", type: "number", least: 0, most: 100_000, first: 0, hint: true },
  ],
  channel: [
    { key: "code", type: "text", required: true, onlyNew: true, pattern: "[a-z][a-z0-9_]{1,29}", hint: true },
    { key: "name", type: "text", required: true, most: 30 },
    { key: "name_en", type: "text", most: 60 },
    { key: "kind", type: "select", options: "channel_kinds", first: "phone" },
    { key: "verify", type: "check", hint: true },
    { key: "sort", type: "number", least: 0, most: 100_000, first: 0, hint: true },
  ],
  template: [
    { key: "kind", type: "select", options: "template_kinds", first: "reply" },
    { key: "sort", type: "number", least: 0, most: 100_000, first: 0, hint: true },
    { key: "title", type: "text", required: true, most: 60, wide: true },
    { key: "body", type: "area", required: true, most: 2000, wide: true, hint: true },
  ],
  limit: [
    { key: "limit", type: "number", required: true, least: 1, most: 10_000 },
    { key: "unit", type: "select", options: "units", first: "work_hour" },
  ],
  plan: [
    { key: "from", type: "day", required: true, onlyNew: true, hint: true },
    { key: "weekdays", type: "weekdays", wide: true, first: [1, 2, 3, 4, 5] },
    {
      key: "hours",
      type: "hours",
      wide: true,
      hint: true,
      first: [
        ["08:30", "12:00"],
        ["14:00", "18:00"],
      ],
    },
  ],
  hook: [
    { key: "name", type: "text", required: true, most: 60 },
    { key: "url", type: "text", required: true, most: 500, wide: true, hint: true },
    { key: "kinds", type: "checks", options: "hook_kinds", wide: true, hint: true },
    { key: "area", type: "select", options: "areas" },
    { key: "department", type: "select", options: "departments_or_all" },
    { key: "secret", type: "text", most: 100, wide: true, hint: true },
  ],
  intake: [
    { key: "name", type: "text", required: true, most: 60, wide: true, hint: true },
    { key: "channel", type: "select", options: "channels", wide: true },
  ],
  open311: [{ key: "name", type: "text", required: true, most: 60, wide: true, hint: true }],
};

/** Channels under which the program itself files: the server keeps them. */
export const KEPT_CHANNELS = ["grid", "code", "transfer"];
/** Empty means "none" to the server, which wants null and not "". */
const NULLABLE = ["department_code", "department", "area", "secret"];

/**
 * The body that the server takes: the thing's own fields.
 * @param {Kind | "intake" | "open311"} kind
 * @param {Record<string, any>} values
 */
export function bodyOf(kind, values) {
  /** @type {Record<string, any>} */
  const body = {};
  for (const field of FIELDS[kind]) {
    if (field.onlyNew && kind !== "plan") continue; // it stands in the address
    const value = values[field.key];
    body[field.key] = value === "" && NULLABLE.includes(field.key) ? null : value;
  }
  if (kind === "category" || kind === "channel") body.enabled = true;
  return body;
}
