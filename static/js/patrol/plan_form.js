/** The form for a new version of a plan, filled with the one that holds now. */

import { post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { openWindow } from "../panel/patrol_urge.js";
import { errorText } from "../panel/words.js";
import { moveSpan } from "./desk_state.js";
import { dayInput, field, input, select } from "./parts.js";
import { EVERY_DAY, roundsProblem } from "./plan_rules.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./plan_rules.js").Plan} Plan */
/** @typedef {import("./plan_rules.js").RoundForm} RoundForm */

/** @type {readonly RoundForm[]} */
const USUAL = [
  { name: "早巡", starts: "06:00", ends: "10:00", weekdays: EVERY_DAY, days: "all" },
  { name: "午巡", starts: "11:00", ends: "15:00", weekdays: EVERY_DAY, days: "all" },
  { name: "晚巡", starts: "16:00", ends: "20:00", weekdays: EVERY_DAY, days: "all" },
];

/**
 * @param {Desk} desk
 * @param {Plan | null} from
 * @param {() => void} saved
 */
export function openPlanForm(desk, from, saved) {
  const { t, area, today, dialog } = desk;
  const tomorrow = moveSpan("day", today, 1);
  /** @type {RoundForm[]} */
  let rounds = (from?.rounds ?? USUAL).map((round) => ({ ...round, weekdays: [...round.weekdays] }));
  const number = (/** @type {number} */ value, /** @type {number} */ min, /** @type {number} */ max, step = 1) =>
    input({ type: "number", value, min, max, step, required: true });
  const valid = dayInput({ value: tomorrow, min: tomorrow, required: true });
  const coverage = number(Math.round((from?.min_coverage ?? 0.7) * 100), 0, 100);
  const minutes = number(from?.min_minutes ?? 30, 0, 600);
  const confidence = number(Math.round((from?.min_confidence ?? 0.5) * 100), 0, 100);
  const sight = number(from?.sight_radius_m ?? 40, 10, 100);
  const points = el("input", { type: "checkbox", checked: from?.all_key_points ?? true });
  const walkers = select(
    [
      { value: "grid", text: t("plan.walkers.grid") },
      { value: "village", text: t("plan.walkers.village") },
    ],
    from?.walkers ?? "grid",
  );
  const list = el("div", { class: "round-forms" });
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const draw = () =>
    list.replaceChildren(
      ...rounds.map((round, i) =>
        roundForm(
          desk,
          round,
          rounds.length > 1
            ? () => {
                rounds = rounds.filter((_, n) => n !== i);
                draw();
              }
            : null,
        ),
      ),
    );
  const add = el("button", { type: "button", class: "button button-small" }, icon("plus"), t("plan.round.add"));
  add.onclick = () => {
    rounds.push({
      name: t("patrol.round.n", { n: rounds.length + 1 }),
      starts: "20:00",
      ends: "22:00",
      weekdays: [...EVERY_DAY],
      days: "all",
    });
    draw();
  };
  const submit = el("button", { type: "submit", class: "button button-main" }, t("plan.save"));
  /** @param {string} text */
  const fail = (text) => {
    problem.textContent = text;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  };
  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const wrong = roundsProblem(rounds);
    if (wrong) return fail(t(wrong.key, { name: rounds[wrong.round]?.name ?? "" }));
    submit.disabled = true;
    const body = {
      area_code: area,
      valid_from: valid.value,
      rounds,
      min_coverage: Number(coverage.value) / 100,
      min_minutes: Number(minutes.value),
      all_key_points: points.checked,
      min_confidence: Number(confidence.value) / 100,
      sight_radius_m: Number(sight.value),
      walkers: walkers.value,
    };
    try {
      await post("/api/v1/patrol/plans", body, { language: desk.language });
      dialog.close();
      desk.say(t("plan.saved", { day: valid.value }));
      saved();
    } catch (error) {
      fail(errorText(error, t));
    } finally {
      submit.disabled = false;
    }
  };
  draw();
  openWindow(
    dialog,
    t,
    t("plan.new.for", { name: desk.name(area) }),
    el(
      "form",
      { class: "form", onsubmit },
      el("p", { class: "note" }, t("plan.version.note")),
      field(t("plan.valid_from"), valid, t("plan.valid_from.hint")),
      el("h3", {}, t("plan.rounds"), add),
      list,
      el("h3", {}, t("plan.criteria")),
      el(
        "div",
        { class: "fields" },
        field(t("plan.f.coverage"), coverage, t("plan.f.coverage.hint")),
        field(t("plan.f.minutes"), minutes, t("plan.f.minutes.hint")),
        field(t("plan.f.confidence"), confidence, t("plan.f.confidence.hint")),
        field(t("plan.f.sight"), sight, t("plan.f.sight.hint")),
        field(t("plan.f.walkers"), walkers),
        el("label", { class: "toggle" }, points, t("plan.f.points")),
      ),
      problem,
      el("div", { class: "form-actions" }, submit),
    ),
  );
}

/**
 * @param {Desk} desk
 * @param {RoundForm} round changed as it is typed
 * @param {(() => void) | null} remove
 */
function roundForm({ t }, round, remove) {
  const name = input({ type: "text", value: round.name, maxlength: 20, "aria-label": t("plan.round.name") });
  const starts = input({ type: "time", value: round.starts, "aria-label": t("plan.round.starts") });
  const ends = input({
    type: "time",
    value: round.ends === "24:00" ? "00:00" : round.ends,
    "aria-label": t("plan.round.ends"),
  });
  name.oninput = () => {
    round.name = name.value;
  };
  starts.onchange = () => {
    round.starts = starts.value;
  };
  ends.onchange = () => {
    round.ends = ends.value === "00:00" ? "24:00" : ends.value;
  };
  const days = select(
    /** @type {const} */ (["all", "work", "rest"]).map((value) => ({ value, text: t(`plan.days.${value}`) })),
    round.days,
    (value) => {
      round.days = /** @type {RoundForm["days"]} */ (value);
    },
  );
  days.setAttribute("aria-label", t("plan.days"));
  const week = EVERY_DAY.map((day) => {
    const box = el("input", { type: "checkbox", checked: round.weekdays.includes(day) });
    box.onchange = () => {
      round.weekdays = EVERY_DAY.filter((one) => (one === day ? box.checked : round.weekdays.includes(one)));
    };
    return el("label", { class: "weekday" }, box, el("span", {}, t(`plan.weekday.${day}`)));
  });
  return el(
    "fieldset",
    { class: "round-form" },
    el(
      "div",
      { class: "round-form-row" },
      name,
      starts,
      "–",
      ends,
      days,
      remove
        ? el(
            "button",
            {
              type: "button",
              class: "button button-quiet",
              title: t("plan.round.remove"),
              "aria-label": t("plan.round.remove"),
              onclick: remove,
            },
            icon("close"),
          )
        : null,
    ),
    el("div", { class: "weekdays" }, ...week),
  );
}
