/** For review: signals with their evidence and the decision, and what workers dispute. Never guilt by itself. */

import { clock, day as dayOf } from "../core/time.js";
import { get, post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { errorText, timeAgo } from "../panel/words.js";
import { isDark } from "../theme.js";
import { mapLink } from "./desk_state.js";
import { figuresOf, spotsOf } from "./evidence.js";
import { crumbs, nothing, put, reading, segments, skeletons } from "./parts.js";
import { areaSelects } from "./plans_tab.js";
import { tag } from "./today_tab.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{id: number, worker_id: number, day: string, kind: string, evidence: Record<string, unknown>, found_ms: number, decision: string | null, decided_ms: number | null, note: string}} Signal */
/** @typedef {{id: number, worker_id: number, grid_code: string, day: string, ordinal: number, text: string, created_ms: number, decision: string | null, decided_ms: number | null, note: string, state: string | null, cells: number | null, covered: number | null, minutes: number | null}} Dispute */
/** What both kinds have in common. @typedef {{id: number, title: string, name: string, place: string, grid: string, day: string, atMs: number, decision: string | null, note: string, signal: Signal | null, dispute: Dispute | null}} Case */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountReview(root, desk) {
  const { state, t } = desk;
  const head = el("div", { class: "desk-head" });
  const tools = el("div", { class: "desk-tools" });
  const list = el("div", { class: "desk-box cases" });
  const detail = el("div", { class: "desk-box case-detail" });
  put(root, [
    head,
    tools,
    el("p", { class: "fair" }, icon("help"), el("span", {}, t("review.fair"))),
    el("div", { class: "desk-columns desk-review" }, list, detail),
  ]);
  /** @type {Case[]} */
  let cases = [];
  /** @type {() => void} */
  let leave = () => {};
  const open = () => {
    leave();
    leave = () => {};
    const found = cases.find(({ id }) => id === state.values.chosen) ?? null;
    put(list, caseList(desk, cases));
    put(detail, found ? caseDetail(desk, found, all) : [nothing(t("review.choose"), t("review.choose.text"))]);
    const box = /** @type {HTMLElement | null} */ (detail.querySelector(".small-map"));
    if (found?.signal && box)
      showMap(desk, box, found).then((remove) => {
        if (box.isConnected) leave = remove;
        else remove();
      });
  };
  const all = () => {
    put(head, [crumbs(desk), areaSelects(desk)]);
    put(tools, [
      segments(
        /** @type {const} */ (["signals", "disputes"]),
        state.values.cases,
        (one) => t(`review.${one}`),
        (one) => state.set({ cases: one, chosen: null }),
      ),
      segments(
        /** @type {const} */ (["open", "all"]),
        state.values.all ? "all" : "open",
        (one) => t(`review.${one}`),
        (one) => state.set({ all: one === "all" }),
      ),
    ]);
    put(list, [skeletons(6)]);
    reading(
      list,
      desk,
      () => readCases(desk),
      (found) => {
        cases = found;
        queueMicrotask(open);
        return [];
      },
    );
  };
  state.on(["area", "cases", "all"], () => state.values.tab === "review" && all());
  state.on(["tab"], () => state.values.tab === "review" && all());
  state.on(["chosen"], open);
  all();
}

/**
 * @param {Desk} desk
 * @returns {Promise<Case[]>}
 */
async function readCases({ state, area, language, t }) {
  const { cases: kind, all } = state.values;
  const answer = await get(`/api/v1/patrol/${kind}?area=${area}${all ? "" : "&open=1"}`, { language });
  if (kind === "signals")
    return answer.signals.map(
      (/** @type {{signal: Signal, name: string, grid: string}} */ { signal, name: who, grid }) => ({
        ...signal,
        title: t(`signal.${signal.kind}`),
        name: who,
        place: "",
        grid,
        atMs: signal.found_ms,
        signal,
        dispute: null,
      }),
    );
  return answer.disputes.map(
    (/** @type {{dispute: Dispute, name: string, grid_name: string}} */ { dispute, name: who, grid_name }) => ({
      ...dispute,
      title: t("review.dispute", { n: dispute.ordinal }),
      name: who,
      place: grid_name,
      grid: dispute.grid_code,
      atMs: dispute.created_ms,
      signal: null,
      dispute,
    }),
  );
}

/**
 * @param {Desk} desk
 * @param {readonly Case[]} cases
 */
function caseList(desk, cases) {
  const { t, state } = desk;
  if (cases.length === 0) return [nothing(t(`review.none.${state.values.cases}`), t("review.none.text"))];
  return [
    el(
      "ul",
      { class: "case-list" },
      ...cases.map((one) =>
        el(
          "li",
          {},
          el(
            "button",
            {
              type: "button",
              class: "case",
              "aria-pressed": String(one.id === state.values.chosen),
              onclick: () => state.set({ chosen: one.id }),
            },
            el("b", {}, one.title),
            one.decision ? el("span", { class: "tag" }, t(`decision.${one.decision}`)) : null,
            el("span", {}, `${one.name} · ${one.place || desk.name(one.grid)}`),
            el("small", {}, one.day, " · ", timeAgo(/** @type {any} */ (desk), one.atMs)),
          ),
        ),
      ),
    ),
  ];
}

/**
 * @param {Desk} desk
 * @param {Case} one
 * @param {() => void} again
 */
function caseDetail(desk, one, again) {
  const { t, today } = desk;
  const ordinal = one.dispute?.ordinal ?? 1;
  const spots = one.signal ? spotsOf(one.signal.evidence) : [];
  const [first] = spots;
  const past = first
    ? `/?day=${dayOf(first[0])}&t=${clock(first[0])}:00&w=${one.signal?.worker_id}&rw=${one.signal?.worker_id}`
    : "";
  return [
    el("h2", {}, one.title, el("small", {}, `${one.name} · ${desk.name(one.grid)} · ${one.day}`)),
    one.signal ? el("p", { class: "note" }, t(`signal.${one.signal.kind}.about`)) : null,
    one.dispute ? el("blockquote", {}, one.dispute.text) : null,
    one.dispute ? judged(desk, one.dispute) : null,
    one.signal
      ? el(
          "dl",
          { class: "evidence" },
          ...figuresOf(one.signal.evidence, t).map(([name, value]) =>
            el("div", {}, el("dt", {}, name), el("dd", {}, value)),
          ),
        )
      : null,
    spots.length ? el("div", { class: "small-map" }) : null,
    el(
      "p",
      { class: "case-links" },
      one.dispute
        ? el(
            "a",
            { class: "button", href: mapLink({ day: one.day, ordinal, grid: one.grid, isToday: one.day === today }) },
            icon("hexagon"),
            el("span", {}, t("desk.on_map")),
          )
        : null,
      past ? el("a", { class: "button", href: past }, icon("replay"), el("span", {}, t("review.replay"))) : null,
    ),
    one.decision
      ? el("p", { class: "decided" }, el("b", {}, t(`decision.${one.decision}`)), one.note)
      : decisionForm(desk, one, again),
  ];
}

/**
 * How the disputed round was judged.
 * @param {Desk} desk
 * @param {Dispute} dispute
 */
function judged({ t }, { state, cells, covered, minutes }) {
  if (!state) return null;
  return el(
    "p",
    { class: "judged" },
    tag(t, state),
    el("span", {}, t("patrol.cells.of", { n: covered ?? 0, all: cells ?? 0 })),
    el("span", {}, t("patrol.minutes", { n: Math.round(minutes ?? 0) })),
  );
}

/**
 * @param {Desk} desk
 * @param {Case} one
 * @param {() => void} again
 */
function decisionForm(desk, one, again) {
  const { t } = desk;
  if (!desk.may("duty.edit")) return el("p", { class: "note" }, t("review.read_only"));
  const note = el("textarea", {
    class: "textarea",
    rows: 2,
    maxlength: 500,
    placeholder: t("review.note"),
    "aria-label": t("review.note"),
  });
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const kind = one.signal ? "signals" : "disputes";
  const decisions = one.signal ? ["dismissed", "confirmed"] : ["accepted", "refused"];
  const decide = async (/** @type {string} */ decision) => {
    problem.hidden = true;
    if (!note.value.trim()) {
      problem.textContent = t("review.note.needed");
      problem.hidden = false;
      return note.focus();
    }
    try {
      await post(
        `/api/v1/patrol/${kind}/${one.id}`,
        { decision, note: note.value.trim() },
        { language: desk.language },
      );
      desk.say(t("review.decided", { name: one.name, decision: t(`decision.${decision}`) }));
      desk.state.set({ chosen: null });
      again();
    } catch (error) {
      problem.textContent = errorText(error, t);
      problem.hidden = false;
    }
  };
  return el(
    "form",
    { class: "form", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    note,
    problem,
    el(
      "div",
      { class: "form-actions" },
      ...decisions.map((decision) =>
        el(
          "button",
          { type: "button", class: "button", title: t(`decision.${decision}.hint`), onclick: () => decide(decision) },
          t(`decision.${decision}`),
        ),
      ),
    ),
    el("p", { class: "note" }, t(`review.logged.${kind}`)),
  );
}

/**
 * @param {Desk} desk
 * @param {HTMLElement} box
 * @param {Case} one
 * @returns {Promise<() => void>}
 */
async function showMap(desk, box, one) {
  try {
    const { drawEvidence } = await import("./small_map.js");
    return await drawEvidence(box, {
      grid: desk.grids.get(one.grid) ?? null,
      spots: spotsOf(one.signal?.evidence),
      dark: isDark(desk.state.values.theme),
      attribution: desk.t("attribution.plan"),
    });
  } catch (error) {
    put(box, [el("p", { class: "note" }, errorText(error, desk.t))]);
    return () => {};
  }
}
