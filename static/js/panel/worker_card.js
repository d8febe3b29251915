/** The right panel: who is selected, how they are, how sure that is, and what can be done. */

import { statusOf } from "../core/filter.js";
import { ON_DUTY } from "../core/frames.js";
import { MAX_REPLAYED } from "../core/page_state.js";
import { flagNames } from "../core/status.js";
import { clock, day, dayStart, duration, exact } from "../core/time.js";
import { get } from "../net/api.js";
import { button, el } from "./dom.js";
import { icon, sign } from "./icons.js";
import { errorText, statusHint, timeAgo } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {{code?: string, name: string} | string} Place */
/** @typedef {{id: number, name: string, number: string, role: string, grid: {code: string, name: string}, village: Place, township: Place, phone: string | null, duties: string[], on_duty: boolean, duty_since_ms: number | null, device: {app: string, last_seen_ms: number | null} | null}} Card */

const LOW_BATTERY = 20;

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {{enrol: (person: Person) => void}} actions
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
 * @param {{enrol: (person: Person) => void}} actions
 */
function buttons(app, person, { enrol }) {
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
 * @param {App} app
 * @param {Person} person
 * @param {Card | null} card
 */
function facts(app, person, card) {
  const { t } = app;
  const slot = app.workers.slotOf(person.id);
  /** @type {[string, Node | string | null][]} */
  const rows = [
    ["card.last", lastFix(app, slot)],
    ["card.speed", speed(app, slot)],
    ["card.accuracy", accuracy(app, slot)],
    ["card.battery", battery(app, slot)],
    ["card.flags", flags(app, slot)],
    ["card.duty", card ? duty(app, slot, card) : skeleton()],
    ["card.phone", card ? (card.phone ?? t("card.unknown")) : skeleton()],
    ["card.place", `${person.village} / ${person.township}`],
    ["card.number", person.number],
    ["card.duties", card ? card.duties.join("、") || null : skeleton()],
    ["card.device", card ? device(app, card) : skeleton()],
  ];
  const shown = rows.filter(([, value]) => value !== null);
  return shown.flatMap(([key, value]) => [el("dt", {}, t(key)), el("dd", {}, value)]);
}

function skeleton() {
  return el("span", { class: "skeleton" });
}

/**
 * @param {App} app
 * @param {number} slot
 */
function lastFix({ t, workers }, slot) {
  return workers.isShown(slot) ? exact(workers.fixMs[slot] ?? 0) : t("card.last.none");
}

/**
 * @param {App} app
 * @param {number} slot
 */
function speed({ t, workers }, slot) {
  const value = workers.speed[slot];
  if (!workers.isShown(slot) || value === undefined || Number.isNaN(value)) return null;
  return t("card.speed.value", { n: (value * 3.6).toFixed(1) });
}

/**
 * @param {App} app
 * @param {number} slot
 */
function accuracy({ t, workers }, slot) {
  const value = workers.accuracy[slot];
  if (!workers.isShown(slot) || value === undefined || Number.isNaN(value)) return null;
  return t("card.accuracy.value", { n: Math.max(1, Math.round(value)) });
}

/**
 * @param {App} app
 * @param {number} slot
 */
function battery({ t, workers }, slot) {
  const value = workers.battery[slot];
  if (slot < 0 || value === undefined || value === 255) return null;
  const low = value < LOW_BATTERY;
  const meter = el("meter", { class: "battery", min: 0, max: 100, low: LOW_BATTERY, value });
  return el("span", { class: low ? "is-low" : "" }, meter, low ? t("card.battery.low", { n: value }) : `${value}%`);
}

/**
 * @param {App} app
 * @param {number} slot
 */
function flags({ t, workers }, slot) {
  const names = slot < 0 ? [] : flagNames(workers.flags[slot] ?? 0);
  if (names.length === 0) return null;
  return el("span", { class: "flags" }, ...names.map((name) => el("span", { class: "flag" }, t(`flag.${name}`))));
}

/**
 * @param {App} app
 * @param {number} slot
 * @param {Card} card
 */
function duty({ t, workers, clock: serverClock, language }, slot, { duty_since_ms: sinceMs, on_duty: onCard }) {
  const on = slot < 0 ? onCard : ((workers.state[slot] ?? 0) & ON_DUTY) !== 0;
  if (!on) return t("card.duty.off");
  if (!sinceMs) return t("top.on_duty");
  return t("card.duty.on", { time: clock(sinceMs), length: duration(serverClock.nowMs() - sinceMs, language) });
}

/**
 * @param {App} app
 * @param {Card} card
 */
function device(app, { device: found }) {
  if (!found) return app.t("card.device.none");
  if (!found.last_seen_ms) return found.app;
  return el("span", {}, `${found.app} · `, timeAgo(app, found.last_seen_ms));
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
