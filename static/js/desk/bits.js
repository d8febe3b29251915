/** Small things that several parts of the desk show alike: lights, times, failures, fields. */

import { reasonText } from "../core/case_errors.js";
import { caseIcon } from "../core/case_icons.js";
import { clock, day, duration, exact } from "../core/time.js";
import { ApiError } from "../net/api.js";
import { el } from "../panel/dom.js";
import { svg } from "../panel/icons.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {import("../core/i18n.js").Language} Language */

const SHAPES = { green: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2", yellow: "M8 1l7 7-7 7-7-7z", red: "M8 1l7.5 13.5H.5z" };

/**
 * A light by colour, shape and word: round, diamond, triangle; a ring where no clock runs.
 * @param {"green" | "yellow" | "red" | null} light
 * @param {Translate} t
 */
export function lightMark(light, t) {
  const root = svg("svg", {
    viewBox: "0 0 16 16",
    class: `light is-${light ?? "none"}`,
    role: "img",
    "aria-label": t(`light.${light ?? "none"}`),
  });
  root.append(svg("path", { d: light ? SHAPES[light] : SHAPES.green }));
  return root;
}

/**
 * A text with something more about it in brackets, where there is more.
 * @param {string} text
 * @param {string} more
 * @param {Translate} t
 */
export function aside(text, more, t) {
  return more ? t("aside", { text, more }) : text;
}

/** @param {string} name */
export function iconOf(name) {
  return caseIcon(name || "other");
}

/**
 * How long until a deadline, or how long past it.
 * @param {number | null} deadlineMs
 * @param {number} nowMs
 * @param {{t: Translate, language: Language}} i18n
 */
export function remaining(deadlineMs, nowMs, { t, language }) {
  if (deadlineMs === null) return "";
  const left = deadlineMs - nowMs;
  return t(left >= 0 ? "left" : "over", { time: duration(Math.abs(left), language) });
}

/**
 * A moment: time of day for today, else with the date; exact on hover.
 * @param {number} ms
 */
export function moment(ms) {
  const today = day(Date.now());
  const text =
    day(ms) === today
      ? clock(ms)
      : day(ms).slice(0, 4) === today.slice(0, 4)
        ? `${day(ms).slice(5)} ${clock(ms)}`
        : `${day(ms)} ${clock(ms)}`;
  return el("time", { datetime: new Date(ms).toISOString(), title: exact(ms) }, text);
}

/**
 * What went wrong and what to do.
 * @param {unknown} error
 * @param {Translate} t
 */
export function failure(error, t) {
  if (!(error instanceof ApiError)) return t("error.other", { message: String(error) });
  if (error.code === "offline") return t("error.offline");
  const said = reasonText(error, t);
  if (said) return said;
  if (error.status === 403) return t("error.forbidden");
  if (error.status === 404) return t("error.gone");
  if (error.status === 429 || error.status === 503) return t("error.busy");
  if (error.status === 400 && error.field) {
    const name = error.field.split(/[.[]/)[0] ?? "";
    const words = t(`field.${name}`);
    const field = words === `field.${name}` ? name : words;
    return t("error.field", { field });
  }
  return t("error.other", { message: error.message });
}

/**
 * A problem line that a form fills.
 * @returns {HTMLElement}
 */
export function problemLine() {
  return el("p", { class: "problem", role: "alert", hidden: true });
}

/**
 * @param {HTMLElement} line
 * @param {string} text
 */
export function say(line, text) {
  line.textContent = text;
  line.hidden = !text;
}

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint = "") {
  return el(
    "label",
    { class: "field" },
    el("span", { class: "label" }, label),
    control,
    hint ? el("small", {}, hint) : null,
  );
}

/**
 * @param {[string, string][]} options value, text
 * @param {string} [chosen]
 * @param {Record<string, any>} [attributes]
 */
export function select(options, chosen = "", attributes = {}) {
  return el(
    "select",
    attributes,
    ...options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)),
  );
}

/**
 * A message box of a pane: empty, loading, error.
 * @param {string} text
 * @param {{retry?: () => void, label?: string, bad?: boolean}} [options]
 */
export function note(text, { retry, label = "", bad = false } = {}) {
  return el(
    "div",
    { class: `note ${bad ? "is-bad" : ""}`, role: bad ? "alert" : "status" },
    el("p", {}, text),
    retry ? el("button", { type: "button", class: "button", onclick: retry }, label) : null,
  );
}
