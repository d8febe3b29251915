/** Further questions of a category (Open311's attributes): as many as are needed, each with how it is answered. */

import { select } from "../desk/bits.js";
import { el } from "../panel/dom.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {{key: string, name: string}} Choice */
/** @typedef {{code: string, datatype: string, description: string, required: boolean, variable: boolean, datatype_description: string, values: Choice[]}} Question */

const TYPES = ["string", "text", "number", "datetime", "singlevaluelist", "multivaluelist"];
const SENTENCE = "sentence"; // to be read, without an answer: to the server a text that is not variable
const MOST = 20;

/**
 * @param {readonly Question[]} questions
 * @param {Translate} t
 * @returns {import("./fields.js").Bare}
 */
export function questionList(questions, t) {
  /** @type {Map<HTMLElement, () => Question>} */
  const shown = new Map();
  const list = el("div", {});
  /** @param {Question | null} question */
  const add = (question) => {
    const { node, read } = block(question, t, () => {
      shown.delete(node);
      node.remove();
      more.hidden = false;
    });
    shown.set(node, read);
    list.append(node);
    more.hidden = shown.size >= MOST;
    return node;
  };
  const more = el(
    "button",
    { type: "button", class: "link", onclick: () => add(null).querySelector("input")?.focus() },
    t("question.add"),
  );
  for (const one of questions) add(one);
  return { node: el("div", {}, list, more), read: () => [...shown.values()].map((read) => read()), group: true };
}

/**
 * @param {Question | null} question null: a new one
 * @param {Translate} t
 * @param {() => void} remove
 * @returns {{node: HTMLElement, read: () => Question}}
 */
function block(question, t, remove) {
  const description = el("input", { value: question?.description ?? "", required: true, maxlength: 200 });
  const code = el("input", {
    value: question?.code ?? "",
    required: true,
    maxlength: 40,
    pattern: "[A-Za-z_][A-Za-z0-9_]*",
    autocomplete: "off",
  });
  const type = select(
    [...TYPES, SENTENCE].map((one) => [one, t(`question.type.${one}`)]),
    question?.variable === false ? SENTENCE : question?.datatype,
  );
  const required = el("input", { type: "checkbox", checked: question?.required });
  const choices = el("textarea", { rows: 3, required: true, placeholder: t("question.choices.example") });
  choices.value = linesOf(question?.values ?? []);
  const help = el("input", { value: question?.datatype_description ?? "", maxlength: 200 });
  const needed = el("label", { class: "check" }, required, t("question.required"));
  const [choicesRow, helpRow] = [labelled(t("question.choices"), choices), labelled(t("question.help"), help)];
  const fit = () => {
    choicesRow.hidden = choices.disabled = !type.value.endsWith("list");
    needed.hidden = helpRow.hidden = type.value === SENTENCE;
  };
  type.addEventListener("change", fit);
  fit();
  const node = el(
    "div",
    { class: "question", role: "group", "aria-label": t("question") },
    labelled(t("question.text"), description),
    labelled(t("question.code"), code),
    labelled(t("question.type"), type),
    choicesRow,
    helpRow,
    el(
      "p",
      { class: "question-foot" },
      needed,
      el("button", { type: "button", class: "link", onclick: remove }, t("question.remove")),
    ),
  );
  const read = () => ({
    code: code.value.trim(),
    datatype: type.value === SENTENCE ? "string" : type.value,
    description: description.value.trim(),
    required: type.value !== SENTENCE && required.checked,
    variable: type.value !== SENTENCE,
    datatype_description: type.value === SENTENCE ? "" : help.value.trim(),
    values: choices.disabled ? [] : choicesOf(choices.value),
  });
  return { node, read };
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
function labelled(text, control) {
  return el("label", { class: "field" }, el("span", { class: "label" }, text), control);
}

/**
 * Choices as somebody types them, one a line: "dog=狗", or a name that is its own key.
 * @param {string} text
 * @returns {Choice[]}
 */
export function choicesOf(text) {
  const lines = text.split("\n").map((one) => one.trim());
  return lines.filter(Boolean).map((line) => {
    const [, key = line, name = line] = /^([^=＝]+)[=＝](.+)$/.exec(line) ?? [];
    return { key: key.trim(), name: name.trim() };
  });
}

/** @param {readonly Choice[]} choices */
function linesOf(choices) {
  return choices.map(({ key, name }) => (key === name ? name : `${key}=${name}`)).join("\n");
}
