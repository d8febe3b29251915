/** Where the report stands: what it was, the steps done and to come, the answer. */

import { clock, day } from "../core/time.js";
import { el } from "../panel/dom.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/**
 * @typedef {object} Found
 * @property {string} number
 * @property {string} state
 * @property {string} state_zh
 * @property {string} category_name
 * @property {string} description
 * @property {number} reported_ms
 * @property {number | null} due_ms
 * @property {string | null} department_name
 * @property {{at_ms: number, state: string, text: string}[]} timeline
 * @property {string | null} answer
 * @property {number | null} answered_ms
 * @property {number | null} rating
 * @property {boolean} can_rate
 * @property {boolean} can_reopen
 */

/** The road of a report in the reporter's words, and the states that stand at each step. */
export const STEPS = /** @type {const} */ ([
  ["received", ["reported", "verifying", "accepted", "reopened"]],
  ["passed_on", ["filed", "dispatched", "return_req", "void_req"]],
  ["handling", ["handling", "extend_req", "suspend_req", "suspended"]],
  ["checking", ["handled", "checking", "reply_due"]],
  ["done", ["closed", "rejected", "voided", "merged"]],
]);

/**
 * The index of the step at which a state stands.
 * @param {string} state
 */
export function stepOf(state) {
  const found = STEPS.findIndex(([, states]) => /** @type {readonly string[]} */ (states).includes(state));
  return Math.max(0, found);
}

/**
 * @param {Found} found
 * @param {I18n} i18n
 */
export function statusPart(found, { t }) {
  const now = stepOf(found.state);
  const ended = now === STEPS.length - 1;
  // What was turned away or joined with another was not passed on, handled and checked.
  const cut = ended && found.state !== "closed";
  const steps = STEPS.map(([key], i) => {
    if (cut && i > 0 && i < now) return null;
    const name = cut && i === now ? t(`state.${found.state}`) : t(`step.${key}`);
    const mark = i < now || ended ? "done" : i === now ? "now" : "later";
    return el(
      "li",
      { class: `is-${mark}`, "aria-current": i === now ? "step" : null },
      el("span", { class: "mark", "aria-hidden": "true" }, mark === "done" ? "✓" : String(i + 1)),
      el(
        "span",
        {},
        name,
        i === now && !ended
          ? el("strong", {}, t(nowKey(found.state, key), { department: found.department_name ?? "" }))
          : null,
      ),
    );
  });
  return el(
    "section",
    {},
    el("p", { class: "hint first" }, t("number", { number: found.number })),
    el("p", { class: "told" }, found.description),
    el("p", { class: "hint" }, [found.category_name, moment(found.reported_ms)].filter(Boolean).join(" · ")),
    el("ol", { class: "steps" }, ...steps),
    !ended && found.due_ms ? el("p", { class: "hint" }, t("due", { time: moment(found.due_ms) })) : null,
    found.answer ? answerPart(found, t) : null,
  );
}

/**
 * @param {string} state
 * @param {string} step
 */
function nowKey(state, step) {
  return state === "reopened" ? "step.reopened.now" : `step.${step}.now`;
}

/**
 * @param {Found} found
 * @param {import("../core/i18n.js").Translate} t
 */
function answerPart({ answer, answered_ms }, t) {
  return el(
    "div",
    { class: "answer" },
    el("h2", {}, t("answer.title")),
    el("p", {}, answer ?? ""),
    answered_ms ? el("p", { class: "hint" }, moment(answered_ms)) : null,
  );
}

/**
 * @param {Found} found
 * @param {I18n} i18n
 */
export function stepsPart({ timeline }, { t }) {
  const items = [...timeline]
    .reverse()
    .map((one) =>
      el(
        "li",
        {},
        el("time", {}, moment(one.at_ms)),
        el("strong", {}, t(`moment.${one.state}`)),
        one.text ? el("p", {}, one.text) : null,
      ),
    );
  if (items.length === 0) return "";
  return el(
    "section",
    {},
    el(
      "details",
      { open: items.length < 6 },
      el("summary", {}, t("timeline")),
      el("ul", { class: "timeline" }, ...items),
    ),
  );
}

/** @param {number} ms */
function moment(ms) {
  return `${day(ms)} ${clock(ms)}`;
}
