/** A period's figures with their formulas, and the cases behind each count. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { fileLinks, formulaText, percentText, showBehind, workText } from "./stats_bits.js";

/** @typedef {import("./kpi.js").Look} Look */

/**
 * @param {HTMLElement} root
 * @param {Look} look
 */
export async function showFigures(root, look) {
  const query = look.query();
  const found = await get(`/api/v1/case-kpi?${query}`);
  const behind = el("div", { class: "behind" });
  root.replaceChildren(
    fileLinks("figures", look, query),
    el("div", { class: "cards" }, ...found.spans.map((/** @type {any} */ one) => spanCard(one, look))),
    rateTable(found.rates, look),
    el("div", { class: "cards" }, ...scoreCards(found.composites, look)),
    el("h3", {}, look.desk.t("kpi.counts")),
    el("p", { class: "quiet" }, look.desk.t("kpi.counts.hint")),
    countGrid(found, look, query, behind),
    behind,
  );
}

/**
 * @param {any} span
 * @param {Look} look
 */
function spanCard(span, look) {
  const { desk, t } = look;
  return el(
    "article",
    { class: "card" },
    el("h3", {}, desk.name(span)),
    el(
      "p",
      { class: "span-line" },
      el("span", { class: "quiet" }, `P50 ${t("p50")} `),
      el("strong", {}, workText(span.p50, look)),
    ),
    el(
      "p",
      { class: "span-line" },
      el("span", { class: "quiet" }, `P90 ${t("p90")} `),
      el("strong", {}, workText(span.p90, look)),
    ),
    el("p", { class: "formula" }, `${t("span.n", { n: span.n })} · ${formulaText(span, look)}`),
  );
}

/**
 * Scores that can be made of these figures; the others belong to one person or one department.
 * @param {readonly any[]} composites
 * @param {Look} look
 */
function scoreCards(composites, look) {
  return composites
    .filter((one) => one.score !== null)
    .map((one) =>
      el(
        "article",
        { class: "card" },
        el("h3", {}, look.desk.name(one)),
        el("p", { class: "score" }, one.score.toFixed(2), one.grade ? el("small", {}, ` ${one.grade}`) : null),
        el("p", { class: "formula" }, formulaText(one, look)),
      ),
    );
}

/**
 * @param {readonly any[]} rates
 * @param {Look} look
 */
function rateTable(rates, look) {
  const { desk } = look;
  const head = ["rate", "value", "parts", "formula"].map((key) =>
    el("th", { scope: "col", class: key === "value" || key === "parts" ? "number" : "" }, desk.t(`kpi.${key}`)),
  );
  const rows = rates.map((one) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, desk.name(one)),
      el("td", { class: "number" }, percentText(one.percent, look)),
      el("td", { class: "number" }, `${one.numerator} / ${one.denominator}`),
      el("td", { class: "formula" }, formulaText(one, look)),
    ),
  );
  return el(
    "div",
    { class: "wide-table" },
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
  );
}

/**
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @param {HTMLElement} behind
 */
function countGrid({ counts, names, names_en }, look, query, behind) {
  const worded = look.desk.language === "zh" ? names : names_en;
  const name = (/** @type {string} */ key) => worded[key] ?? key;
  const show = (/** @type {string} */ key) => {
    const wish = new URLSearchParams(query);
    wish.set("count", key);
    void showBehind(behind, look, name(key), wish);
  };
  return el(
    "div",
    { class: "count-grid" },
    ...Object.entries(counts).map(([key, n]) =>
      el(
        "button",
        { type: "button", class: "count-button", onclick: () => show(key) },
        el("strong", {}, String(n)),
        el("span", {}, name(key)),
      ),
    ),
  );
}
