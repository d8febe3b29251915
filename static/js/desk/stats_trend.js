/** Rates and counts by day, week or month: two charts, and the table that they are drawn from. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { field, select } from "./bits.js";
import { fileLinks, formulaText, percentText, showBehind } from "./stats_bits.js";
import { drawLines } from "./stats_chart.js";

/** @typedef {import("./kpi.js").Look} Look */

const RATES = /** @type {const} */ ([
  ["closing", "--status-still"],
  ["closing_on_time", "--status-moving"],
  ["handling_on_time", "--status-stale"],
  ["satisfaction", "--status-help"],
]);
const COUNTS = /** @type {const} */ ([
  ["reports", "--status-still"],
  ["due", "--status-moving"],
  ["closed", "--status-stale"],
  ["late_unhandled", "--status-help"],
]);
const IN_TABLE = ["reports", "due", "closed", "closed_on_time", "late_unhandled"];
const STEPS = ["day", "week", "month"];

/**
 * @param {HTMLElement} root
 * @param {Look} look
 */
export async function showTrend(root, look) {
  const { t } = look;
  const step = select(
    STEPS.map((key) => [key, t(`step.${key}`)]),
    "week",
  );
  const body = el("div", {});
  const read = async () => {
    const query = look.query();
    query.set("step", step.value);
    body.replaceChildren(...drawn(await get(`/api/v1/case-kpi/series?${query}`), look, query));
    for (const chart of body.querySelectorAll(".stats-chart")) chart.dispatchEvent(new Event("draw"));
  };
  step.addEventListener("change", () => void read().catch(() => look.again()));
  await read();
  root.replaceChildren(el("div", { class: "kpi-filters" }, field(t("step"), step)), body);
  for (const chart of body.querySelectorAll(".stats-chart")) chart.dispatchEvent(new Event("draw"));
}

/**
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @returns {Node[]}
 */
function drawn(found, look, query) {
  const { t } = look;
  const { points } = found;
  const named = new Map(found.rates.map((/** @type {any} */ one) => [one.key, one]));
  const days = points.map((/** @type {any} */ one) => one.day);
  const rates = RATES.map(([key, color]) => ({
    label: look.desk.name(named.get(key)),
    color,
    values: points.map((/** @type {any} */ { percents }) => (percents[key] === null ? null : Number(percents[key]))),
  }));
  const counts = COUNTS.map(([key, color]) => ({
    label: t(`count.${key}`),
    color,
    values: points.map((/** @type {any} */ one) => one.counts[key]),
  }));
  const behind = el("div", { class: "behind" });
  const running = (points.at(-1)?.to_ms ?? 0) > Date.now();
  return [
    running ? el("p", { class: "quiet" }, t("trend.running")) : document.createTextNode(""),
    el("h3", {}, t("trend.rates")),
    chart(days, rates, "%", t("trend.start")),
    el("ul", { class: "formula" }, ...RATES.map(([key]) => el("li", {}, formulaText(named.get(key), look)))),
    el("h3", {}, t("trend.counts")),
    chart(days, counts, "", t("trend.start")),
    fileLinks("series", look, query),
    table(points, named, look, query, behind),
    behind,
  ];
}

/**
 * Drawn once it stands in the page and has a width.
 * @param {readonly string[]} days
 * @param {readonly {label: string, color: string, values: readonly (number | null)[]}[]} lines
 * @param {string} unit
 * @param {string} first
 */
function chart(days, lines, unit, first) {
  const box = el("div", { class: "stats-chart" });
  box.addEventListener("draw", () => {
    if (box.isConnected && !box.hasChildNodes()) drawLines(box, { first, days, lines, unit });
  });
  return box;
}

/**
 * @param {readonly any[]} points
 * @param {Map<string, any>} named
 * @param {Look} look
 * @param {URLSearchParams} query
 * @param {HTMLElement} behind
 */
function table(points, named, look, query, behind) {
  const { t } = look;
  const head = [
    el("th", { scope: "col" }, t("trend.start")),
    ...IN_TABLE.map((key) => el("th", { scope: "col", class: "number" }, t(`count.${key}`))),
    ...RATES.map(([key]) =>
      el(
        "th",
        { scope: "col", class: "number", title: formulaText(named.get(key), look) },
        look.desk.name(named.get(key)),
      ),
    ),
  ];
  const show = (/** @type {any} */ point, /** @type {string} */ key) => {
    const wish = new URLSearchParams(query);
    wish.set("from", point.from_ms);
    wish.set("to", point.to_ms);
    wish.set("count", key);
    wish.delete("step");
    void showBehind(behind, look, `${point.day} ${t(`count.${key}`)}`, wish);
  };
  const rows = points
    .toReversed()
    .map((point) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, point.day),
        ...IN_TABLE.map((key) =>
          el(
            "td",
            { class: "number" },
            el("button", { type: "button", class: "link", onclick: () => show(point, key) }, String(point.counts[key])),
          ),
        ),
        ...RATES.map(([key]) => el("td", { class: "number" }, percentText(point.percents[key], look))),
      ),
    );
  return el(
    "div",
    {},
    el("p", { class: "quiet" }, t("trend.hint")),
    el(
      "div",
      { class: "wide-table" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
    ),
  );
}
