/** Controls by the type of a field: each with its label, its hint, a place for what is wrong, and a way to read it. */

import { CASE_ICONS } from "../core/case_icons.js";
import { iconOf, select } from "../desk/bits.js";
import { dateInput } from "../panel/date_input.js";
import { el } from "../panel/dom.js";
import { questionList } from "./questions.js";
import { wordsOf } from "./told.js";

/** @typedef {import("./specs.js").Field} Field */
/** @typedef {import("./setup.js").Setup} Setup */
/** @typedef {{node: HTMLElement, read: () => any, input: HTMLElement, wrong: (text: string) => void}} Control */
/** @typedef {{node: HTMLElement, read: () => any, input?: HTMLElement, group?: boolean}} Bare */

/**
 * @param {Field} field
 * @param {unknown} value
 * @param {Setup} setup
 * @returns {Control}
 */
export function control(field, value, setup) {
  const { t } = setup;
  const bare = MAKE[field.type](field, value, setup);
  const problem = el("small", { class: "field-problem", role: "alert", hidden: true });
  const label = t(`f.${field.key}`);
  const hint = field.hint ? el("small", {}, t(setup.hintOf(field.key))) : null;
  const classes = `field ${field.wide ? "is-wide" : ""}`;
  const node = bare.group
    ? el("fieldset", { class: classes }, el("legend", { class: "label" }, label), bare.node, hint, problem)
    : field.type === "check"
      ? el("div", { class: classes }, el("label", { class: "check" }, bare.node, label), hint, problem)
      : el("label", { class: classes }, el("span", { class: "label" }, label), bare.node, hint, problem);
  const input = bare.input ?? bare.node;
  return {
    node,
    input,
    read: bare.read,
    wrong: (text) => {
      problem.textContent = text;
      problem.hidden = !text;
      node.classList.toggle("is-wrong", Boolean(text));
      input.setAttribute("aria-invalid", String(Boolean(text)));
    },
  };
}

/** @type {Record<import("./specs.js").FieldType, (field: Field, value: any, setup: Setup) => Bare>} */
const MAKE = {
  text: (field, value) => {
    const node = el("input", {
      name: field.key,
      value: value ?? "",
      required: field.required,
      maxlength: field.most ?? 40,
      pattern: field.pattern,
      autocomplete: "off",
    });
    return { node, read: () => node.value.trim() };
  },
  area: (field, value) => {
    const node = el("textarea", {
      name: field.key,
      rows: field.key === "body" ? 6 : 2,
      required: field.required,
      maxlength: field.most,
    });
    node.value = value ?? "";
    return { node, read: () => node.value.trim() };
  },
  number: (field, value) => {
    const node = el("input", {
      name: field.key,
      type: "number",
      inputmode: "numeric",
      value: value ?? "",
      required: true,
      min: field.least,
      max: field.most,
      step: 1,
    });
    return { node, read: () => node.valueAsNumber };
  },
  select: (field, value, setup) => {
    const options = setup.options(field.options ?? "");
    const known = value === null || value === undefined || options.some(([code]) => code === value);
    const node = select(known ? options : [...options, [String(value), String(value)]], String(value ?? ""), {
      name: field.key,
    });
    return { node, read: () => node.value };
  },
  check: (field, value) => {
    const node = el("input", { name: field.key, type: "checkbox", checked: Boolean(value) });
    return { node, read: () => node.checked };
  },
  words: (field, value, { t }) => {
    const node = el("textarea", { name: field.key, rows: 2 });
    node.value = (value ?? []).join(t("comma"));
    return { node, read: () => wordsOf(node.value) };
  },
  day: (field, value, setup) => {
    const node = dateInput({
      name: field.key,
      value: value ?? "",
      required: true,
      min: setup.tomorrow,
    });
    return { node, read: () => node.value };
  },
  weekdays: (_, value, { t }) => {
    const days = [1, 2, 3, 4, 5, 6, 7].map(
      (one) => /** @type {[string, string]} */ ([String(one), t(`weekday.${one}`)]),
    );
    const { node, read } = checks("weekdays", days, (value ?? []).map(String));
    return { node, read: () => read().map(Number), group: true };
  },
  checks: (field, value, setup) => ({
    ...checks(field.key, setup.options(field.options ?? ""), value ?? []),
    group: true,
  }),
  icon: (field, value) => {
    const marks = Object.keys(CASE_ICONS).map((name) =>
      el(
        "label",
        { title: name },
        el("input", { type: "radio", name: field.key, value: name, checked: name === value, "aria-label": name }),
        iconOf(name),
      ),
    );
    const node = el("div", { class: "icons" }, ...marks);
    return {
      node,
      read: () => node.querySelector("input:checked")?.getAttribute("value") ?? value ?? "other",
      group: true,
    };
  },
  hours: (_, value, { t }) => hours(value ?? [], t),
  questions: (_, value, { t }) => questionList(value ?? [], t),
};

/**
 * @param {string} name
 * @param {readonly [string, string][]} options
 * @param {readonly string[]} chosen
 */
function checks(name, options, chosen) {
  const boxes = options.map(([value]) =>
    el("input", { type: "checkbox", name, value, checked: chosen.includes(value) }),
  );
  const labels = boxes.map((box, n) => el("label", { class: "check" }, box, options[n]?.[1] ?? ""));
  return {
    node: el("div", { class: "checks" }, ...labels),
    read: () => boxes.filter((box) => box.checked).map((box) => box.value),
  };
}

/**
 * Working intervals of a day, as many as are needed.
 * @param {readonly [string, string][]} spans
 * @param {import("../core/i18n.js").Translate} t
 * @returns {Bare}
 */
function hours(spans, t) {
  const rows = el("div", {});
  const time = (/** @type {string} */ value, /** @type {string} */ label) =>
    el("input", { type: "time", value, required: true, "aria-label": label });
  const add = (/** @type {string} */ from, /** @type {string} */ to) => {
    const row = el(
      "div",
      { class: "span" },
      time(from, t("hours.from")),
      "–",
      time(to, t("hours.to")),
      el("button", { type: "button", class: "link", onclick: () => row.remove() }, t("hours.remove")),
    );
    rows.append(row);
  };
  for (const [from, to] of spans) add(from, to);
  const more = el("button", { type: "button", class: "link", onclick: () => add("19:00", "21:00") }, t("hours.add"));
  const read = () =>
    [...rows.querySelectorAll(".span")].map((row) => [...row.querySelectorAll("input")].map((input) => input.value));
  return { node: el("div", {}, rows, more), read, group: true };
}
