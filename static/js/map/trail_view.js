/** The selected worker's trail and the circle of their accuracy. */

import { GAP_MS } from "../core/track.js";
import { get } from "../net/api.js";
import { circle } from "./mercator.js";
import { setData } from "./plan.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {{lon: number, lat: number, ms: number}} Fix */

const TRAIL_MS = 2 * 3_600_000;
const REDRAW_MS = 250;

export class TrailView {
  /** @type {Fix[]} */
  #fixes = [];
  #drawnMs = 0;
  #shown = false;

  /**
   * @param {App} app
   * @param {{map: MapLibre, layer: WorkersLayer, edge: Edge}} parts
   */
  constructor(app, { map, layer, edge }) {
    this.app = app;
    this.map = map;
    this.layer = layer;
    this.edge = edge;
    app.state.on(["selected"], () => this.#begin());
    app.state.on(["trail", "replayMs"], () => this.draw(true));
    app.world.on(["changes"], () => this.#extend());
    this.#begin();
  }

  /** The trail starts with the last two hours where history may be read, else with what comes from now on. */
  async #begin() {
    const { selected } = this.app.state.values;
    this.#fixes = [];
    this.draw(true);
    if (selected === null) return;
    this.#extend();
    if (!this.app.may("history.view")) return;
    const to = Math.round(this.app.clock.nowMs());
    try {
      const track = await get(`/api/v1/workers/${selected}/track?from=${to - TRAIL_MS}&to=${to}`);
      if (this.app.state.values.selected !== selected) return;
      const past = track.t.map((/** @type {number} */ ms, /** @type {number} */ i) => ({
        ms,
        lon: track.lon[i],
        lat: track.lat[i],
      }));
      const lastMs = past.at(-1)?.ms ?? 0;
      this.#fixes = [...past, ...this.#fixes.filter(({ ms }) => ms > lastMs)];
      this.draw(true);
    } catch {
      // The trail then begins now; the card says by itself when the server cannot be read.
    }
  }

  #extend() {
    const { app } = this;
    const { selected } = app.state.values;
    const slot = selected === null ? -1 : app.workers.slotOf(selected);
    if (!app.workers.isShown(slot)) return;
    const fix = { ms: app.workers.fixMs[slot] ?? 0, lon: app.workers.lon[slot] ?? 0, lat: app.workers.lat[slot] ?? 0 };
    if (fix.ms <= (this.#fixes.at(-1)?.ms ?? 0)) return;
    this.#fixes.push(fix);
    this.draw(true);
  }

  /**
   * Draws the trail up to where the sign is now, a few times a second while it moves.
   * @param {boolean} [atOnce]
   */
  draw(atOnce = false) {
    const nowMs = performance.now();
    if (!atOnce && (!this.#shown || nowMs - this.#drawnMs < REDRAW_MS)) return;
    this.#drawnMs = nowMs;
    const { selected, trail, replayMs } = this.app.state.values;
    if (replayMs !== null) return;
    const slot = selected === null ? -1 : this.app.workers.slotOf(selected);
    const lines = trail && selected !== null ? this.#lines(slot) : [];
    this.#shown = lines.length > 0;
    setData(this.map, "trail", {
      type: "FeatureCollection",
      features: lines.map((coordinates) => lineFeature(coordinates, { hue: 0, part: "done" })),
    });
    setData(this.map, "stops", { type: "FeatureCollection", features: [] });
    this.#drawAccuracy(slot);
  }

  /** @param {number} slot */
  #lines(slot) {
    /** @type {[number, number][][]} */
    const lines = [];
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const { lon, lat, ms } of this.#fixes) {
      if (ms - lastMs > GAP_MS) lines.push([]);
      lines.at(-1)?.push(this.edge.toMap([lon, lat]));
      lastMs = ms;
    }
    // The newest report lies ahead of the gliding sign: the line ends at the sign.
    const last = lines.at(-1);
    if (last && last.length > 1 && slot >= 0) last.splice(-1, 1, this.layer.shownLonLat(slot));
    return lines.filter((line) => line.length > 1);
  }

  /** @param {number} slot */
  #drawAccuracy(slot) {
    const { workers } = this.app;
    const radiusM = workers.accuracy[slot];
    const features = [];
    if (workers.isShown(slot) && radiusM !== undefined && radiusM >= 1) {
      const ring = circle(workers.lon[slot] ?? 0, workers.lat[slot] ?? 0, radiusM).map(this.edge.toMap);
      features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } });
    }
    setData(this.map, "selection", { type: "FeatureCollection", features });
  }
}

/**
 * @param {[number, number][]} coordinates
 * @param {Record<string, unknown>} properties
 */
export function lineFeature(coordinates, properties) {
  return { type: "Feature", properties, geometry: { type: "LineString", coordinates } };
}
