/** The drawn plan of the county: the overview once, a village's own plan when it comes into view. */

import { moveGeoJson } from "../core/datum.js";
import { DETAIL_ZOOM } from "./style_layers.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("../../vendor/maplibre-gl.mjs").GeoJSONSource} GeoJSONSource */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {import("../core/roster.js").Division} Division */
/** @typedef {{type: "FeatureCollection", features: any[]}} Collection */
/** @typedef {{synthetic: boolean, attribution: string, layers: Record<string, Collection>}} Overview */

// A village's plan is some hundred shapes; forty of them are more than any screen shows at the zoom where they appear.
const KEPT_VILLAGES = 40;
const LOADS_AT_ONCE = 4;
/** Source on the map for each layer of a village's plan. */
const DETAIL = /** @type {const} */ ({
  lanes: "lanes",
  houses: "houses",
  fields: "fields",
  water: "village-water",
  places: "places",
});

/**
 * @param {MapLibre} map
 * @param {string} source
 * @param {Collection} data
 */
export function setData(map, source, data) {
  /** @type {GeoJSONSource | undefined} */ (map.getSource(source))?.setData(/** @type {any} */ (data));
}

/**
 * @param {MapLibre} map
 * @param {Overview} overview
 * @param {Edge} edge
 */
export function showOverview(map, overview, edge) {
  for (const name of ["county", "townships", "villages", "settlements", "roads", "water"]) {
    const data = overview.layers[name];
    if (data) setData(map, name, moveGeoJson(data, edge.toMap));
  }
}

export class VillagePlans {
  /** Least recently seen first. @type {Map<string, Record<string, Collection>>} */
  #kept = new Map();
  /** @type {Set<string>} */
  #loading = new Set();
  /** @type {{code: string, lon: number, lat: number, box: [number, number, number, number]}[]} */
  #villages = [];

  /**
   * @param {MapLibre} map
   * @param {{edge: Edge, load: (code: string) => Promise<{layers: Record<string, Collection>}>, onError: (error: unknown) => void}} options
   */
  constructor(map, { edge, load, onError }) {
    this.map = map;
    this.edge = edge;
    this.load = load;
    this.onError = onError;
    map.on("moveend", () => this.update());
  }

  /** @param {Collection} villages polygons with `code` */
  setVillages(villages) {
    this.#villages = villages.features.map((f) => {
      const box = boxOf(f.geometry);
      return { code: f.properties.code, lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2, box };
    });
    this.update();
  }

  /** Loads what came into view, nearest to the middle first; draws what there is. */
  update() {
    if (this.map.getZoom() < DETAIL_ZOOM) return;
    const bounds = this.map.getBounds();
    const [west, south] = this.edge.fromMap([bounds.getWest(), bounds.getSouth()]);
    const [east, north] = this.edge.fromMap([bounds.getEast(), bounds.getNorth()]);
    const [x, y] = [(west + east) / 2, (south + north) / 2];
    const seen = this.#villages
      .filter(({ box }) => box[0] < east && box[2] > west && box[1] < north && box[3] > south)
      .sort((a, b) => (a.lon - x) ** 2 + (a.lat - y) ** 2 - (b.lon - x) ** 2 - (b.lat - y) ** 2)
      .slice(0, KEPT_VILLAGES);
    for (const { code } of seen) {
      const plan = this.#kept.get(code);
      if (plan) {
        this.#kept.delete(code);
        this.#kept.set(code, plan);
      }
    }
    this.#loadSome(seen.map(({ code }) => code).filter((code) => !this.#kept.has(code)));
  }

  /** @param {string[]} codes */
  #loadSome(codes) {
    for (const code of codes) {
      if (this.#loading.size >= LOADS_AT_ONCE) return;
      if (this.#loading.has(code)) continue;
      this.#loading.add(code);
      this.#loadOne(code).catch(this.onError);
    }
  }

  /** @param {string} code */
  async #loadOne(code) {
    try {
      const { layers } = await this.load(code);
      this.#kept.set(code, moveGeoJson(layers, this.edge.toMap));
      for (const old of [...this.#kept.keys()].slice(0, Math.max(0, this.#kept.size - KEPT_VILLAGES)))
        this.#kept.delete(old);
      this.#drawSoon();
    } finally {
      this.#loading.delete(code);
    }
    this.update();
  }

  #drawTimer = 0;

  /** Several villages that arrive together are drawn once. */
  #drawSoon() {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = setTimeout(() => this.#draw(), 60);
  }

  #draw() {
    for (const [layer, source] of Object.entries(DETAIL)) {
      const features = [...this.#kept.values()].flatMap((layers) => layers[layer]?.features ?? []);
      setData(this.map, source, { type: "FeatureCollection", features });
    }
  }
}

/**
 * One label point a grid and a division: text on polygons would repeat once a tile. The village's name stands on the map already.
 * @param {Collection} grids
 * @param {ReadonlyMap<string, Division>} divisions
 * @returns {Collection}
 */
export function gridLabels(grids, divisions) {
  const features = grids.features.map(({ properties: { name, village, lon, lat } }) => {
    const prefix = divisions.get(village)?.name ?? "";
    const short = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    return pointFeature(lon, lat, { name: short || name });
  });
  return { type: "FeatureCollection", features };
}

/**
 * @param {Iterable<Division>} divisions
 * @param {(code: string) => string} note second line of a township's label
 * @returns {Collection}
 */
export function divisionLabels(divisions, note) {
  const features = [...divisions]
    .filter(({ level }) => level > 1)
    .map(({ code, name, level, lon, lat }) =>
      pointFeature(lon, lat, { name, level, note: level === 2 ? note(code) : "", rank: Number(code.slice(9)) }),
    );
  return { type: "FeatureCollection", features };
}

/**
 * @param {number} lon
 * @param {number} lat
 * @param {Record<string, unknown>} properties
 */
export function pointFeature(lon, lat, properties) {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } };
}

/**
 * @param {{coordinates: any}} geometry
 * @returns {[number, number, number, number]} west, south, east, north
 */
export function boxOf({ coordinates }) {
  /** @type {[number, number, number, number]} */
  const box = [180, 90, -180, -90];
  const flat = coordinates.flat(Number.POSITIVE_INFINITY);
  for (let i = 0; i + 1 < flat.length; i += 2) {
    box[0] = Math.min(box[0], flat[i]);
    box[1] = Math.min(box[1], flat[i + 1]);
    box[2] = Math.max(box[2], flat[i]);
    box[3] = Math.max(box[3], flat[i + 1]);
  }
  return box;
}
