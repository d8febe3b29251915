/** Parts that the tabs of the management page share: states of a reading, segments, crumbs, tables. */

import { dateInput } from "../panel/date_input.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { errorText } from "../panel/words.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../panel/dom.js").Child} Child */
/**
 * @template Row
 * @typedef {{key: string, title: string, hint?: string, value: (row: Row) => number | string | null, cell?: (row: Row) => Child, number?: boolean}} Column
 */

/**
 * Shows a skeleton, then what was read, or what went wrong with a way to try again.
 * @template T
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {() => Promise<T>} read
 * @param {(found: T) => readonly Child[]} draw
 */
export async function reading(root, desk, read, draw) {
  root.setAttribute("aria-busy", "true");
  if (!root.childElementCount) root.replaceChildren(skeletons());
  const turn = String(Number(root.dataset.turn ?? 0) + 1);
  root.dataset.turn = turn;
  try {
    const found = await read();
    if (root.dataset.turn === turn) put(root, draw(found));
  } catch (error) {
    if (root.dataset.turn === turn) put(root, [problem(desk, error, () => reading(root, desk, read, draw))]);
  }
  root.removeAttribute("aria-busy");
}

/**
 * @param {HTMLElement} root
 * @param {readonly Child[]} children
 */
export function put(root, children) {
  root.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

export function skeletons(rows = 5) {
  return el("div", { class: "skeletons" }, ...Array.from({ length: rows }, () => el("span", { class: "skeleton" })));
}

/**
 * @param {Desk} desk
 * @param {unknown} error
 * @param {() => void} again
 */
export function problem({ t }, error, again) {
  const denied = /** @type {any} */ (error)?.status === 403;
  return el(
    "div",
    { class: "desk-problem", role: "alert" },
    icon("alert"),
    el("strong", {}, t(denied ? "desk.denied" : "desk.error")),
    el("p", {}, denied ? t("desk.denied.text") : errorText(error, t)),
    denied ? null : el("button", { type: "button", class: "button", onclick: again }, t("retry")),
  );
}

/**
 * @param {string} title
 * @param {string} text
 */
export function nothing(title, text) {
  return el("div", { class: "desk-none" }, icon("rounds"), el("strong", {}, title), el("p", {}, text));
}

/**
 * @template {string} T
 * @param {readonly T[]} values
 * @param {T} chosen
 * @param {(value: T) => string} word
 * @param {(value: T) => void} choose
 */
export function segments(values, chosen, word, choose) {
  return el(
    "div",
    { class: "segments", role: "group" },
    ...values.map((value) =>
      el(
        "button",
        { type: "button", class: "segment", "aria-pressed": String(value === chosen), onclick: () => choose(value) },
        word(value),
      ),
    ),
  );
}

/**
 * @param {Desk} desk
 */
export function crumbs(desk) {
  const chain = desk.chain(desk.area);
  return el(
    "nav",
    { class: "crumbs", "aria-label": desk.t("patrol.crumbs") },
    ...chain.flatMap((code, i) => [
      i ? icon("after") : "",
      i === chain.length - 1
        ? el("b", {}, desk.name(code))
        : el(
            "button",
            { type: "button", class: "link", onclick: () => desk.state.set({ area: code }) },
            desk.name(code),
          ),
    ]),
  );
}

/**
 * A table whose heads sort it; rows beyond `most` wait behind a button.
 * @template Row
 * @param {Desk} desk
 * @param {{columns: readonly Column<Row>[], rows: readonly Row[], sort: string, down: boolean, onsort: (key: string, down: boolean) => void, onrow?: (row: Row) => void, caption: string, most?: number}} options
 */
export function table(desk, { columns, rows, sort, down, onsort, onrow, caption, most = 100 }) {
  const sorted = sortRows(rows, columns.find(({ key }) => key === sort)?.value, down);
  const body = el("tbody", {});
  const more = el("button", { type: "button", class: "button button-wide" });
  let shown = 0;
  const showMore = () => {
    const part = sorted.slice(shown, shown + most);
    shown += part.length;
    body.append(...part.map((row) => rowNode(columns, row, onrow)));
    more.hidden = shown >= sorted.length;
    more.textContent = desk.t("desk.more", { n: sorted.length - shown });
  };
  more.onclick = showMore;
  showMore();
  const heads = columns.map(({ key, title, hint, number }) =>
    el(
      "th",
      {
        scope: "col",
        class: number ? "is-number" : "",
        "aria-sort": key === sort ? (down ? "descending" : "ascending") : null,
      },
      el(
        "button",
        {
          type: "button",
          class: "sorter",
          title: hint ?? "",
          onclick: () => onsort(key, key === sort ? !down : Boolean(number) && key !== "rank"),
        },
        title,
      ),
    ),
  );
  return el(
    "div",
    { class: "table-box", tabindex: 0, role: "region", "aria-label": caption },
    el("table", { class: "table" }, el("thead", {}, el("tr", {}, ...heads)), body),
    more,
  );
}

/**
 * Empty values come last, whichever way it is sorted.
 * @template Row
 * @param {readonly Row[]} rows
 * @param {((row: Row) => number | string | null) | undefined} value
 * @param {boolean} down
 * @returns {Row[]}
 */
export function sortRows(rows, value, down) {
  if (!value) return [...rows];
  const collator = new Intl.Collator("zh-CN", { numeric: true });
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    const order = typeof x === "number" && typeof y === "number" ? x - y : collator.compare(String(x), String(y));
    return down ? -order : order;
  });
}

/**
 * @template Row
 * @param {readonly Column<Row>[]} columns
 * @param {Row} row
 * @param {((row: Row) => void) | undefined} onrow
 */
function rowNode(columns, row, onrow) {
  const cells = columns.map(({ value, cell, number }, i) => {
    const content = cell ? cell(row) : String(value(row) ?? "–");
    const shown =
      i === 0 && onrow ? el("button", { type: "button", class: "link", onclick: () => onrow(row) }, content) : content;
    return el("td", { class: number ? "is-number" : "" }, shown);
  });
  return el("tr", {}, ...cells);
}

/**
 * A labelled field of a form, with a hint below it.
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint = "") {
  return el("label", { class: "field" }, el("span", {}, label), input, hint ? el("small", {}, hint) : null);
}

/**
 * @param {Record<string, string | number | boolean | null>} attributes
 */
export const input = (attributes) => el("input", { class: "input", ...attributes });

/** @param {import("../panel/dom.js").Attributes} attributes */
export const dayInput = (attributes) => dateInput({ class: "input", ...attributes });

/**
 * @param {readonly {value: string, text: string}[]} options
 * @param {string} chosen
 * @param {(value: string) => void} [choose]
 */
export function select(options, chosen, choose = () => {}) {
  const node = el(
    "select",
    { class: "select", onchange: () => choose(node.value) },
    ...options.map(({ value, text }) => el("option", { value }, text)),
  );
  node.value = chosen;
  return node;
}
