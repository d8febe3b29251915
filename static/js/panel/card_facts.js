/** The facts of one worker in rows: what is unknown is left out, what is still being read is shown as such. */

import { ON_DUTY } from "../core/frames.js";
import { flagNames } from "../core/status.js";
import { clock, duration, exact } from "../core/time.js";
import { el } from "./dom.js";
import { timeAgo } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {{code?: string, name: string} | string} Place */
/** @typedef {{id: number, name: string, number: string, role: string, grid: {code: string, name: string}, village: Place, township: Place, phone: string | null, duties: string[], on_duty: boolean, duty_since_ms: number | null, device: {app: string, last_seen_ms: number | null} | null}} Card */

const LOW_BATTERY = 20;

/**
 * @param {App} app
 * @param {Person} person
 * @param {Card | null} card
 */
export function facts(app, person, card) {
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
