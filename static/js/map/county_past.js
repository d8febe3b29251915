/** The whole county at a past minute: everybody's place and the coverage as they were, gliding from minute to minute while it plays. */

import { ASKS_HELP, MOVING, ON_DUTY } from "../core/frames.js";
import { HELP_CODE, MOVING_CODE, OFF_CODE, OFFLINE_CODE, STALE_CODE, STILL_CODE } from "../core/status.js";
import { MINUTE_MS } from "../core/time.js";
import { get } from "../net/api.js";
import { HIDDEN, LEADER, SELECTED } from "./workers_layer.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {import("../patrol/store.js").PatrolStore} PatrolStore */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {{worker_id: number[], lat: number[], lon: number[], age_ms: number[], state: (number | string)[]}} Positions */
/** @typedef {{time_ms: number, positions: Positions, rounds: import("../patrol/progress.js").RoundsAnswer}} Minute */

const KEPT = 30;
const PAUSE_MS = 120;

export class CountyPast {
  /** @type {Map<number, Minute>} */
  #minutes = new Map();
  #wantedMs = 0;
  #shownMs = 0;
  #timer = 0;
  #busy = false;
  #active = false;
  /** @type {number[]} */
  #ids = [];

  /**
   * @param {App} app
   * @param {{map: MapLibre, layer: WorkersLayer, edge: Edge, store: PatrolStore, onError: (error: unknown) => void}} parts
   */
  constructor(app, { map, layer, edge, store, onError }) {
    this.app = app;
    this.map = map;
    this.layer = layer;
    this.edge = edge;
    this.store = store;
    this.onError = onError;
    app.state.on(["replayMs", "replayWorkers"], () => this.update());
    app.state.on(["selected"], () => this.#active && this.#draw(0));
    app.world.on(["roster"], () => this.#active && this.#draw(0));
    this.update();
  }

  /** Whether the map shows the whole county at a past minute. */
  get active() {
    return this.#active;
  }

  update() {
    const { replayMs, replayWorkers } = this.app.state.values;
    const active = replayMs !== null && replayWorkers.length === 0 && this.app.may("history.view");
    this.map.setLayoutProperty(this.layer.id, "visibility", active ? "visible" : "none");
    if (!active && this.#active) this.#leave();
    this.#active = active;
    document.body.classList.toggle("is-county-past", active);
    if (!active || replayMs === null) return;
    const minuteMs = Math.floor(replayMs / MINUTE_MS) * MINUTE_MS;
    if (minuteMs === this.#wantedMs && (this.#shownMs === minuteMs || this.#busy)) return;
    this.#wantedMs = minuteMs;
    clearTimeout(this.#timer);
    if (this.#minutes.has(minuteMs)) this.#show(minuteMs);
    // A slider that is being drawn along passes hundreds of minutes: the one where it rests is read.
    else this.#timer = setTimeout(() => this.#read(), this.app.state.values.playing ? 0 : PAUSE_MS);
  }

  /** The worker under a place on the screen, or null. @param {number} lon @param {number} lat @param {number} px */
  pick(lon, lat, px) {
    const slot = this.layer.pick(lon, lat, px);
    return slot < 0 ? null : (this.#ids[slot] ?? null);
  }

  /** Reads the wanted minute; where it changed meanwhile, that one next. */
  async #read() {
    if (this.#busy) return;
    this.#busy = true;
    const wantedMs = this.#wantedMs;
    try {
      await this.#fetch(wantedMs);
      if (this.#active && (wantedMs === this.#wantedMs || this.app.state.values.playing)) this.#show(wantedMs);
    } catch (error) {
      this.app.state.set({ playing: false });
      this.onError(error);
    } finally {
      this.#busy = false;
    }
    if (this.#active && this.#wantedMs !== wantedMs && !this.#minutes.has(this.#wantedMs)) this.#read();
    else if (this.#active && this.app.state.values.playing) this.#ahead();
  }

  /** While it plays, the next minutes are read before they are due. */
  async #ahead() {
    const next = this.#wantedMs + this.#strideMs();
    if (this.#busy || this.#minutes.has(next) || next > this.app.clock.nowMs()) return;
    this.#busy = true;
    await this.#fetch(next).catch(() => null);
    this.#busy = false;
    if (this.#active && !this.#minutes.has(this.#wantedMs)) this.#read();
  }

  /** @param {number} ms */
  async #fetch(ms) {
    if (this.#minutes.has(ms)) return;
    const query = new URLSearchParams({ area: this.store.area, time: String(ms) });
    this.#minutes.set(ms, await get(`/api/v1/patrol/at?${query}`, { language: this.app.language }));
    for (const old of [...this.#minutes.keys()].slice(0, Math.max(0, this.#minutes.size - KEPT)))
      this.#minutes.delete(old);
  }

  /** How far one shown minute lies from the next at this speed, about one a second. */
  #strideMs() {
    return Math.max(1, Math.round(this.app.state.values.speed / 60)) * MINUTE_MS;
  }

  /** @param {number} ms */
  #show(ms) {
    const minute = this.#minutes.get(ms);
    if (!minute) return;
    const { playing, speed } = this.app.state.values;
    const stepMs = ms - this.#shownMs;
    const glides = playing && stepMs > 0 && stepMs <= 2 * this.#strideMs();
    this.#shownMs = ms;
    this.store.take(minute.rounds, ms);
    this.#draw(glides ? stepMs / speed / 1000 : 0);
    if (playing) this.#ahead();
  }

  /** @param {number} glideS */
  #draw(glideS) {
    const minute = this.#minutes.get(this.#shownMs);
    if (!minute) return;
    const { positions } = minute;
    const { selected } = this.app.state.values;
    const { roster } = this.app.world.values;
    const slots = new Map(this.#ids.map((id, slot) => [id, slot]));
    const left = new Set(slots.values());
    for (const [i, id] of positions.worker_id.entries()) {
      let slot = slots.get(id);
      if (slot === undefined) slot = this.#ids.push(id) - 1;
      else left.delete(slot);
      const [lon, lat] = this.edge.toMap([positions.lon[i] ?? 0, positions.lat[i] ?? 0]);
      this.layer.moveTo(slot, lon, lat, glideS);
      const ageMs = positions.age_ms[i] ?? 0;
      const marks = (roster.byId.get(id)?.leader ? LEADER : 0) | (id === selected ? SELECTED : 0);
      const { staleMs, offlineMs } = this.app.workers.thresholds;
      const code = statusOf(positions.state[i] ?? 0, ageMs, staleMs, offlineMs);
      this.layer.setStyle(slot, code, 0, marks, Math.min(1, Math.max(0, ageMs - staleMs) / offlineMs));
    }
    for (const slot of left) this.layer.setStyle(slot, 0, 0, HIDDEN, 0);
    this.layer.repaint();
  }

  #leave() {
    this.#shownMs = 0;
    this.#wantedMs = 0;
    const { roundDay, round } = this.app.state.values;
    this.store.show({ day: roundDay, round });
  }
}

/**
 * @param {number | string} state bits as in the live stream, or a status in words
 * @param {number} ageMs
 * @param {number} staleMs
 * @param {number} offlineMs
 */
export function statusOf(state, ageMs, staleMs, offlineMs) {
  if (state === "off" || (typeof state === "number" && !(state & ON_DUTY))) return OFF_CODE;
  if (state === "help" || (typeof state === "number" && state & ASKS_HELP)) return HELP_CODE;
  if (ageMs >= offlineMs) return OFFLINE_CODE;
  if (ageMs >= staleMs) return STALE_CODE;
  return state === "moving" || (typeof state === "number" && state & MOVING) ? MOVING_CODE : STILL_CODE;
}
