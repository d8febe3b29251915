/** In the worker's card: today's rounds of their grid, and the button to urge. */

import { MINUTE_MS } from "../core/time.js";
import { get } from "../net/api.js";
import { byGrid, phaseOf, shareOf } from "../patrol/progress.js";
import { shareText, windowText } from "../patrol/round_words.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { meter } from "./patrol_progress.js";
import { errorText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {import("../patrol/progress.js").Round} Round */
/** @typedef {import("../patrol/progress.js").GridRound} GridRound */
/** @typedef {{rows: {round: Round, grid: GridRound | null}[], atMs: number} | {error: unknown, atMs: number}} Known */

const HOLD_MS = 250;

/**
 * @param {HTMLElement} card
 * @param {App} app
 * @param {import("../patrol/store.js").PatrolStore} store
 * @param {import("./patrol_tab.js").PatrolActions} actions
 */
export function mountPatrolCard(card, app, store, actions) {
  const { state, clock } = app;
  const section = el("section", { class: "card-rounds" });
  card.querySelector(".card-actions")?.after(section);
  /** @type {Map<string, Known>} */
  const known = new Map();
  /** @type {Set<string>} */
  const asking = new Set();
  const ask = async (/** @type {string} */ grid) => {
    const old = known.get(grid);
    if (asking.has(grid) || (old && clock.nowMs() - old.atMs < MINUTE_MS)) return;
    asking.add(grid);
    try {
      known.set(grid, { rows: await readRounds(grid, app.language), atMs: clock.nowMs() });
    } catch (error) {
      known.set(grid, { error, atMs: clock.nowMs() });
    }
    asking.delete(grid);
    show();
  };
  const show = () => {
    const person = app.selectedPerson;
    if (!person) return;
    ask(person.grid);
    if (section.matches(":active")) return void setTimeout(show, HOLD_MS);
    section.replaceChildren(...content(app, store, person, known.get(person.grid), actions));
  };
  state.on(["selected"], show);
  app.world.on(["roster"], show);
  store.state.on(["changes"], () => store.values.changed.includes(app.selectedPerson?.grid ?? "") && show());
  app.world.on(["second"], ({ second }) => second % 30 === 0 && show());
  show();
}

/**
 * Today's rounds of one grid, each by its own question.
 * @param {string} grid
 * @param {string} language
 */
async function readRounds(grid, language) {
  const first = await get(`/api/v1/patrol/rounds?area=${grid}`, { language });
  const answers = await Promise.all(
    first.rounds.map((/** @type {Round} */ round) =>
      round.ordinal === first.round?.ordinal
        ? first
        : get(`/api/v1/patrol/rounds?area=${grid}&day=${first.day}&round=${round.ordinal}`, { language }),
    ),
  );
  return first.rounds.map((/** @type {Round} */ round, /** @type {number} */ i) => ({
    round,
    grid: byGrid(answers[i]).get(grid) ?? null,
  }));
}

/**
 * @param {App} app
 * @param {import("../patrol/store.js").PatrolStore} store
 * @param {Person} person
 * @param {Known | undefined} known
 * @param {import("./patrol_tab.js").PatrolActions} actions
 */
function content(app, store, person, known, actions) {
  const { t, state } = app;
  const urge = el(
    "button",
    {
      type: "button",
      class: "button button-small",
      onclick: () => actions.urge({ worker: person.id, name: person.name, place: person.gridName }),
    },
    icon("phone"),
    t("patrol.urge"),
  );
  const title = el("h3", {}, t("patrol.card.title"), app.may("duty.edit") ? urge : null);
  if (!known) return [title, el("p", {}, el("span", { class: "skeleton" }))];
  if ("error" in known) return [title, el("p", { class: "note" }, errorText(known.error, t))];
  if (known.rows.length === 0) return [title, el("p", { class: "note" }, t("patrol.round.none"))];
  const { round: shown, pastMs } = store.values;
  return [
    title,
    ...known.rows.map(({ round, grid: read }) => {
      const live =
        pastMs === null && round.ordinal === shown?.ordinal ? store.values.grids.get(person.grid) : undefined;
      const grid = live ?? read;
      const phase = grid ? phaseOf(grid) : "waiting";
      const open = () => {
        state.set({ round: round.ordinal, roundDay: "", coverage: true });
        actions.goToGrid(person.grid);
      };
      return el(
        "button",
        { type: "button", class: "card-round", title: t(`patrol.phase.${phase}.hint`), onclick: open },
        el("b", {}, round.name),
        el("span", { class: "card-round-time" }, windowText(round)),
        el("span", { class: `phase phase-text-${phase}` }, t(`patrol.phase.${phase}`)),
        meter(grid ? shareOf(grid) : 0, `meter-${phase}`),
        el("span", { class: "area-share" }, grid && phase !== "waiting" ? shareText(grid, app.t) : "–"),
      );
    }),
  ];
}
