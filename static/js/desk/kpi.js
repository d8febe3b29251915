/** Numbers with their formulas, and the cases behind each of them. */

import { DAY_MS, day, dayStart } from "../core/time.js";
import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { failure, field, lightMark, moment, note, select } from "./bits.js";
import { caseLink } from "./part.js";

/** @typedef {import("./desk.js").Desk} Desk */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountKpi(root, desk) {
  const { t } = desk;
  const today = day(Date.now());
  const from = el("input", { type: "date", value: `${today.slice(0, 8)}01` });
  const to = el("input", { type: "date", value: today });
  const area = select([
    ["", desk.me.area.name],
    ...desk.divisions
      .filter((one) => one.level === 2)
      .map((one) => /** @type {[string, string]} */ ([one.code, one.name])),
  ]);
  const department = select([
    ["", t("kpi.all_departments")],
    ...desk.config.departments.map((/** @type {any} */ one) => [one.code, one.name]),
  ]);
  const body = el("div", {});
  const query = () => {
    const wish = new URLSearchParams({
      from: String(dayStart(from.value) ?? 0),
      to: String((dayStart(to.value) ?? 0) + DAY_MS),
    });
    if (area.value) wish.set("area", area.value);
    if (department.value) wish.set("department", department.value);
    return wish;
  };
  const load = async () => {
    body.replaceChildren(note(t("loading")));
    try {
      const found = await get(`/api/v1/case-kpi?${query()}`);
      body.replaceChildren(...tables(desk, found, query));
    } catch (error) {
      body.replaceChildren(note(failure(error, t), { retry: () => void load(), label: t("retry"), bad: true }));
    }
  };
  for (const control of [from, to, area, department]) control.addEventListener("change", () => void load());
  root.replaceChildren(
    el(
      "div",
      { class: "page" },
      el("h2", {}, t("tab.kpi")),
      el(
        "div",
        { class: "kpi-filters" },
        field(t("kpi.from"), from),
        field(t("kpi.to"), to),
        field(t("kpi.area"), area),
        field(t("kpi.department"), department),
      ),
      body,
    ),
  );
  void load();
}

/**
 * @param {Desk} desk
 * @param {any} found
 * @param {() => URLSearchParams} query
 * @returns {Node[]}
 */
function tables(desk, { counts, names, rates, composites }, query) {
  const { t } = desk;
  const behind = el("div", { class: "behind" });
  const show = (/** @type {string} */ key) => void showCases(desk, key, query(), behind);
  // The county's names of its counts come with the figures, in Chinese; their keys are English words.
  const countName = (/** @type {string} */ key) =>
    desk.language === "zh" ? (names[key] ?? key) : key.replaceAll("_", " ");
  const cards = composites.map((/** @type {any} */ one) =>
    el(
      "article",
      { class: "card" },
      el("h3", {}, desk.name(one)),
      el(
        "p",
        { class: "score" },
        one.score === null ? "—" : String(one.score),
        one.grade ? el("small", {}, ` ${one.grade}`) : null,
      ),
      el("p", { class: "formula" }, one.formula),
    ),
  );
  const rateRows = rates.map((/** @type {any} */ one) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, desk.name(one)),
      el(
        "td",
        { class: "number" },
        one.value === null ? el("span", { title: t("kpi.none.hint") }, t("kpi.none")) : `${one.percent}%`,
      ),
      el("td", { class: "number" }, `${one.numerator} / ${one.denominator}`),
      el("td", { class: "formula" }, one.formula),
    ),
  );
  const countRows = Object.entries(counts).map(([key, n]) =>
    el(
      "button",
      { type: "button", class: "count-button", onclick: () => show(key) },
      el("strong", {}, String(n)),
      el("span", {}, countName(key)),
    ),
  );
  const head = ["rate", "value", "parts", "formula"].map((key) =>
    el("th", { scope: "col", class: key === "value" || key === "parts" ? "number" : "" }, t(`kpi.${key}`)),
  );
  return [
    el("div", { class: "cards" }, ...cards),
    el(
      "div",
      { class: "wide-table" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rateRows)),
    ),
    el("h3", {}, t("kpi.counts")),
    el("p", { class: "quiet" }, t("kpi.counts.hint")),
    el("div", { class: "count-grid" }, ...countRows),
    behind,
  ];
}

/**
 * @param {Desk} desk
 * @param {string} key
 * @param {URLSearchParams} query
 * @param {HTMLElement} box
 */
async function showCases(desk, key, query, box) {
  const { t } = desk;
  query.set("count", key);
  box.replaceChildren(note(t("loading")));
  try {
    const { cases, next } = await get(`/api/v1/case-kpi/cases?${query}`);
    const rows = cases.map((/** @type {any} */ one) =>
      el(
        "li",
        { class: "line" },
        lightMark(one.light, t),
        caseLink(desk, one.id, `${one.number} ${one.title}`),
        el("span", { class: "quiet" }, `${desk.stateName(one.state)} · ${one.area_name}`),
        moment(one.reported_ms),
      ),
    );
    box.replaceChildren(
      el("h3", {}, t("kpi.behind")),
      cases.length ? el("ul", { class: "plain-list" }, ...rows) : note(t("list.none")),
      next ? el("p", { class: "quiet" }, t("kpi.more", { n: cases.length })) : "",
    );
    box.scrollIntoView({ block: "nearest" });
  } catch (error) {
    box.replaceChildren(note(failure(error, t), { bad: true }));
  }
}
