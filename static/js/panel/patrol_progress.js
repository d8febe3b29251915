/** Progress from the county down to the grid, one level at a time; the map goes along. */

import { duration } from "../core/time.js";
import { children, gridsIn, phaseOf, shareOf } from "../patrol/progress.js";
import { gridNote, percent, shareText } from "../patrol/round_words.js";
import { whyText } from "../patrol/why.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { RoundDetails } from "./patrol_round.js";
import { timeAgo } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../patrol/store.js").PatrolStore} PatrolStore */
/** @typedef {import("../patrol/progress.js").GridRound} GridRound */
/** @typedef {import("./patrol_tab.js").PatrolActions} PatrolActions */
/** @typedef {{round: RoundDetails, edit: HTMLElement}} Kept what stays the same element in every drawing */

const REDRAW_MS = 1000;
const HOLD_MS = 250;
/** Troubles first, so that what needs a hand is seen without a scroll. @type {Record<string, number>} */
const ORDER = {
  will_miss: 0,
  missed: 0,
  not_started: 1,
  at_risk: 2,
  no_data: 3,
  walking: 4,
  waiting: 5,
  excused: 6,
  late: 7,
  done: 8,
};

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {PatrolStore} store
 * @param {PatrolActions} actions
 */
export function mountPatrolProgress(root, app, store, actions) {
  const { t, state } = app;
  const crumbs = el("nav", { class: "crumbs", "aria-label": t("patrol.crumbs") });
  const list = el("ul", { class: "areas" });
  root.replaceChildren(crumbs, list);
  // The same elements in every drawing: nothing jumps, and what has the focus keeps it.
  const kept = { round: new RoundDetails(app), edit: editButton(app, actions) };
  let drawnMs = 0;
  let timer = 0;
  let shownGrid = "";
  const draw = () => {
    clearTimeout(timer);
    // A row that is replaced under a finger loses the click.
    if (list.matches(":active")) {
      timer = setTimeout(draw, HOLD_MS);
      return;
    }
    drawnMs = performance.now();
    crumbs.replaceChildren(...crumbNodes(app, actions));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const code = focused?.dataset?.code;
    const wasInside = list.contains(focused);
    list.replaceChildren(...rows(app, store, actions, kept));
    if (state.values.grid !== shownGrid) {
      shownGrid = state.values.grid;
      list.querySelector(".is-open")?.scrollIntoView({ block: "nearest" });
    }
    if (code) /** @type {HTMLElement | null} */ (list.querySelector(`[data-code="${code}"]`))?.focus();
    else if (wasInside && focused?.isConnected) focused.focus();
  };
  const soon = () => {
    clearTimeout(timer);
    if (root.hidden || state.values.tab !== "patrol") return;
    const waitMs = drawnMs + REDRAW_MS - performance.now();
    if (waitMs <= 0) draw();
    else timer = setTimeout(draw, waitMs);
  };
  store.state.on(["grids", "loading"], soon);
  state.on(["patrolArea", "grid", "tab"], draw);
  app.world.on(["divisions", "roster"], draw);
  draw();
}

/**
 * @param {App} app
 * @param {PatrolActions} actions
 */
function crumbNodes({ me, state, world }, { goToArea }) {
  const area = state.values.patrolArea;
  const top = me.area.code;
  const chain = [top, `${area.slice(0, 9)}000`, area].filter(
    (code, i, all) => code !== "" && code.startsWith(top.replace(/(000)+$/, "")) && all.indexOf(code) === i,
  );
  const names = (area === "" ? [top] : chain).map((code) => ({
    code,
    name: code === top ? me.area.name : (world.values.divisions.get(code)?.name ?? code),
  }));
  return names.flatMap(({ code, name }, i) => [
    i ? icon("after") : "",
    i === names.length - 1
      ? el("b", {}, name)
      : el("button", { type: "button", class: "link", onclick: () => goToArea(code === top ? "" : code) }, name),
  ]);
}

/**
 * @param {App} app
 * @param {PatrolStore} store
 * @param {PatrolActions} actions
 * @param {Kept} kept
 */
function rows(app, store, actions, kept) {
  const { t, state, me } = app;
  const { grids, loading, error } = store.values;
  if (grids.size === 0) {
    if (loading)
      return Array.from({ length: 6 }, () => el("li", { class: "area is-empty" }, el("span", { class: "skeleton" })));
    if (error !== null) return [];
    return [
      el("li", { class: "area-none" }, el("strong", {}, t("patrol.none.title")), el("p", {}, t("patrol.none.text"))),
    ];
  }
  const area = state.values.patrolArea || me.area.code;
  const isVillage = !area.endsWith("000") || (me.area.code === area && me.area.level === 3);
  if (isVillage) return gridRows(app, store, area, actions, kept);
  const groups = children(grids, area);
  // A county with a single township, or a township with a single village, has nothing to choose.
  return groups.map(({ code, sum }) => areaRow(app, code, sum, actions));
}

/**
 * @param {App} app
 * @param {string} code
 * @param {import("../patrol/progress.js").Summary} sum
 * @param {PatrolActions} actions
 */
function areaRow({ t, world }, code, sum, { goToArea }) {
  const { byPhase } = sum;
  const missing = byPhase.will_miss + byPhase.missed;
  const notes = [
    t("patrol.area.done", { done: sum.done, all: sum.due }),
    missing ? t("patrol.area.miss", { n: missing }) : "",
    byPhase.not_started ? t("patrol.area.not_started", { n: byPhase.not_started }) : "",
    byPhase.no_data ? t("patrol.area.no_data", { n: byPhase.no_data }) : "",
  ];
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "area", "data-code": code, onclick: () => goToArea(code) },
      el("b", { class: "area-name" }, world.values.divisions.get(code)?.name ?? code),
      el("span", { class: "area-share" }, percent(sum.share)),
      meter(sum.share, ""),
      el("span", { class: `area-note ${missing ? "is-bad" : ""}` }, notes.filter(Boolean).join(" · ")),
      icon("after"),
    ),
  );
}

/**
 * @param {number} share 0..1
 * @param {string} kind
 */
export function meter(share, kind) {
  const fill = el("i", {});
  fill.style.width = `${Math.min(100, share * 100)}%`;
  return el("span", { class: `meter ${kind}`, "aria-hidden": "true" }, fill);
}

/**
 * @param {App} app
 * @param {PatrolStore} store
 * @param {string} village
 * @param {PatrolActions} actions
 * @param {Kept} kept
 */
function gridRows(app, store, village, actions, kept) {
  const all = gridsIn(store.values.grids, village);
  all.sort(
    (a, b) =>
      (ORDER[phaseOf(a)] ?? 9) - (ORDER[phaseOf(b)] ?? 9) || shareOf(a) - shareOf(b) || (a.code < b.code ? -1 : 1),
  );
  return all.map((grid) => gridRow(app, store, grid, actions, kept));
}

/**
 * @param {App} app
 * @param {PatrolStore} store
 * @param {GridRound} grid
 * @param {PatrolActions} actions
 * @param {Kept} kept
 */
function gridRow(app, store, grid, actions, kept) {
  const { t, state } = app;
  const phase = phaseOf(grid);
  const open = state.values.grid === grid.code;
  const toggle = () => (open ? state.set({ grid: "" }) : actions.goToGrid(grid.code));
  return el(
    "li",
    { class: open ? "is-open" : "" },
    el(
      "button",
      { type: "button", class: "area", "data-code": grid.code, "aria-expanded": String(open), onclick: toggle },
      el("b", { class: "area-name" }, actions.gridName(grid.code)),
      el("span", { class: "area-share" }, shareText(grid, t)),
      meter(shareOf(grid), `meter-${phase}`),
      el(
        "span",
        { class: `area-note ${phase === "will_miss" || phase === "missed" ? "is-bad" : ""}` },
        gridNote(grid, t),
      ),
      icon(open ? "minus" : "plus"),
    ),
    open ? details(app, store, grid, actions, kept) : null,
  );
}

/**
 * Why the round stands as it does: figures, how sure they are, the forecast's reason, and who walks there.
 * @param {App} app
 * @param {PatrolStore} store
 * @param {GridRound} grid
 * @param {PatrolActions} actions
 * @param {Kept} kept
 */
function details(app, store, grid, actions, kept) {
  const { t, language, world, workers } = app;
  const why = whyText(store.values.work?.find(({ grid: code }) => code === grid.code)?.why, t);
  /** @type {[string, string][]} */
  const facts = [
    [t("patrol.cells"), t("patrol.cells.of", { n: grid.covered, all: grid.cells })],
    [t("patrol.confidence"), percent(grid.confidence)],
    [t("patrol.gap"), duration(grid.longestGapS * 1000, language)],
  ];
  const people = world.values.roster.people.filter((person) => person.grid === grid.code);
  return el(
    "div",
    { class: "grid-more" },
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    inFull(app, store, grid, kept.round),
    why ? el("p", { class: "why" }, el("b", {}, t(`patrol.phase.${phaseOf(grid)}`)), why) : null,
    el("p", { class: "note" }, t(`patrol.phase.${phaseOf(grid)}.hint`)),
    ...people.map((person) => {
      const slot = workers.slotOf(person.id);
      return el(
        "div",
        { class: "grid-worker" },
        el("button", { type: "button", class: "link", onclick: () => actions.goToWorker(person.id) }, person.name),
        workers.isShown(slot) ? timeAgo(app, workers.fixMs[slot] ?? 0) : el("span", {}, t("list.no_fix")),
        app.may("duty.edit") && store.values.pastMs === null
          ? el(
              "button",
              {
                type: "button",
                class: "button button-small",
                onclick: () => actions.urge({ worker: person.id, name: person.name, place: person.gridName }),
              },
              t("patrol.urge"),
            )
          : null,
      );
    }),
    app.may("duty.edit") ? kept.edit : null,
  );
}

/**
 * The round as the server judges it, for those who may read history; a past minute has no such record.
 * @param {App} app
 * @param {PatrolStore} store
 * @param {GridRound} grid
 * @param {RoundDetails} details
 */
function inFull(app, store, { code }, details) {
  const { day, round, pastMs } = store.values;
  if (!round || pastMs !== null || !app.may("history.view")) return null;
  details.show(code, day, round.ordinal);
  return details.node;
}

/**
 * One grid is open at a time, so one button serves all.
 * @param {App} app
 * @param {PatrolActions} actions
 */
function editButton({ t, state }, { editReach }) {
  const edit = () => editReach(state.values.grid);
  return el(
    "button",
    { type: "button", class: "button button-small button-wide", title: t("reach.edit.hint"), onclick: edit },
    icon("hexagon"),
    el("span", {}, t("reach.edit")),
  );
}
