/** When reports come: hours of the week, days; where they come is on the map. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { field, note, select } from "./bits.js";
import { drawLines } from "./stats_chart.js";

/** @typedef {import("./kpi.js").Look} Look */

/**
 * @param {HTMLElement} root
 * @param {Look} look
 */
export async function showHeat(root, look) {
  const { desk, t } = look;
  const category = select([
    ["", t("all_categories")],
    ...desk.config.categories.map(
      (/** @type {any} */ one) => /** @type {[string, string]} */ ([one.code, desk.name(one)]),
    ),
  ]);
  const body = el("div", {});
  const read = async () => {
    const query = look.query();
    if (category.value) query.set("category", category.value);
    body.replaceChildren(...parts(await get(`/api/v1/case-heat?${query}`), look, query));
  };
  category.addEventListener("change", () => void read().catch(() => look.again()));
  root.replaceChildren(el("div", { class: "kpi-filters" }, field(t("category"), category)), body);
  await read();
  drawDays(body);
}

/**
 * @param {any} found
 * @param {Look} look
 * @param {URLSearchParams} query
 * @returns {Node[]}
 */
function parts(found, { desk, t }, query) {
  if (!found.days.length) return [note(t("heat.none"))];
  const chart = el("div", { class: "stats-chart" });
  chart.addEventListener("draw", () =>
    drawLines(chart, {
      first: t("from"),
      days: found.days.map((/** @type {any} */ one) => one.day),
      unit: "",
      lines: [
        {
          label: t("count.reports"),
          color: "--status-still",
          values: found.days.map((/** @type {any} */ one) => one.n),
        },
      ],
    }),
  );
  queueMicrotask(() => {
    if (chart.isConnected) chart.dispatchEvent(new Event("draw"));
  });
  return [
    found.is_guarded ? el("p", { class: "quiet" }, t("heat.guarded")) : "",
    el("h3", {}, t("heat.week")),
    week(found.hours, t),
    desk.may("map.view")
      ? el("p", {}, el("a", { class: "button", href: `/?heat=${encodeURIComponent(String(query))}` }, t("heat.map")))
      : "",
    el("h3", {}, t("heat.days")),
    chart,
  ].map((one) => (typeof one === "string" ? document.createTextNode(one) : one));
}

/** @param {HTMLElement} body */
function drawDays(body) {
  for (const chart of body.querySelectorAll(".stats-chart"))
    if (!chart.hasChildNodes()) chart.dispatchEvent(new Event("draw"));
}

/**
 * Seven rows of 24 hours: the darker, the more; the number stands in each.
 * @param {readonly (readonly number[])[]} hours
 * @param {import("../core/i18n.js").Translate} t
 */
function week(hours, t) {
  const most = Math.max(1, ...hours.flat());
  const head = [el("td", {}), ...Array.from({ length: 24 }, (_, hour) => el("th", { scope: "col" }, String(hour)))];
  const rows = hours.map((row, i) => {
    const day = t(`weekday.${i + 1}`);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, day),
      ...row.map((n, hour) =>
        el(
          "td",
          { class: `heat-${level(n, most)}`, title: t("heat.cell", { day, hour, n }) },
          n ? String(n) : el("span", { class: "sr" }, "0"),
        ),
      ),
    );
  });
  return el(
    "div",
    { class: "wide-table" },
    el("table", { class: "heat-week" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
  );
}

/**
 * @param {number} n
 * @param {number} most
 */
function level(n, most) {
  return n === 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(n / most) * 5));
}
