/** The three windows of this page: fields to fill, a question before something is retired, a secret shown once. */

import { reasonText } from "../core/case_errors.js";
import { failure, problemLine, say } from "../desk/bits.js";
import { ApiError } from "../net/api.js";
import { el } from "../panel/dom.js";
import { control } from "./fields.js";

/** @typedef {import("./setup.js").Setup} Setup */
/** @typedef {import("./specs.js").Field} Field */

/**
 * @param {Setup} setup
 * @param {{title: string, note?: string, fields: readonly Field[], values: Record<string, any> | null, save: (values: Record<string, any>) => Promise<unknown>}} what `values` null: something new
 */
export function openForm(setup, { title, note = "", fields, values, save }) {
  const { t, dialog } = setup;
  const shown = fields.filter((field) => !(field.onlyNew && values));
  const controls = new Map(
    shown.map((field) => [field.key, control(field, values ? values[field.key] : field.first, setup)]),
  );
  fillName(controls, setup);
  const problem = problemLine();
  const send = el("button", { type: "submit", class: "button is-main" }, t("save"));
  const form = el(
    "form",
    {},
    el("h2", {}, title),
    note ? el("p", { class: "quiet" }, note) : null,
    el("div", { class: "fields" }, ...[...controls.values()].map(({ node }) => node)),
    problem,
    foot(setup, send),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(problem, "");
    for (const one of controls.values()) one.wrong("");
    send.disabled = true;
    const read = Object.fromEntries([...controls].map(([key, one]) => [key, one.read()]));
    try {
      await save({ ...values, ...read });
    } catch (error) {
      showError(error, controls, problem, setup);
    }
    send.disabled = false;
  });
  show(dialog, form);
}

/**
 * A department that is chosen brings its name along.
 * @param {Map<string, import("./fields.js").Control>} controls
 * @param {Setup} setup
 */
function fillName(controls, setup) {
  const code = controls.get("department_code")?.input;
  const name = controls.get("department_name")?.input;
  if (!(code instanceof HTMLSelectElement) || !(name instanceof HTMLInputElement)) return;
  code.addEventListener("change", () => {
    if (code.value) name.value = setup.departmentName(code.value);
  });
}

/**
 * What is wrong stands at its field, in words of this page where it has some.
 * @param {unknown} error
 * @param {Map<string, import("./fields.js").Control>} controls
 * @param {HTMLElement} problem
 * @param {Setup} setup
 */
function showError(error, controls, problem, setup) {
  const { t } = setup;
  const key = error instanceof ApiError && error.status === 400 ? (error.field ?? "").split(/[.[]/)[0] : "";
  const at = controls.get(key ?? "");
  if (!at) return say(problem, failure(error, t));
  const own = t(`wrong.${key}`);
  at.wrong(reasonText(/** @type {ApiError} */ (error), t) || (own === `wrong.${key}` ? t("wrong") : own));
  at.input.focus();
}

/**
 * @param {Setup} setup
 * @param {{title: string, text: string, label: string, run: () => Promise<unknown>}} what
 */
export function openQuestion(setup, { title, text, label, run }) {
  const problem = problemLine();
  const go = el("button", { type: "button", class: "button is-grave" }, label);
  go.addEventListener("click", async () => {
    go.disabled = true;
    try {
      await run();
      setup.dialog.close();
    } catch (error) {
      say(problem, failure(error, setup.t));
      go.disabled = false;
    }
  });
  show(setup.dialog, el("h2", {}, title), el("p", {}, text), problem, foot(setup, go));
}

/**
 * A key or a secret: this once, until somebody says that it is kept.
 * @param {Setup} setup
 * @param {{title: string, secret: string, note: string}} what
 */
export function openSecret(setup, { title, secret, note }) {
  const { t, dialog } = setup;
  const text = el("code", { class: "secret-text", tabindex: 0 }, secret);
  const copy = el("button", { type: "button", class: "button is-main" }, t("secret.copy"));
  copy.addEventListener("click", async () => {
    getSelection()?.selectAllChildren(text);
    // Pages without https have no clipboard: the text is then selected, to be copied by hand.
    const done = await (navigator.clipboard?.writeText(secret) ?? Promise.reject()).then(
      () => true,
      () => false,
    );
    copy.textContent = t(done ? "secret.copied" : "secret.selected");
  });
  const hold = (/** @type {Event} */ event) => event.preventDefault();
  dialog.addEventListener("cancel", hold);
  const forget = () => {
    dialog.removeEventListener("cancel", hold);
    dialog.replaceChildren(); // the secret stays nowhere on the page
  };
  dialog.addEventListener("close", forget, { once: true });
  const close = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("secret.kept"));
  show(
    dialog,
    el("h2", {}, title),
    el("p", { class: "notice" }, t("secret.once")),
    text,
    el("p", { class: "quiet" }, note),
    el("p", { class: "dialog-foot" }, close, copy),
  );
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {...Node} children
 */
export function show(dialog, ...children) {
  dialog.classList.remove("is-wide");
  dialog.replaceChildren(...children);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

/**
 * @param {Setup} setup
 * @param {HTMLElement} main
 */
function foot({ t, dialog }, main) {
  return el(
    "p",
    { class: "dialog-foot" },
    el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel")),
    main,
  );
}
