/** The right panel: who is selected, how they are, how sure that is, and what can be done. */

import { statusOf } from "../core/filter.js";
import { MAX_REPLAYED } from "../core/page_state.js";
import { clock, day, dayStart, duration } from "../core/time.js";
import { get } from "../net/api.js";
import { facts } from "./card_facts.js";
import { button, el } from "./dom.js";
import { icon, sign } from "./icons.js";
import { errorText, statusHint, timeAgo } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {import("./card_facts.js").Card} Card */

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {{enrol: (person: Person) => void, phones: (person: Person) => void}} actions
 */
export function mountWorkerCard(root, app, actions) {
  const { state, world, t } = app;
  const unfold = button({
    label: t("card.label"),
    icon: icon("person"),
    className: "unfold unfold-right",
    onclick: () => state.set({ cardOpen: true }),
  });
  root.after(unfold);
  /** @type {number | null} */
  let asked = null;
  const parts = {
    head: el("div", { class: "card-head" }),
    now: el("div", { class: "card-now" }),
    actions: el("div", { class: "card-actions" }),
    facts: el("dl", { class: "facts" }),
    error: el("p", { class: "note note-error", hidden: true }),
    replay: el("section", { class: "stops" }),
  };
  root.replaceChildren(
    parts.head,
    parts.now,
    el("div", { class: "card-body" }, parts.actions, parts.facts, parts.error, parts.replay),
  );
  /** Only what ages: a button that is replaced under a finger loses the click. */
  const age = () => {
    const person = app.selectedPerson;
    if (!person || root.hidden) return;
    const known = app.cards.get(`card:${person.id}`);
    parts.now.replaceChildren(...now(app, person));
    parts.facts.replaceChildren(...facts(app, person, known?.card ?? null));
    parts.error.hidden = !known?.error;
    parts.error.textContent = known?.error ? `${t("card.error")}：${errorText(known.error, t)}` : "";
    for (const node of /** @type {NodeListOf<HTMLButtonElement>} */ (
      parts.actions.querySelectorAll("[data-needs-fix]")
    )) {
      node.disabled = !app.workers.isShown(app.workers.slotOf(person.id));
    }
  };
  const show = () => {
    const person = app.selectedPerson;
    root.hidden = !person || !state.values.cardOpen;
    unfold.hidden = !person || state.values.cardOpen;
    document.body.classList.toggle("has-card", !root.hidden);
    if (!person) return;
    unfold.replaceChildren(icon("person"), el("span", {}, person.name));
    parts.head.replaceChildren(...head(app, person));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.action;
    parts.actions.replaceChildren(...buttons(app, person, actions));
    if (focused) /** @type {HTMLElement | null} */ (parts.actions.querySelector(`[data-action="${focused}"]`))?.focus();
    parts.replay.replaceChildren(...replaySummary(app, person));
    age();
    if (asked === person.id) return;
    asked = person.id;
    load(app, person.id).then(age, age);
  };
  state.on(["selected", "cardOpen", "follow", "trail", "replayWorkers"], () => {
    if (state.values.selected === null) asked = null;
    show();
  });
  let shownDay = "";
  state.on(["replayMs"], () => {
    const { replayMs } = state.values;
    const now = replayMs === null ? "" : day(replayMs);
    if (now !== shownDay) show();
    shownDay = now;
  });
  world.on(["second"], age);
  world.on(["roster", "tracks"], show);
  show();
}

/**
 * Reads the card; the answer or the failure is kept and shown.
 * @param {App} app
 * @param {number} id
 */
async function load({ cards, language }, id) {
  try {
    cards.set(`card:${id}`, { card: await get(`/api/v1/workers/${id}`, { language }) });
  } catch (error) {
    cards.set(`card:${id}`, { error });
  }
}

/**
 * @param {App} app
 * @param {Person} person
 */
function head(app, person) {
  const { t } = app;
  return [
    el(
      "div",
      { class: "card-title" },
      el("h2", {}, person.name),
      el("p", {}, `${t(person.leader ? "role.leader" : "role.worker")} · ${person.gridName}`),
    ),
    button({
      label: t("card.fold"),
      icon: icon("unfold"),
      className: "button-quiet",
      onclick: () => app.state.set({ cardOpen: false }),
    }),
    button({ label: t("card.close"), icon: icon("close"), className: "button-quiet", onclick: () => app.select(null) }),
  ];
}

/**
 * The status in sign, word and age; what it means wherever it is not plain live.
 * @param {App} app
 * @param {Person} person
 */
function now(app, person) {
  const { t, workers } = app;
  const status = statusOf(person, workers);
  const slot = workers.slotOf(person.id);
  const shown = workers.isShown(slot);
  const plain = status === "moving" || status === "still";
  const { replayMs } = app.state.values;
  const past =
    replayMs === null
      ? ""
      : el("p", { class: "card-past" }, t("card.past", { time: `${day(replayMs)} ${clock(replayMs)}` }));
  return [
    past,
    el(
      "p",
      { class: `card-status status-${status}` },
      sign(status, person.leader, workers.bearing[slot]),
      el("b", {}, t(`status.${status}`)),
      shown ? timeAgo(app, workers.fixMs[slot] ?? 0) : el("span", {}, t("card.last.none")),
    ),
    plain ? "" : el("p", { class: "card-hint" }, statusHint(app, status)),
  ];
}

/**
 * @param {App} app
 * @param {Person} person
 * @param {{enrol: (person: Person) => void, phones: (person: Person) => void}} actions
 */
function buttons(app, person, { enrol, phones }) {
  const { t, state } = app;
  const { follow, trail, replayMs, replayWorkers } = state.values;
  const nodes = [
    actionButton(
      "follow",
      button({
        label: `${t("card.follow")}（F）`,
        text: t(follow ? "card.following" : "card.follow"),
        icon: icon("follow"),
        pressed: follow,
        onclick: () => state.set({ follow: !follow }),
      }),
      true,
    ),
    actionButton(
      "trail",
      button({
        label: `${t("card.trail")}（T）`,
        text: t("card.trail"),
        icon: icon("trail"),
        pressed: trail,
        onclick: () => state.set({ trail: !trail }),
      }),
    ),
  ];
  if (app.may("history.view")) nodes.push(replayButton(app, person, replayMs, replayWorkers));
  if (app.may("device.enrol"))
    nodes.push(
      actionButton(
        "enrol",
        button({ label: t("card.enrol"), text: t("card.enrol"), icon: icon("phone"), onclick: () => enrol(person) }),
      ),
    );
  if (app.may("device.enrol") || app.may("duty.edit"))
    nodes.push(
      actionButton(
        "phones",
        button({
          label: t("phones.open"),
          text: t("phones.open"),
          icon: icon("person"),
          onclick: () => phones(person),
        }),
      ),
    );
  return nodes;
}

/**
 * @param {App} app
 * @param {Person} person
 * @param {number | null} replayMs
 * @param {readonly number[]} replayWorkers
 */
function replayButton({ t, state, clock: serverClock }, person, replayMs, replayWorkers) {
  const inIt = replayWorkers.includes(person.id);
  const key = replayMs === null ? "card.replay" : inIt ? "card.replay.remove" : "card.replay.add";
  const onclick = () => {
    if (replayMs === null) {
      state.set({ replayWorkers: [person.id], replayMs: serverClock.nowMs() - 3_600_000, follow: false });
      // The next thing wanted is to play: the space bar must not take the worker out again.
      /** @type {HTMLElement | null} */ (document.querySelector(".time-play"))?.focus();
    } else if (inIt) state.set({ replayWorkers: replayWorkers.filter((id) => id !== person.id) });
    else state.set({ replayWorkers: [...replayWorkers, person.id].slice(-MAX_REPLAYED) });
  };
  return actionButton("replay", button({ label: t(key), text: t(key), icon: icon("replay"), onclick }));
}

/**
 * @param {string} name keeps the focus on it when the card is drawn anew
 * @param {HTMLButtonElement} node
 * @param {boolean} [needsFix] of no use without a position
 */
function actionButton(name, node, needsFix = false) {
  node.dataset.action = name;
  if (needsFix) node.dataset.needsFix = "";
  return node;
}

/**
 * Distance and stops of the replayed day.
 * @param {App} app
 * @param {Person} person
 */
function replaySummary({ t, state, world, language }, person) {
  const { replayMs } = state.values;
  const track = replayMs === null ? null : world.values.tracks.get(`${person.id}:${day(replayMs)}`);
  if (!track) return [];
  const start = dayStart(day(replayMs ?? 0)) ?? 0;
  const stops = track.stops.map((stop) =>
    el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: "stop",
          onclick: () => state.set({ replayMs: Math.max(start, stop.from_ms), playing: false }),
        },
        el("b", {}, clock(stop.from_ms)),
        el("span", {}, duration(stop.to_ms - stop.from_ms, language)),
      ),
    ),
  );
  return [
    el(
      "h3",
      {},
      t("card.stops"),
      el("span", {}, `${t("card.distance")} ${t("card.distance.value", { n: (track.distance_m / 1000).toFixed(1) })}`),
    ),
    stops.length ? el("ol", {}, ...stops) : el("p", { class: "note" }, t("card.stops.none")),
  ];
}
