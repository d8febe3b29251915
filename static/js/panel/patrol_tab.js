/** The patrol tab: the round, how far it is, what is behind, and the way down from the township to the grid. */

import { day as dayOf, dayStart, longDay } from "../core/time.js";
import { gridsIn, PHASES, summary } from "../patrol/progress.js";
import { clockText, percent, roundPhase, windowText } from "../patrol/round_words.js";
import { button, el, setText } from "./dom.js";
import { icon } from "./icons.js";
import { mountPatrolProgress } from "./patrol_progress.js";
import { mountPatrolWork } from "./patrol_work.js";
import { errorText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../patrol/store.js").PatrolStore} PatrolStore */
/** @typedef {{goToGrid: (code: string) => void, goToArea: (code: string) => void, goToWorker: (id: number) => void, urge: (item: {worker: number, name: string, place: string}) => void, urgeNow: (item: {worker: number, name: string, place: string}, text: string) => Promise<void>, gridName: (code: string) => string, editReach: (grid: string) => void}} PatrolActions */

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {PatrolStore} store
 * @param {PatrolActions} actions
 */
export function mountPatrolTab(root, app, store, actions) {
  const { t, state } = app;
  const problem = el("div", { class: "patrol-problem", role: "alert", hidden: true });
  const views = { progress: el("div", { class: "patrol-view" }), work: el("div", { class: "patrol-view" }) };
  const count = el("b", {});
  /** @type {"progress" | "work"} */
  let shown = "progress";
  const switches = /** @type {const} */ (["progress", "work"]).map((view) =>
    el(
      "button",
      { type: "button", class: "segment", onclick: () => choose(view) },
      t(`patrol.view.${view}`),
      view === "work" ? count : null,
    ),
  );
  /** @param {"progress" | "work"} view */
  const choose = (view) => {
    shown = view;
    for (const [i, name] of /** @type {const} */ (["progress", "work"]).entries()) {
      switches[i]?.setAttribute("aria-pressed", String(name === view));
      views[name].hidden = name !== view;
    }
    if (view === "work") store.readWork();
  };
  root.replaceChildren(
    past(app, store),
    roundSwitch(app, store),
    head(app, store),
    problem,
    el("div", { class: "segments", role: "group" }, ...switches),
    views.progress,
    views.work,
    foot(app),
  );
  mountPatrolProgress(views.progress, app, store, actions);
  mountPatrolWork(views.work, app, store, actions);
  choose(shown);
  const show = () => {
    const { error, work, moreWork } = store.values;
    problem.hidden = error === null;
    problem.replaceChildren(
      error === null ? "" : errorText(error, t),
      el("button", { type: "button", class: "link", onclick: () => store.read() }, t("retry")),
    );
    setText(count, work?.length ? `${work.length}${moreWork ? "+" : ""}` : "");
  };
  store.state.on(["error", "work"], show);
  state.on(["tab"], () => state.values.tab === "patrol" && store.readWork());
  if (state.values.tab === "patrol") store.readWork();
  show();
}

/**
 * One button a round; the present one is named as such.
 * @param {App} app
 * @param {PatrolStore} store
 */
function roundSwitch({ t, state, clock, world, language }, store) {
  const node = el("div", { class: "rounds", role: "group", "aria-label": t("patrol.rounds") });
  let drawn = "";
  const show = () => {
    const { rounds, round, pastMs } = store.values;
    const nowMs = pastMs ?? clock.nowMs();
    const words = JSON.stringify([rounds, round?.ordinal, rounds.map((r) => roundPhase(r, nowMs))]);
    if (words === drawn) return;
    drawn = words;
    node.hidden = rounds.length === 0;
    node.replaceChildren(
      ...rounds.map((one) =>
        el(
          "button",
          {
            type: "button",
            class: `round is-${roundPhase(one, nowMs)}`,
            "aria-pressed": String(one.ordinal === round?.ordinal),
            title: clockText(one, nowMs, t, language),
            disabled: pastMs !== null,
            onclick: () => state.set({ round: one.ordinal }),
          },
          el("b", {}, one.name),
          el("span", {}, windowText(one)),
        ),
      ),
    );
  };
  store.state.on(["rounds", "round", "pastMs"], show);
  world.on(["second"], show);
  return node;
}

/**
 * Says that a past minute or a past day is shown, and how to come back.
 * @param {App} app
 * @param {PatrolStore} store
 */
function past(app, store) {
  const { t, state, clock, language } = app;
  const node = el("div", { class: "patrol-past", hidden: true });
  const show = () => {
    const { pastMs, day } = store.values;
    const isOld = day !== "" && day !== dayOf(clock.nowMs());
    node.hidden = pastMs === null && !isOld;
    if (node.hidden) return;
    const text =
      pastMs === null
        ? t("patrol.past.day", { day: longDay(dayStart(day) ?? 0, language) })
        : t("patrol.past.minute", { time: new Date(pastMs + 8 * 3_600_000).toISOString().slice(11, 16) });
    const back = () => state.set({ replayMs: null, replayWorkers: [], playing: false, roundDay: "", round: null });
    node.replaceChildren(
      el("span", {}, text),
      el("button", { type: "button", class: "link", onclick: back }, t("patrol.past.back")),
    );
  };
  store.state.on(["pastMs", "day"], show);
  return node;
}

/**
 * The round's own figures: how many grids are done, how much ground was seen, and the rest in one bar.
 * @param {App} app
 * @param {PatrolStore} store
 */
function head({ t, clock, world, language, state }, store) {
  const left = el("p", { class: "patrol-left" });
  const done = el("b", { class: "patrol-done" }, "–");
  const due = el("span", {});
  const share = el("b", {}, "–");
  const bar = el("div", { class: "phase-bar", role: "img" });
  const key = el("ul", { class: "phase-key" });
  const show = () => {
    const { round, grids, pastMs } = store.values;
    const sum = summary(gridsIn(grids, state.values.patrolArea));
    const nowMs = pastMs ?? clock.nowMs();
    setText(left, round ? `${round.name} · ${clockText(round, nowMs, t, language)}` : t("patrol.round.none"));
    setText(done, grids.size ? sum.done.toLocaleString() : "–");
    setText(due, t("patrol.done.of", { all: sum.due.toLocaleString() }));
    setText(share, grids.size ? percent(sum.share) : "–");
    const parts = PHASES.filter((phase) => sum.byPhase[phase] > 0);
    const words = parts.map((phase) => `${t(`patrol.phase.${phase}`)} ${sum.byPhase[phase]}`);
    bar.setAttribute("aria-label", words.join("，"));
    bar.replaceChildren(
      ...parts.map((phase) => {
        const piece = el("i", {
          class: `phase-${phase}`,
          title: `${t(`patrol.phase.${phase}`)} ${sum.byPhase[phase]}`,
        });
        piece.style.flexGrow = String(sum.byPhase[phase]);
        return piece;
      }),
    );
    key.replaceChildren(
      ...parts.map((phase) =>
        el(
          "li",
          { title: t(`patrol.phase.${phase}.hint`) },
          el("i", { class: `phase-${phase}` }),
          t(`patrol.phase.${phase}`),
          el("b", {}, sum.byPhase[phase].toLocaleString()),
        ),
      ),
    );
  };
  store.state.on(["grids", "round", "pastMs"], show);
  world.on(["second"], ({ second }) => second % 10 === 0 && show());
  state.on(["patrolArea"], show);
  show();
  return el(
    "div",
    { class: "patrol-head" },
    left,
    el(
      "div",
      { class: "patrol-figures" },
      el("div", {}, done, due),
      el("div", { class: "patrol-share" }, share, el("span", {}, t("patrol.share"))),
    ),
    bar,
    key,
  );
}

/** @param {App} app */
function foot({ t, state }) {
  const box = el("input", {
    type: "checkbox",
    role: "switch",
    onchange: () => state.set({ coverage: box.checked }),
  });
  const show = () => {
    box.checked = state.values.coverage;
  };
  state.on(["coverage"], show);
  show();
  return el(
    "div",
    { class: "patrol-foot" },
    el("label", { class: "toggle", title: t("patrol.coverage.key") }, box, t("patrol.coverage"), el("kbd", {}, "C")),
    el("a", { class: "link", href: "/patrol" }, t("patrol.manage")),
  );
}

/**
 * The number in the top bar: rounds done now. It opens the tab.
 * @param {HTMLElement} numbers
 * @param {App} app
 * @param {PatrolStore} store
 */
export function addTopNumber(numbers, { t, state }, store) {
  const value = el("b", { class: "number-value" }, "–");
  const word = el("span", { class: "number-word" }, t("patrol.top"));
  const open = () => state.set({ tab: "patrol", listOpen: true, coverage: true });
  const node = el(
    "button",
    { type: "button", class: "number number-rounds", title: t("patrol.top.hint"), onclick: open },
    icon("rounds"),
    value,
    word,
  );
  const show = () => {
    const { grids, round } = store.values;
    node.hidden = grids.size === 0;
    const sum = summary(grids.values());
    setText(value, sum.done.toLocaleString());
    setText(word, t("patrol.top", { round: round?.name ?? "", all: sum.due.toLocaleString() }));
    node.setAttribute("aria-pressed", String(state.values.tab === "patrol" && state.values.listOpen));
  };
  store.state.on(["grids", "round"], show);
  state.on(["tab", "listOpen"], show);
  show();
  numbers.append(node);
}

/**
 * The button among the map's tools that switches the coverage.
 * @param {HTMLElement} tools
 * @param {App} app
 */
export function addCoverageTool(tools, { t, state }) {
  const node = button({
    label: t("patrol.coverage.key"),
    icon: icon("hexagon"),
    pressed: state.values.coverage,
    onclick: () => state.set({ coverage: !state.values.coverage }),
  });
  state.on(["coverage"], ({ coverage }) => node.setAttribute("aria-pressed", String(coverage)));
  tools.querySelector(".tool-group")?.append(node);
}
