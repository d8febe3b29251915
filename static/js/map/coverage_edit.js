/** Hexagons that are drawn with the pointer: a stroke on the grid's ground adds or takes away, one that begins beside it moves the map. */

import { moveGeoJson } from "../core/datum.js";
import { cellsAlong, widen } from "../patrol/cell_ground.js";
import { setData } from "./plan.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("../core/datum.js").LonLat} LonLat */
/** @typedef {import("../patrol/cell_edit.js").CellEdit} CellEdit */
/** @typedef {{resolution: number, centers: ReadonlyMap<string, LonLat>, rings: ReadonlyMap<string, number[][]>, h3: import("../patrol/cell_ground.js").H3, reasons: ReadonlyMap<string, import("../patrol/reasons.js").Reason>, proposed: ReadonlySet<string>}} Ground */

const SOURCE = "reach-edit";
const LAYERS = ["reach-edit-fill", "reach-edit-line"];
const COLOURS = {
  light: {
    lane: "#0072b2",
    house: "#56b4e9",
    point: "#e69f00",
    track: "#009e73",
    hand: "#a0457f",
    removed: "#d55e00",
    rim: "#33566b",
  },
  dark: {
    lane: "#4fb3e8",
    house: "#9bd5ff",
    point: "#f0c05a",
    track: "#3fd0a5",
    hand: "#e39ac6",
    removed: "#ff9a5c",
    rim: "#9fc4d8",
  },
};

/** The colours of the reasons, for those who explain them. @param {boolean} dark */
export const reasonColours = (dark) => COLOURS[dark ? "dark" : "light"];

export class CoverageEdit {
  /** @type {CellEdit | null} */
  #edit = null;
  /** @type {Ground | null} */
  #ground = null;
  /** @type {Map<string, number>} */
  #ids = new Map();
  /** Where the stroke was last, null while none is drawn. @type {LonLat | null} */
  #last = null;
  #pointers = new Set();
  #stop = new AbortController();
  /** Of the brush, 0 for the hexagon under the pointer alone. */
  brushM = 0;

  /**
   * @param {MapLibre} map
   * @param {{edge: import("../core/datum.js").Edge, onChange: () => void}} options
   */
  constructor(map, { edge, onChange }) {
    this.map = map;
    this.edge = edge;
    this.onChange = onChange;
  }

  /**
   * @param {CellEdit} edit
   * @param {Ground} ground
   * @param {boolean} dark
   */
  start(edit, ground, dark) {
    this.stop();
    this.#edit = edit;
    this.#ground = ground;
    this.#draw(edit, ground, dark);
    this.#listen();
  }

  stop() {
    this.#stop.abort();
    this.#edit = null;
    this.#last = null;
    this.#pointers.clear();
    for (const id of LAYERS) if (this.map.getLayer(id)) this.map.removeLayer(id);
    if (this.map.getSource(SOURCE)) this.map.removeSource(SOURCE);
  }

  /** @param {boolean} dark */
  setDark(dark) {
    if (!this.#edit) return;
    for (const layer of layers(dark))
      for (const [name, value] of Object.entries(layer.paint))
        this.map.setPaintProperty(layer.id, /** @type {any} */ (name), /** @type {any} */ (value));
  }

  /** Adds cells as one stroke. @param {Iterable<string>} cells */
  add(cells) {
    const edit = this.#edit;
    const fresh = [...cells].filter((cell) => !edit?.has(cell));
    if (!edit || !fresh[0] || !edit.begin(fresh[0])) return;
    this.#tell(edit.paint(fresh));
    edit.end();
    this.onChange();
  }

  undo() {
    this.#tell(this.#edit?.undo() ?? []);
    this.onChange();
  }

  /**
   * @param {CellEdit} edit
   * @param {Ground} ground
   * @param {boolean} dark
   */
  #draw(edit, { rings, reasons, proposed }, dark) {
    const { map } = this;
    this.#ids = new Map([...edit.ground].map((cell, n) => [cell, n + 1]));
    const features = [...this.#ids].map(([cell, id]) => ({
      type: "Feature",
      id,
      properties: {
        had: edit.had(cell) ? 1 : 0,
        reason: reasons.get(cell) ?? "hand",
        proposed: proposed.has(cell) ? 1 : 0,
      },
      geometry: { type: "Polygon", coordinates: [rings.get(cell) ?? []] },
    }));
    map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] }, tolerance: 0.1 });
    const under = ["lane-casing", "road", "grid-line"].find((id) => map.getLayer(id));
    for (const layer of layers(dark)) map.addLayer(/** @type {any} */ (layer), under);
    setData(map, SOURCE, moveGeoJson({ type: "FeatureCollection", features }, this.edge.toMap));
  }

  /** @param {readonly string[]} cells that changed */
  #tell(cells) {
    for (const cell of cells)
      this.map.setFeatureState(
        { source: SOURCE, id: this.#ids.get(cell) ?? 0 },
        { chosen: this.#edit?.has(cell) ? 1 : 0 },
      );
  }

  /** Before the map's own listeners: a stroke moves nothing, and a click on the ground chooses nobody. */
  #listen() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const box = this.map.getCanvasContainer();
    const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ run) =>
      box.addEventListener(name, run, { capture: true, signal });
    const quiet = (/** @type {Event} */ event) => event.stopPropagation();
    const quietStroke = (/** @type {Event} */ event) => this.#last && event.stopPropagation();
    on("pointerdown", (event) => this.#down(event, box));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#up(event));
    on("mousedown", quietStroke);
    on("touchstart", quietStroke);
    on("touchmove", quietStroke);
    on("mousemove", (event) => (this.#last || event.buttons === 0) && event.stopPropagation());
    for (const name of ["click", "dblclick", "contextmenu"]) on(name, quiet);
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} box
   */
  #down(event, box) {
    const { pointerId, pointerType, button } = event;
    this.#pointers.add(pointerId);
    if (this.#pointers.size > 1) return this.#abandon();
    if (pointerType === "mouse" && button !== 0) return;
    const place = this.#placeOf(event);
    if (!this.#edit?.begin(this.#cellAt(place))) return;
    box.setPointerCapture(pointerId);
    this.#paint(place, place);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const place = this.#placeOf(event);
    if (this.#last) this.#paint(this.#last, place);
    else if (event.buttons === 0)
      this.map.getCanvas().style.cursor = this.#edit?.ground.has(this.#cellAt(place)) ? "crosshair" : "";
  }

  /** @param {PointerEvent} event */
  #up({ pointerId }) {
    this.#pointers.delete(pointerId);
    if (!this.#last) return;
    this.#last = null;
    this.#edit?.end();
    this.onChange();
  }

  #abandon() {
    this.#last = null;
    this.#tell(this.#edit?.abandon() ?? []);
    this.onChange();
  }

  /**
   * @param {LonLat} from
   * @param {LonLat} to
   */
  #paint(from, to) {
    const ground = this.#ground;
    if (!ground || !this.#edit) return;
    this.#last = to;
    const { centers, resolution, h3 } = ground;
    const under = cellsAlong(from, to, resolution, h3);
    const changed = this.#edit.paint(this.brushM ? widen(centers, under, this.brushM, h3) : under);
    if (changed.length === 0) return;
    this.#tell(changed);
    this.onChange();
  }

  /**
   * @param {PointerEvent} event
   * @returns {LonLat} in WGS-84
   */
  #placeOf({ clientX, clientY }) {
    const { left, top } = this.map.getCanvasContainer().getBoundingClientRect();
    const { lng, lat } = this.map.unproject([clientX - left, clientY - top]);
    return this.edge.fromMap([lng, lat]);
  }

  /** @param {LonLat} place */
  #cellAt([lon, lat]) {
    return this.#ground?.h3.latLngToCell(lat, lon, this.#ground.resolution) ?? "";
  }
}

/** @param {boolean} dark */
function layers(dark) {
  const p = COLOURS[dark ? "dark" : "light"];
  const had = ["==", ["get", "had"], 1];
  const chosen = ["==", ["coalesce", ["feature-state", "chosen"], ["get", "had"]], 1];
  const added = ["all", chosen, ["!", had]];
  const removed = ["all", ["!", chosen], had];
  const proposed = ["==", ["get", "proposed"], 1];
  const reason = [
    "match",
    ["get", "reason"],
    .../** @type {const} */ (["lane", "house", "point", "track"]).flatMap((name) => [name, p[name]]),
    p.hand,
  ];
  return [
    {
      id: "reach-edit-fill",
      type: "fill",
      source: SOURCE,
      paint: {
        "fill-color": ["case", added, ["case", proposed, p.track, p.hand], chosen, reason, removed, p.removed, p.track],
        "fill-opacity": ["case", added, 0.72, chosen, 0.46, removed, 0.3, proposed, 0.16, 0],
      },
    },
    {
      id: "reach-edit-line",
      type: "line",
      source: SOURCE,
      paint: {
        "line-color": ["case", removed, p.removed, ["all", proposed, ["!", chosen]], p.track, p.rim],
        "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.4, 16, ["case", removed, 1.6, proposed, 2, 0.9]],
        "line-opacity": ["case", chosen, 0.9, removed, 0.9, proposed, 1, 0.35],
      },
    },
  ];
}
