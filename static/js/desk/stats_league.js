/** Departments, townships, channels and people of the desk side by side; those with few cases fairly. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { field, note, select } from "./bits.js";
import { fileLinks, formulaText, percentText, spanText } from "./stats_bits.js";

/** @typedef {import("./kpi.js").Look} Look */

const KINDS = ["department", "township", "channel", "operator", "dispatcher", "shift_leader"];

/**
 * @param {HTMLElement} root
 * @param {Look} look
 */
export async function showLeague(root, look) {
  const { t } = look;
  const by = select(KINDS.map((key) => [key, t(`league.${key}`)]));
  const body = el("div", {});
  const read = async () => {
    const query = look.query();
    query.set("by", by.value);
    const found = await get(`/api/v1/case-kpi/league?${query}`);
    body.replaceChildren(...(found.rows.length ? parts(found, look, query) : [note(t("league.none"))]));
  };
  by.addEventListener("change", () => void read().catch(() => look.again()));
  await read();
  root.replaceChildren(el("div", { class: "kpi-filters" }, field(t("league.by"), by)), body);
}

/**
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @returns {Node[]}
 */
function parts({ by, rows, rates, composite, about, about_en }, look, query) {
  const { desk, t } = look;
  const made = composite ? [...rates, composite] : rates;
  return [
    fileLinks(by, look, query),
    table(
      rows,
      rates.map((/** @type {any} */ one) => desk.name(one)),
      look,
    ),
    el("p", { class: "quiet" }, desk.language === "zh" ? about : about_en),
    el("h3", {}, t("league.formulas")),
    el("ul", { class: "formula" }, ...made.map((/** @type {any} */ one) => el("li", {}, formulaText(one, look)))),
  ];
}

/**
 * @param {readonly any[]} rows
 * @param {readonly string[]} names of the rates
 * @param {Look} look
 */
function table(rows, names, look) {
  const { t } = look;
  const answers = rows.some((row) => row.first_p50 !== null); // a department is not who answers first
  const scored = rows.some((row) => row.score !== null && row.fair !== null);
  const head = [
    t("league.rank"),
    t("league.name"),
    t("league.volume"),
    t("league.share"),
    ...(scored ? [t("league.score"), t("league.fair")] : []),
    ...names,
    ...(answers ? [`${t("league.first")} P50 / P90`] : []),
    `${t("league.handling")} P50 / P90`,
  ];
  const numbers = head.map((text, i) => el("th", { scope: "col", class: i === 1 ? "" : "number" }, text));
  const lines = rows.map((row) =>
    el(
      "tr",
      { class: row.rank === null && scored ? "is-few" : "" },
      el("td", { class: "number" }, row.rank === null ? el("span", { title: t("league.unranked") }, "–") : row.rank),
      el("th", { scope: "row" }, row.name, row.rank === null && scored ? el("small", {}, t("league.unranked")) : null),
      el("td", { class: "number" }, String(row.volume)),
      el("td", { class: "number" }, row.share === null ? "–" : `${(row.share * 100).toFixed(1)}%`),
      ...(scored
        ? [
            el("td", { class: "number" }, score(row.score), row.grade ? el("b", {}, ` ${row.grade}`) : null),
            el("td", { class: "number" }, score(row.fair)),
          ]
        : []),
      ...row.rates.map((/** @type {any} */ one) => rateCell(one, look)),
      ...(answers ? [el("td", { class: "number" }, spanText(row.first_p50, row.first_p90, look))] : []),
      el("td", { class: "number" }, spanText(row.handling_p50, row.handling_p90, look)),
    ),
  );
  return el(
    "div",
    { class: "wide-table" },
    el("table", {}, el("thead", {}, el("tr", {}, ...numbers)), el("tbody", {}, ...lines)),
  );
}

/** @param {number | null} value */
function score(value) {
  return value === null ? "–" : value.toFixed(2);
}

/**
 * A rate with what it is made of, and how sure it is.
 * @param {any} one
 * @param {Look} look
 */
function rateCell(one, look) {
  const { t } = look;
  const sure =
    one.low === null
      ? ""
      : t("league.interval", { low: (one.low * 100).toFixed(0), high: (one.high * 100).toFixed(0) });
  return el(
    "td",
    { class: "number", title: sure },
    percentText(one.percent, look),
    el("small", {}, `${one.numerator}/${one.denominator}`),
  );
}
