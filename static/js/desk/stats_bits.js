/** What several statistics show alike: percents, working minutes, files, the cases behind a number. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { failure, lightMark, moment, note } from "./bits.js";
import { caseLink } from "./part.js";

/** @typedef {import("./kpi.js").Look} Look */

const SHORT = 120; // minutes, said as such

/**
 * A percent as the server wrote it; nothing to divide by is said in words.
 * @param {string | null} percent
 * @param {Look} look
 */
export function percentText(percent, { t }) {
  return percent === null ? el("span", { class: "quiet", title: t("none.hint") }, t("none")) : `${percent}%`;
}

/**
 * How a figure is made, in the language of the page.
 * @param {{formula: string, formula_en: string}} one
 * @param {Look} look
 */
export function formulaText(one, { desk }) {
  return desk.language === "zh" ? one.formula : one.formula_en;
}

/**
 * Working time in the unit that people say it in.
 * @param {number | null} minutes
 * @param {Look} look
 */
export function workText(minutes, { t }) {
  if (minutes === null) return t("none");
  return minutes < SHORT ? t("minutes", { n: minutes }) : t("hours", { n: hours(minutes) });
}

/**
 * Two working times, the unit said once.
 * @param {number | null} half
 * @param {number | null} most
 * @param {Look} look
 */
export function spanText(half, most, { t }) {
  if (half === null || most === null) return "–";
  if (most < SHORT) return t("minutes", { n: `${half} / ${most}` });
  return t("hours", { n: `${hours(half)} / ${hours(most)}` });
}

/** @param {number} minutes */
function hours(minutes) {
  return (minutes / 60).toFixed(1).replace(/\.0$/, "");
}

/**
 * Links to a table as a file.
 * @param {string} table
 * @param {Look} look
 * @param {URLSearchParams} query
 */
export function fileLinks(table, { t }, query) {
  return el(
    "p",
    { class: "stats-files" },
    ...["xlsx", "csv"].map((format) => {
      const wish = new URLSearchParams(query);
      wish.set("table", table);
      wish.set("format", format);
      return el("a", { class: "button", href: `/api/v1/case-kpi/file?${wish}`, download: true }, t(format));
    }),
  );
}

/**
 * The cases behind a count, more on request.
 * @param {HTMLElement} box
 * @param {Look} look
 * @param {string} title
 * @param {URLSearchParams} query with `count`
 */
export async function showBehind(box, { desk }, title, query) {
  const { t } = desk;
  const list = el("ul", { class: "plain-list" });
  const more = el("p", {});
  box.replaceChildren(el("h3", {}, `${t("kpi.behind")}: ${title}`), list, more);
  box.scrollIntoView({ block: "nearest" });
  const read = async (/** @type {string | null} */ cursor) => {
    more.replaceChildren(note(t("loading")));
    if (cursor) query.set("cursor", cursor);
    try {
      const { cases, next } = await get(`/api/v1/case-kpi/cases?${query}`);
      list.append(...cases.map((/** @type {any} */ one) => caseLine(desk, one)));
      const button = el("button", { type: "button", class: "button", onclick: () => void read(next) }, t("list.more"));
      more.replaceChildren(next ? button : list.childElementCount ? "" : note(t("list.none")));
    } catch (error) {
      more.replaceChildren(note(failure(error, t), { bad: true }));
    }
  };
  await read(null);
}

/**
 * @param {import("./desk.js").Desk} desk
 * @param {any} one
 */
export function caseLine(desk, one) {
  return el(
    "li",
    { class: "line" },
    lightMark(one.light, desk.t),
    caseLink(desk, one.id, `${one.number} ${one.title}`),
    el("span", { class: "quiet" }, `${desk.stateName(one.state)} · ${one.area_name}`),
    moment(one.reported_ms),
  );
}
