/** The hexagons in view: read a village at a time, drawn as one source, turned green one by one as cells are walked. */

import { moveGeoJson } from "../core/datum.js";
import { get } from "../net/api.js";
import { CellStore } from "../patrol/cells.js";
import { CELLS_ZOOM, SOURCES } from "./coverage_layers.js";
import { setData } from "./plan.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {{code: string, box: [number, number, number, number]}} Place */
/** @typedef {(cell: string, asGeoJson: boolean) => number[][]} ToBoundary */

// What a map of this kind draws without a stutter; at the zoom where hexagons appear a wall screen holds about as many.
const MOST_CELLS = 26_000;
const LOADS_AT_ONCE = 3;
const FRESH_MS = 2500;
const RETRY_MS = 15_000;
const REREAD_MS = 20_000;
const DRAW_MS = 90;

export class CoverageCells {
  #store = new CellStore();
  /** Rings by village, in the map's datum. @type {Map<string, any[]>} */
  #rings = new Map();
  /** @type {Set<string>} */
  #loading = new Set();
  /** Villages that could not be read, and until when they rest. @type {Map<string, number>} */
  #resting = new Map();
  /** Villages that were read anew, and until when that is enough. @type {Map<string, number>} */
  #rereadMs = new Map();
  /** @type {ToBoundary | null} */
  #toBoundary = null;
  /** @type {{day: string, ordinal: number} | null} */
  #round = null;
  /** The past instant that is shown, null for what is known now. @type {number | null} */
  #pastMs = null;
  #drawTimer = 0;
  #on = false;
  /** @type {readonly Place[]} */
  villages = [];

  /**
   * @param {MapLibre} map
   * @param {{edge: Edge, still: boolean, onError: (error: unknown) => void}} options `still` where motion is not wanted
   */
  constructor(map, { edge, still, onError }) {
    this.map = map;
    this.edge = edge;
    this.still = still;
    this.onError = onError;
    map.on("moveend", () => this.update());
  }

  /** How many hexagons are kept, for the tests of the page. */
  get size() {
    return this.#store.size;
  }

  /**
   * @param {boolean} on
   * @param {{day: string, ordinal: number} | null} round
   * @param {number | null} [pastMs] the instant of that round to show; from minute to minute nothing is read again
   */
  show(on, round, pastMs = null) {
    const isPast = pastMs !== null;
    const sameRound = round?.day === this.#round?.day && round?.ordinal === this.#round?.ordinal;
    const same = sameRound && isPast === (this.#pastMs !== null);
    this.#pastMs = pastMs;
    if (same && isPast) this.#goTo(pastMs);
    if (!same) {
      this.#store.clear();
      this.#rings.clear();
      this.#resting.clear();
      this.#round = round;
      this.map.removeFeatureState({ source: SOURCES.cells });
      this.#draw();
    }
    this.#on = on && round !== null;
    this.update();
  }

  /** @param {number} ms */
  #goTo(ms) {
    for (const { id, seen } of this.#store.goTo(ms))
      this.map.setFeatureState({ source: SOURCES.cells, id }, { seen, fresh: 0 });
    for (const village of this.#store.behind(ms)) if (!this.#loading.has(village)) this.#load(village);
  }

  /** Reads what came into view, the nearest to the middle first. */
  update() {
    if (!this.#on || this.map.getZoom() < CELLS_ZOOM - 0.2) return;
    const seen = this.#villagesInView();
    let changed = false;
    for (const code of seen.toReversed()) this.#store.touch(code);
    for (const code of seen) {
      if (this.#loading.size >= LOADS_AT_ONCE) break;
      const rests = (this.#resting.get(code) ?? 0) > performance.now();
      if (this.#loading.has(code) || this.#store.villages.has(code) || rests) continue;
      // A village that was forgotten for the sake of nearer ones is not read again and again.
      if (this.#store.size >= MOST_CELLS && !this.#isNear(code, seen)) continue;
      this.#load(code);
      changed = true;
    }
    if (!changed && this.#rings.size !== this.#store.villages.size) this.#drawSoon();
  }

  /**
   * @param {string} code
   * @param {readonly string[]} seen
   */
  #isNear(code, seen) {
    return seen.indexOf(code) < this.#store.villages.size / 2;
  }

  #villagesInView() {
    const bounds = this.map.getBounds();
    const [west, south] = this.edge.fromMap([bounds.getWest(), bounds.getSouth()]);
    const [east, north] = this.edge.fromMap([bounds.getEast(), bounds.getNorth()]);
    const [x, y] = [(west + east) / 2, (south + north) / 2];
    /** @param {Place} place */
    const far = ({ box }) => ((box[0] + box[2]) / 2 - x) ** 2 + ((box[1] + box[3]) / 2 - y) ** 2;
    return this.villages
      .filter(({ box }) => box[0] < east && box[2] > west && box[1] < north && box[3] > south)
      .sort((a, b) => far(a) - far(b))
      .map(({ code }) => code);
  }

  /** @param {string} code */
  async #load(code) {
    const round = this.#round;
    if (!round) return;
    this.#loading.add(code);
    try {
      const pastMs = this.#pastMs;
      const query = new URLSearchParams(
        pastMs === null
          ? { area: code, day: round.day, round: String(round.ordinal) }
          : { area: code, time: String(pastMs) },
      );
      const [answer] = await Promise.all([get(`/api/v1/patrol/cells?${query}`), this.#learn()]);
      if (round !== this.#round || (pastMs === null) !== (this.#pastMs === null)) return;
      this.#store.put(code, answer);
      if (this.#pastMs !== null) this.#goTo(this.#pastMs); // it may have gone on meanwhile
      this.#store.trim(MOST_CELLS);
      if (this.#rings.get(code)?.length !== answer.cells.length) this.#rings.delete(code);
      this.#drawSoon();
    } catch (error) {
      this.#resting.set(code, performance.now() + RETRY_MS);
      this.onError(error);
    } finally {
      this.#loading.delete(code);
    }
    this.update();
  }

  /** The hexagon mathematics comes only for those who look at hexagons. */
  async #learn() {
    this.#toBoundary ??= (await import("../../vendor/h3-js.mjs")).cellToBoundary;
  }

  /**
   * What the live stream said; a grid whose count does not agree missed something and is read anew.
   * @param {readonly import("../patrol/progress.js").LiveGrid[]} news
   */
  see(news) {
    /** @type {Set<string>} */
    const behind = new Set();
    for (const { code, drawn, new: indices } of news) {
      const fresh = this.#store.see(code, indices ?? []);
      for (const id of fresh) this.#turnGreen(id);
      const known = this.#store.covered(code);
      if (known !== null && known !== drawn) behind.add(code.slice(0, 12));
    }
    const nowMs = performance.now();
    for (const village of behind) {
      if (this.#loading.has(village) || (this.#rereadMs.get(village) ?? 0) > nowMs) continue;
      this.#rereadMs.set(village, nowMs + REREAD_MS);
      this.#load(village);
    }
  }

  /** @param {number} id */
  #turnGreen(id) {
    const cell = { source: SOURCES.cells, id };
    this.map.setFeatureState(cell, { seen: 1, fresh: this.still ? 0 : 1 });
    if (!this.still) setTimeout(() => this.map.setFeatureState(cell, { fresh: 0 }), FRESH_MS);
  }

  /** Villages that arrive together are drawn once, and a stream of them does not put the drawing off. */
  #drawSoon() {
    this.#drawTimer ||= setTimeout(() => this.#draw(), DRAW_MS);
  }

  #draw() {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = 0;
    if (!this.map.getSource(SOURCES.cells)) return;
    const features = [];
    for (const [village, { firstId, cells, seen }] of this.#store.villages) {
      const rings = this.#ringsOf(village, cells);
      for (const [n, ring] of rings.entries())
        features.push({
          type: "Feature",
          id: firstId + n,
          properties: { seen: seen[n] },
          geometry: { type: "Polygon", coordinates: [ring] },
        });
    }
    for (const village of this.#rings.keys()) if (!this.#store.villages.has(village)) this.#rings.delete(village);
    setData(this.map, SOURCES.cells, { type: "FeatureCollection", features });
  }

  /**
   * @param {string} village
   * @param {readonly string[]} cells
   */
  #ringsOf(village, cells) {
    const toBoundary = this.#toBoundary;
    if (!toBoundary) return [];
    let rings = this.#rings.get(village);
    if (!rings) {
      rings = moveGeoJson(
        cells.map((cell) => toBoundary(cell, true)),
        this.edge.toMap,
      );
      this.#rings.set(village, rings);
    }
    return rings;
  }
}
