/** The statistics of cases: one choice of time and place, several ways to look at it. */

import words from "../../i18n/case_stats.js";
import { COMMON_WORDS } from "../../i18n/common.js";
import { createI18n } from "../core/i18n.js";
import { DAY_MS, day, dayStart } from "../core/time.js";
import { dateInput } from "../panel/date_input.js";
import { el } from "../panel/dom.js";
import { failure, field, note, select } from "./bits.js";
import { showFigures } from "./stats_figures.js";
import { showHeat } from "./stats_heat.js";
import { showLeague } from "./stats_league.js";
import { showRecurring } from "./stats_recurring.js";
import { showTrend } from "./stats_trend.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../core/i18n.js").Translate} Translate */
/**
 * @typedef {object} Look
 * @property {Desk} desk
 * @property {Translate} t words of the statistics
 * @property {() => URLSearchParams} query time and place as the routes take them
 * @property {() => void} again reads anew
 */
/** @typedef {(root: HTMLElement, look: Look) => Promise<void>} View */

/** @type {Record<string, {show: View, filters: readonly string[]}>} */
const VIEWS = {
  figures: { show: showFigures, filters: ["from", "to", "area", "department", "channel"] },
  trend: { show: showTrend, filters: ["from", "to", "area", "department", "channel"] },
  league: { show: showLeague, filters: ["from", "to", "area"] },
  heat: { show: showHeat, filters: ["from", "to", "area"] },
  recurring: { show: showRecurring, filters: ["area"] },
};
const FIRST = "figures";

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountKpi(root, desk) {
  const { t } = createI18n([COMMON_WORDS, words], { language: desk.language });
  const controls = filters(desk, t);
  const body = el("div", { class: "stats-body" });
  const row = el(
    "div",
    { class: "kpi-filters" },
    ...Object.entries(controls).map(([key, control]) => field(t(key), control)),
  );
  const tabs = el("div", { class: "stats-views", role: "tablist", "aria-label": t("view.label") });
  let asked = 0;
  const load = async () => {
    const mine = ++asked;
    const view = VIEWS[desk.state.values.view] ?? VIEWS[FIRST];
    if (!view) return;
    const fresh = el("div", {}, note(t("loading")));
    body.replaceChildren(fresh);
    try {
      await view.show(fresh, { desk, t, query: () => queryOf(controls, view.filters), again: () => void load() });
    } catch (error) {
      const again = { retry: () => void load(), label: t("retry"), bad: true };
      if (mine === asked) body.replaceChildren(note(failure(error, desk.t), again));
    }
  };
  const mark = () => {
    const shown = VIEWS[desk.state.values.view] ? desk.state.values.view : FIRST;
    for (const one of tabs.querySelectorAll("button")) one.setAttribute("aria-selected", String(one.value === shown));
    for (const [key, control] of Object.entries(controls)) {
      const box = control.closest("label");
      if (box) box.hidden = !VIEWS[shown]?.filters.includes(key);
    }
  };
  for (const key of Object.keys(VIEWS)) {
    const choose = () => desk.state.set({ view: key });
    tabs.append(el("button", { type: "button", role: "tab", value: key, onclick: choose }, t(`view.${key}`)));
  }
  desk.state.on(["view"], () => {
    mark();
    void load();
  });
  exclude(controls);
  for (const control of Object.values(controls)) control.addEventListener("change", () => void load());
  root.replaceChildren(el("div", { class: "page stats-page" }, el("h2", {}, desk.t("tab.kpi")), tabs, row, body));
  mark();
  void load();
}

/**
 * @param {Desk} desk
 * @param {Translate} t
 */
function filters(desk, t) {
  const today = day(Date.now());
  const townships = desk.divisions.filter((one) => one.level === 2);
  const { departments, channels } = desk.config;
  /** @param {any} one @returns {[string, string]} */
  const named = (one) => [one.code, desk.name(one)];
  return {
    from: dateInput({ value: day(Date.now() - 89 * DAY_MS), max: today }),
    to: dateInput({ value: today, max: today }),
    area: select([["", desk.me.area.name], ...townships.map(named)]),
    department: select([["", t("all_departments")], ...departments.map(named)]),
    channel: select([["", t("all_channels")], ...channels.map(named)]),
  };
}

/**
 * Figures are kept by department or by channel: choosing one lets go of the other.
 * @param {ReturnType<typeof filters>} controls
 */
function exclude({ department, channel }) {
  department.addEventListener("change", () => {
    if (department.value) channel.value = "";
  });
  channel.addEventListener("change", () => {
    if (channel.value) department.value = "";
  });
}

/**
 * @param {ReturnType<typeof filters>} controls
 * @param {readonly string[]} shown
 */
function queryOf(controls, shown) {
  const query = new URLSearchParams();
  if (shown.includes("from")) {
    query.set("from", String(dayStart(controls.from.value) ?? 0));
    query.set("to", String((dayStart(controls.to.value) ?? 0) + DAY_MS));
  }
  for (const key of /** @type {const} */ (["area", "department", "channel"]))
    if (shown.includes(key) && controls[key].value) query.set(key, controls[key].value);
  return query;
}
