/** What the chosen category asks besides: each question with its own control, and whether the answers will do. */

import { el } from "../panel/dom.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {import("../setup/questions.js").Question} Question */
/** @typedef {{controls: HTMLElement[], values: () => string[], isValid?: () => boolean}} Control */

const MOST_TEXT = 500; // characters of one answer, as the server takes them

/** @param {Translate} t */
export function questionPart(t) {
  const node = el("section", { hidden: true });
  /** @type {ReturnType<typeof block>[]} */
  let asked = [];
  return {
    node,
    /** @param {readonly Question[]} questions of the category that is chosen now */
    ask: (questions) => {
      asked = questions.map((one) => block(one, t));
      node.hidden = asked.length === 0;
      node.replaceChildren(el("h2", { class: "title" }, t("ask.title")), ...asked.map((one) => one.node));
    },
    /** Marks what will not do; the first such control has the focus then. */
    check: () => asked.map((one) => one.check()).find((control) => control !== null) ?? null,
    /** @returns {Record<string, string[]>} */
    answers: () => Object.fromEntries(asked.map((one) => [one.code, one.values()]).filter(([, all]) => all?.length)),
  };
}

/**
 * @param {Question} question one that is not `variable` is a sentence to be read
 * @param {Translate} t
 */
function block(question, t) {
  const { code, description, required } = question;
  if (!question.variable)
    return { code, node: el("p", { class: "hint" }, description), values: () => [], check: () => null };
  const id = `ask-${code}`;
  const several = question.datatype === "multivaluelist";
  const { controls, values, isValid = () => true } = several ? choices(question) : single(question, id, t);
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const title = [description, el("small", {}, t(required ? "ask.required" : "ask.optional"))];
  const check = () => {
    const said = !isValid() ? `ask.wrong.${question.datatype}` : required && !values().length ? "ask.missing" : "";
    problem.hidden = said === "";
    problem.textContent = said && t(said);
    return said ? controlOf(controls) : null;
  };
  const node = el(
    "div",
    several ? { role: "group", "aria-labelledby": id } : {},
    several ? el("p", { id, class: "ask" }, ...title) : el("label", { for: id, class: "ask" }, ...title),
    ...controls,
    question.datatype_description ? el("p", { class: "hint" }, question.datatype_description) : null,
    problem,
  );
  return { code, node, values, check };
}

/**
 * What takes the focus: the control itself, or the first one in its label.
 * @param {HTMLElement[]} controls
 */
function controlOf([first]) {
  return first?.querySelector("input") ?? first ?? null;
}

/**
 * @param {Question} question
 * @returns {Control}
 */
function choices({ values }) {
  const boxes = values.map(({ key }) => el("input", { type: "checkbox", value: key }));
  const controls = boxes.map((box, i) => el("label", { class: "check" }, box, el("span", {}, values[i]?.name)));
  return { controls, values: () => boxes.filter((box) => box.checked).map((box) => box.value) };
}

/**
 * @param {Question} question
 * @param {string} id
 * @param {Translate} t
 * @returns {Control}
 */
function single({ datatype, values }, id, t) {
  if (datatype === "singlevaluelist") {
    const options = values.map(({ key, name }) => el("option", { value: key }, name));
    const list = el("select", { id }, el("option", { value: "" }, t("ask.choose")), ...options);
    return { controls: [list], values: () => [list.value].filter(Boolean) };
  }
  if (datatype === "text") return written(el("textarea", { id, rows: 3, maxlength: MOST_TEXT }));
  if (datatype === "number") return written(el("input", { id, type: "number", step: "any", inputmode: "decimal" }));
  // The county's clock, which is +08:00 all year.
  if (datatype === "datetime") return written(el("input", { id, type: "datetime-local" }), "+08:00");
  return written(el("input", { id, maxlength: MOST_TEXT }));
}

/**
 * @param {HTMLInputElement | HTMLTextAreaElement} control
 * @param {string} [zone]
 * @returns {Control}
 */
function written(control, zone = "") {
  const text = () => control.value.trim();
  return {
    controls: [control],
    values: () => (text() ? [text() + zone] : []),
    isValid: () => control.validity.valid, // of a number that is none, the browser tells no text
  };
}
