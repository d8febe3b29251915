/** Departments, townships, channels, people of the desk and grid workers side by side; those with few cases fairly. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { field, note, select } from "./bits.js";
import { fileLinks, formulaText, percentText, showBehind, spanText } from "./stats_bits.js";

/** @typedef {import("./kpi.js").Look} Look */
/**
 * How one column of the table is headed and filled.
 * @typedef {{head: string, cell: (row: any) => HTMLElement, class?: string}} Column
 */

const KINDS = ["department", "township", "worker", "channel", "operator", "dispatcher", "shift_leader"];
/** What the cases behind a member's number are asked by. @type {Record<string, string>} */
const ASKED_BY = { department: "department", township: "area", channel: "channel", worker: "worker" };
const LEAST_SHARE = 0.005; // of thousands of workers nobody has one worth a column

/**
 * @param {HTMLElement} root
 * @param {Look} look
 */
export async function showLeague(root, look) {
  const { t } = look;
  const by = select(KINDS.map((key) => [key, t(`league.${key}`)]));
  const name = /** @type {HTMLInputElement} */ (el("input", { type: "search" }));
  const body = el("div", {});
  let asked = 0;
  const read = async () => {
    const mine = ++asked;
    const query = look.query();
    query.set("by", by.value);
    if (name.value.trim()) query.set("name", name.value.trim());
    const found = await get(`/api/v1/case-kpi/league?${query}`);
    if (mine !== asked) return; // another table was chosen meanwhile
    body.replaceChildren(...(found.rows.length ? parts(found, look, query) : [note(t("league.none"))]));
  };
  by.addEventListener("change", () => {
    name.value = "";
    void read().catch(() => look.again());
  });
  name.addEventListener("change", () => void read().catch(() => look.again()));
  await read();
  root.replaceChildren(
    el("div", { class: "kpi-filters" }, field(t("league.by"), by), field(t("league.search"), name)),
    body,
  );
}

/**
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @returns {Node[]}
 */
function parts(found, look, query) {
  const { desk, t } = look;
  const made = found.composite ? [...found.rates, found.composite] : found.rates;
  const behind = el("div", { class: "behind" });
  return [
    fileLinks(found.by, look, query),
    table(found, look, query, behind),
    behind,
    el("p", { class: "quiet" }, desk.language === "zh" ? found.about : found.about_en),
    el("h3", {}, t("league.formulas")),
    el("ul", { class: "formula" }, ...made.map((/** @type {any} */ one) => el("li", {}, formulaText(one, look)))),
  ];
}

/**
 * The first page, and a button for the next as long as there is one.
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @param {HTMLElement} behind
 */
function table(found, look, query, behind) {
  const { t } = look;
  const shown = columns(found, look, query, behind);
  const head = shown.map((one) => el("th", { scope: "col", class: one.class ?? "number" }, one.head));
  const lines = el("tbody", {});
  const more = el("p", {});
  const add = (/** @type {any} */ page) => {
    for (const row of page.rows)
      lines.append(el("tr", { class: isGrey(row, found) ? "is-few" : "" }, ...shown.map((one) => one.cell(row))));
    const counted = t("league.members", { n: lines.childElementCount, all: page.members });
    const next = async () => {
      query.set("cursor", page.next);
      add(await get(`/api/v1/case-kpi/league?${query}`));
    };
    const button = el(
      "button",
      { type: "button", class: "button", onclick: () => void next().catch(() => look.again()) },
      t("league.more"),
    );
    more.replaceChildren(el("span", { class: "quiet" }, counted), ...(page.next ? [" ", button] : []));
  };
  add(found);
  return el(
    "div",
    {},
    el("div", { class: "wide-table" }, el("table", {}, el("thead", {}, el("tr", {}, ...head)), lines)),
    more,
  );
}

/**
 * Only what is known of these members: a department is not who answers first, a worker handles nothing.
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @param {HTMLElement} behind
 * @returns {Column[]}
 */
function columns(found, look, query, behind) {
  const { desk, t } = look;
  const has = (/** @type {string} */ key) => found.rows.some((/** @type {any} */ row) => row[key] !== null);
  const number = (/** @type {(string | Node | null)[]} */ ...children) => el("td", { class: "number" }, ...children);
  /** @param {string} key @returns {Column[]} */
  const spans = (key) =>
    has(`${key}_p50`)
      ? [
          {
            head: `${t(`league.${key}`)} P50 / P90`,
            cell: (row) => number(spanText(row[`${key}_p50`], row[`${key}_p90`], look)),
          },
        ]
      : [];
  /** @type {Column[]} */
  const shares = found.rows.some((/** @type {any} */ row) => row.share >= LEAST_SHARE)
    ? [{ head: t("league.share"), cell: (row) => number(`${(row.share * 100).toFixed(1)}%`) }]
    : [];
  /** @type {Column[]} */
  const scores = isScored(found)
    ? [
        { head: t("league.score"), cell: (row) => number(score(row.score), row.grade && el("b", {}, ` ${row.grade}`)) },
        { head: t("league.fair"), cell: (row) => number(score(row.fair)) },
      ]
    : [];
  return [
    { head: t("league.rank"), cell: (row) => number(row.rank === null ? "–" : String(row.rank)) },
    {
      head: t("league.name"),
      class: "",
      cell: (row) =>
        el("th", { scope: "row" }, row.name, isGrey(row, found) ? el("small", {}, t("league.unranked")) : null),
    },
    { head: t("league.volume"), cell: (row) => number(String(row.volume)) },
    ...shares,
    ...scores,
    ...found.rates.map((/** @type {any} */ rate, /** @type {number} */ n) => ({
      head: desk.name(rate),
      cell: (/** @type {any} */ row) => rateCell(row.rates[n], rate, look, behindOf(row, found, look, query, behind)),
    })),
    ...spans("first"),
    ...spans("handling"),
  ];
}

/** @param {any} found */
function isScored(found) {
  return found.composite !== null || found.rows.some((/** @type {any} */ row) => row.fair !== null);
}

/**
 * @param {any} row
 * @param {any} found
 */
function isGrey(row, found) {
  return row.rank === null && isScored(found);
}

/** @param {number | null} value */
function score(value) {
  return value === null ? "–" : value.toFixed(2);
}

/**
 * What shows the cases behind a count of a member; null where they cannot be asked for.
 * @param {any} row
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @param {HTMLElement} box
 * @returns {((count: string) => void) | null}
 */
function behindOf(row, found, look, query, box) {
  const asked = ASKED_BY[found.by];
  if (!asked) return null;
  return (count) => {
    const wish = new URLSearchParams(query);
    for (const key of ["by", "name", "cursor"]) wish.delete(key);
    wish.set(asked, asked === "area" ? row.key.padEnd(12, "0") : row.key);
    wish.set("count", count);
    const names = look.desk.language === "zh" ? found.names : found.names_en;
    void showBehind(box, look, `${row.name} ${names[count]}`, wish);
  };
}

/**
 * A rate with what it is made of, and how sure it is.
 * @param {any} one
 * @param {any} rate
 * @param {Look} look
 * @param {((count: string) => void) | null} show
 */
function rateCell(one, rate, look, show) {
  const { t } = look;
  const sure =
    one.low === null
      ? ""
      : t("league.interval", { low: (one.low * 100).toFixed(0), high: (one.high * 100).toFixed(0) });
  const part = (/** @type {number} */ n, /** @type {readonly string[]} */ counts) => {
    const [count] = counts;
    if (!show || !count || counts.length > 1 || n === 0) return String(n);
    return el("button", { type: "button", class: "link", onclick: () => show(count) }, String(n));
  };
  return el(
    "td",
    { class: "number", title: sure },
    percentText(one.percent, look),
    el("small", {}, part(one.numerator, rate.above), " / ", part(one.denominator, rate.below)),
  );
}
