/** A table of things with what can be done to each; on a narrow screen one card a row. */

import { failure, note } from "../desk/bits.js";
import { el } from "../panel/dom.js";

/** @typedef {import("./setup.js").Setup} Setup */
/**
 * @typedef {object} Column
 * @property {string} key its heading is `c.<key>`
 * @property {(row: any) => Node | string | null} show
 * @property {boolean} [wide]
 */
/** @typedef {{label: string, run: () => void, grave?: boolean}} Action */

/**
 * @param {Setup} setup
 * @param {{columns: readonly Column[], rows: readonly any[], empty: string, actions?: (row: any) => Action[], done?: (row: any) => boolean}} what
 */
export function table({ t }, { columns, rows, empty, actions = () => [], done = () => false }) {
  if (rows.length === 0) return note(empty);
  const acts = rows.some((row) => actions(row).length > 0);
  const head = columns.map(({ key }) => el("th", { scope: "col" }, t(`c.${key}`)));
  const body = rows.map((row) =>
    el(
      "tr",
      { class: done(row) ? "is-done" : "" },
      ...columns.map(({ key, show, wide }, n) => cell(n === 0, t(`c.${key}`), show(row), wide)),
      acts ? el("td", { class: "what" }, ...actions(row).map(button)) : null,
    ),
  );
  const last = acts ? el("th", { scope: "col", class: "what" }, t("c.what")) : null;
  return el(
    "div",
    { class: "setup-table wide-table" },
    el("table", {}, el("thead", {}, el("tr", {}, ...head, last)), el("tbody", {}, ...body)),
  );
}

/**
 * @param {boolean} first
 * @param {string} label
 * @param {Node | string | null} content
 * @param {boolean} [wide]
 */
function cell(first, label, content, wide = false) {
  const name = wide ? "wide" : "narrow";
  if (first) return el("th", { scope: "row", class: name }, content);
  return el("td", { class: name, "data-label": content ? label : null }, content);
}

/** @param {Action} action */
function button({ label, run, grave = false }) {
  return el("button", { type: "button", class: `button ${grave ? "is-grave" : ""}`, onclick: run }, label);
}

/**
 * Reads and shows, with the states in between: loading, what went wrong, and again.
 * @param {Setup} setup
 * @param {HTMLElement} root
 * @param {() => Promise<Node>} read
 */
export async function fill(setup, root, read) {
  const { t } = setup;
  if (!root.hasChildNodes()) root.replaceChildren(note(t("loading")));
  try {
    root.replaceChildren(await read());
  } catch (error) {
    const retry = () => {
      root.replaceChildren();
      void fill(setup, root, read);
    };
    root.replaceChildren(note(failure(error, t), { retry, label: t("retry"), bad: true }));
  }
}

/**
 * The head of a tab: what it is, what to know, and its tools.
 * @param {Setup} setup
 * @param {string} key
 * @param {...(Node | null)} tools
 */
export function head({ t }, key, ...tools) {
  return el(
    "header",
    { class: "setup-head" },
    el("div", {}, el("h2", {}, t(`tab.${key}`)), el("p", { class: "quiet" }, t(`about.${key}`))),
    el("div", { class: "setup-tools" }, ...tools),
  );
}
