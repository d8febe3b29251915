/** Plans with their versions, leave, key points, and the calendar of holidays. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { mountCalendar } from "./calendar_part.js";
import { mountClosed } from "./closed_part.js";
import { mountKeyPoints } from "./key_points_part.js";
import { mountLeaves } from "./leaves_part.js";
import { crumbs, nothing, put, reading, select } from "./parts.js";
import { openPlanForm } from "./plan_form.js";
import { EVERY_DAY, newestOf, planPhase } from "./plan_rules.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./plan_rules.js").Plan} Plan */

const ORDER = { now: 0, later: 1, over: 2 };

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountPlans(root, desk) {
  const { state, t } = desk;
  const head = el("div", { class: "desk-head" });
  const list = el("div", {});
  const make = desk.may("duty.edit")
    ? el("button", { type: "button", class: "button button-main" }, icon("plus"), t("plan.new"))
    : null;
  const points = el("section", { class: "desk-box" });
  const leaves = el("section", { class: "desk-box" });
  const closed = el("section", { class: "desk-box" });
  const calendar = el("section", { class: "desk-box" });
  put(root, [
    head,
    el(
      "div",
      { class: "desk-columns desk-even" },
      el(
        "section",
        { class: "desk-box" },
        el("h2", {}, t("plan.title"), make),
        el("p", { class: "note" }, t("plan.note")),
        list,
      ),
      el("div", { class: "desk-stack" }, leaves, points, closed, calendar),
    ),
  ]);
  /** What a new version begins with: the area's newest, else the one that holds for it. @type {Plan | null} */
  let newest = null;
  const read = () =>
    reading(
      list,
      desk,
      () => get(`/api/v1/patrol/plans?area=${desk.area}`, { language: desk.language }),
      (answer) => {
        newest = newestOf(answer.plans, desk.area, answer.holding);
        return drawn(desk, answer.plans, answer.holding);
      },
    );
  if (make) make.onclick = () => openPlanForm(desk, newest, read);
  const all = () => {
    put(head, [crumbs(desk), areaSelects(desk)]);
    read();
    mountLeaves(leaves, desk);
    mountKeyPoints(points, desk);
    mountClosed(closed, desk);
  };
  state.on(["area"], () => state.values.tab === "plans" && all());
  state.on(["tab"], () => state.values.tab === "plans" && all());
  mountCalendar(calendar, desk);
  all();
}

/** @param {Desk} desk */
export function areaSelects(desk) {
  const own = desk.me.area;
  const all = [...desk.divisions.values()];
  const towns = all.filter(({ level }) => level === 2);
  const town = desk.area.endsWith("000000") ? "" : `${desk.area.slice(0, 9)}000`;
  const villages = town ? all.filter(({ level, code }) => level === 3 && code.startsWith(town.slice(0, 9))) : [];
  const option = (/** @type {{code: string, name: string}} */ { code, name }) => ({ value: code, text: name });
  const first =
    own.level === 1
      ? select([{ value: "", text: own.name }, ...towns.map(option)], town, (value) => desk.state.set({ area: value }))
      : null;
  const second =
    villages.length && own.level < 3
      ? select([{ value: town, text: desk.t("desk.villages.all") }, ...villages.map(option)], desk.area, (value) =>
          desk.state.set({ area: value }),
        )
      : null;
  first?.setAttribute("aria-label", desk.t("list.area"));
  second?.setAttribute("aria-label", desk.t("desk.by.village"));
  return el("div", { class: "area-selects" }, first, second);
}

/**
 * @param {Desk} desk
 * @param {readonly Plan[]} plans
 * @param {number | null} holding
 */
function drawn(desk, plans, holding) {
  const { t, today } = desk;
  if (plans.length === 0) return [nothing(t("plan.none"), t("plan.none.text"))];
  const sorted = [...plans].sort(
    (a, b) =>
      Number(b.id === holding) - Number(a.id === holding) ||
      ORDER[planPhase(a, today)] - ORDER[planPhase(b, today)] ||
      (a.area_code < b.area_code ? -1 : 1) ||
      (a.valid_from < b.valid_from ? 1 : -1),
  );
  return [el("ul", { class: "plans" }, ...sorted.map((plan) => planCard(desk, plan, plan.id === holding)))];
}

/**
 * @param {Desk} desk
 * @param {Plan} plan
 * @param {boolean} holds
 */
function planCard(desk, plan, holds) {
  const { t, today } = desk;
  const phase = planPhase(plan, today);
  const facts = [
    t("plan.coverage", { n: Math.round(plan.min_coverage * 100) }),
    t("plan.minutes", { n: plan.min_minutes }),
    t(plan.all_key_points ? "plan.points.all" : "plan.points.any"),
    t("plan.confidence", { n: Math.round(plan.min_confidence * 100) }),
    t("plan.sight", { n: plan.sight_radius_m }),
    t(`plan.walkers.${plan.walkers}`),
  ];
  const until = plan.valid_to
    ? t("plan.until", { from: plan.valid_from, to: plan.valid_to })
    : t("plan.from", { from: plan.valid_from });
  return el(
    "li",
    { class: `plan is-${phase} ${holds ? "is-holding" : ""}` },
    el(
      "div",
      { class: "plan-head" },
      el("b", {}, desk.name(plan.area_code)),
      el("span", { class: "tag" }, t(holds ? "plan.holds" : `plan.phase.${phase}`)),
      el("span", { class: "plan-days" }, until),
    ),
    el("ul", { class: "plan-rounds" }, ...plan.rounds.map((round) => roundLine(desk, round))),
    el("p", { class: "plan-facts" }, ...facts.map((fact) => el("span", {}, fact))),
  );
}

/**
 * @param {Desk} desk
 * @param {import("./plan_rules.js").RoundForm} round
 */
function roundLine({ t }, { name, starts, ends, weekdays, days }) {
  const daily = weekdays.length === EVERY_DAY.length;
  const when = daily ? t("plan.daily") : weekdays.map((day) => t(`plan.weekday.${day}`)).join(t("plan.weekday.join"));
  return el(
    "li",
    {},
    el("b", {}, name),
    el("span", {}, `${starts}–${ends}`),
    el("small", {}, [when, days === "all" ? "" : t(`plan.days.${days}`)].filter(Boolean).join(" · ")),
  );
}
