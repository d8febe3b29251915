/** Between the store and the workers' layer: what changed there is moved and restyled here. */

import { BEARING_KNOWN } from "../core/frames.js";
import { HELP_CODE, MOVING_CODE, OFF_CODE, OFFLINE_CODE, STALE_CODE } from "../core/status.js";
import { BEARING, HIDDEN, HOVERED, LEADER, SELECTED } from "./workers_layer.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */
/** @typedef {import("../core/datum.js").Edge} Edge */

const OLDER_EVERY_S = 5;

export class LiveView {
  /** @type {ReadonlySet<number> | null} */
  #wanted = null;
  /** @type {Float64Array} */
  #fixMs = new Float64Array(8192);

  /**
   * @param {App} app
   * @param {WorkersLayer} layer
   * @param {Edge} edge
   */
  constructor(app, layer, edge) {
    this.app = app;
    this.layer = layer;
    this.edge = edge;
    app.world.on(["roster"], () => this.restyleAll());
    app.world.on(["wanted"], () => this.#filter());
    app.world.on(["second"], ({ second }) => this.#age(second));
    for (const key of /** @type {const} */ (["selected", "hovered"])) {
      let before = app.state.values[key];
      app.state.on([key], (values) => {
        for (const id of [before, values[key]]) this.#restyleWorker(id);
        before = values[key];
      });
    }
  }

  /**
   * Takes what a frame changed.
   * @param {readonly number[]} slots
   */
  apply(slots) {
    for (const slot of slots) this.#place(slot);
    for (const slot of slots) this.#style(slot);
    this.#ring();
    this.layer.repaint();
  }

  restyleAll() {
    for (let slot = 0; slot < this.app.workers.count; slot++) this.#style(slot);
    this.layer.repaint();
  }

  #filter() {
    const { wanted, roster } = this.app.world.values;
    this.#wanted = wanted.length === roster.people.length ? null : new Set(wanted.map(({ id }) => id));
    this.restyleAll();
  }

  /**
   * Ages every worker by the clock alone, whether or not anything arrives.
   * @param {number} second
   */
  #age(second) {
    const { workers, clock } = this.app;
    const changed = workers.age(clock.nowMs());
    for (const slot of changed) this.#style(slot);
    if (second % OLDER_EVERY_S === 0) {
      for (let slot = 0; slot < workers.count; slot++) if (workers.status[slot] === STALE_CODE) this.#style(slot);
    }
    if (changed.length === 0) return;
    this.#ring();
    this.layer.repaint();
  }

  /** @param {number | null} id */
  #restyleWorker(id) {
    const slot = id === null ? -1 : this.app.workers.slotOf(id);
    if (slot >= 0) this.#style(slot);
    this.layer.repaint();
  }

  /** @param {number} slot */
  #place(slot) {
    const { workers } = this.app;
    if (!workers.isShown(slot)) return;
    if (slot >= this.#fixMs.length) this.#grow(slot);
    const fixMs = workers.fixMs[slot] ?? 0;
    const before = this.#fixMs[slot] ?? 0;
    this.#fixMs[slot] = fixMs;
    const [lon, lat] = this.edge.toMap([workers.lon[slot] ?? 0, workers.lat[slot] ?? 0]);
    // A last known place that comes anew, or the first one, stands where it is: only a fresh walk is shown as a walk.
    const fresh =
      before > 0 && fixMs > before && workers.ageMs(slot, this.app.clock.nowMs()) < workers.thresholds.staleMs;
    this.layer.moveTo(slot, lon, lat, fresh ? (fixMs - before) / 1000 : 0);
  }

  /** @param {number} slot */
  #grow(slot) {
    const larger = new Float64Array(Math.max(slot + 1, this.#fixMs.length * 2));
    larger.set(this.#fixMs);
    this.#fixMs = larger;
  }

  /** @param {number} slot */
  #style(slot) {
    const { workers, state, world } = this.app;
    const id = workers.id[slot] ?? 0;
    const status = workers.status[slot] ?? OFF_CODE;
    const { selected, hovered } = state.values;
    let marks = 0;
    if (world.values.roster.byId.get(id)?.leader) marks |= LEADER;
    if (id === hovered) marks |= HOVERED;
    if (id === selected) marks |= SELECTED;
    if (status === MOVING_CODE && (workers.state[slot] ?? 0) & BEARING_KNOWN) marks |= BEARING;
    if (!this.isShown(slot)) marks |= HIDDEN;
    this.layer.setStyle(slot, status, workers.bearing[slot] ?? 0, marks, this.#staleness(slot, status));
  }

  /**
   * Whether a worker has a place and passes the filters; the selected one is always shown.
   * @param {number} slot
   */
  isShown(slot) {
    const { workers, state } = this.app;
    if (!workers.isShown(slot)) return false;
    const id = workers.id[slot] ?? 0;
    return this.#wanted === null || this.#wanted.has(id) || id === state.values.selected;
  }

  /**
   * 0 = live, 1 = as old as offline.
   * @param {number} slot
   * @param {number} status
   */
  #staleness(slot, status) {
    if (status === OFFLINE_CODE) return 1;
    if (status !== STALE_CODE && status !== HELP_CODE) return 0;
    const { staleMs, offlineMs } = this.app.workers.thresholds;
    const ageMs = this.app.ageMs(slot);
    return ageMs < staleMs ? 0 : Math.min(1, Math.max(0.02, (ageMs - staleMs) / (offlineMs - staleMs)));
  }

  #ring() {
    const { workers } = this.app;
    let ringing = false;
    for (let slot = 0; slot < workers.count && !ringing; slot++)
      ringing = workers.status[slot] === HELP_CODE && this.isShown(slot);
    this.layer.setRinging(ringing);
  }
}
