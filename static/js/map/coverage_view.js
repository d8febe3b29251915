/** The coverage of one round on the map: adds its layers, keeps their numbers and colours, gives the plain map back when it is switched off. */

import { moveGeoJson } from "../core/datum.js";
import { children, phaseOf, shareOf } from "../patrol/progress.js";
import { mapMark, percent } from "../patrol/round_words.js";
import { CoverageCells } from "./coverage_cells.js";
import { coverageFills, coverageLabels, coverageLines, coveragePalette, SOURCES } from "./coverage_layers.js";
import { boxOf, gridLabels, pointFeature, setData } from "./plan.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {import("../patrol/store.js").PatrolStore} PatrolStore */
/** @typedef {import("../patrol/progress.js").GridRound} GridRound */
/** @typedef {import("./plan.js").Collection} Collection */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */

const EMPTY = /** @type {Collection} */ ({ type: "FeatureCollection", features: [] });
/** The coloured grids and the plain names make room for the coverage. */
const REPLACED = ["grid-fill", "grid-label", "village-label", "township-label"];
const LABELS_EVERY_MS = 2000;

export class CoverageView {
  #on = false;
  #chosen = "";
  #labelsMs = Number.NEGATIVE_INFINITY;
  #labelsTimer = 0;
  /** @type {Map<string, string>} what the map was told of each grid */
  #told = new Map();
  /** @type {Map<string, any>} layers that were switched off for the coverage, and how they stood before */
  #before = new Map();

  /**
   * @param {App} app
   * @param {{map: MapLibre, store: PatrolStore, edge: Edge, grids: Collection, villages: Collection, dark: boolean, still: boolean, onError: (error: unknown) => void}} parts
   */
  constructor(app, { map, store, edge, grids, villages, dark, still, onError }) {
    this.app = app;
    this.map = map;
    this.store = store;
    this.edge = edge;
    this.grids = grids;
    this.dark = dark;
    this.gridNames = gridLabels(grids, app.world.values.divisions);
    for (const [i, f] of this.gridNames.features.entries()) f.properties.code = grids.features[i].properties.code;
    this.cells = new CoverageCells(map, { edge, still, onError });
    this.cells.villages = villages.features.map(({ properties, geometry }) => ({
      code: properties.code,
      box: boxOf(geometry),
    }));
    store.onCells = (news) => this.#on && this.cells.see(news);
    app.state.on(["coverage"], () => this.update());
    app.state.on(["grid"], () => this.#choose());
    store.state.on(["grids", "round", "day", "pastMs"], () => this.update());
  }

  /** Draws what is known; the layers are added the first time that somebody wants to see them. */
  update() {
    const { coverage } = this.app.state.values;
    const { round, day, pastMs } = this.store.values;
    if (coverage && !this.map.getSource(SOURCES.grids)) this.#add();
    if (coverage !== this.#on) this.#switch(coverage);
    if (!coverage) return this.cells.show(false, null);
    this.cells.show(true, round ? { day, ordinal: round.ordinal } : null, pastMs);
    this.#tellGrids();
    this.#labelSoon();
    this.#choose();
  }

  /** @param {boolean} dark */
  setDark(dark) {
    this.dark = dark;
    if (!this.map.getSource(SOURCES.grids)) return;
    for (const layer of this.#layers()) {
      for (const [name, value] of Object.entries(layer.paint ?? {}))
        this.map.setPaintProperty(layer.id, /** @type {any} */ (name), value);
    }
  }

  /**
   * While reachable cells are drawn, the round's hexagons would lie under them in other colours.
   * @param {boolean} on
   */
  setEditing(on) {
    this.#editing = on;
    if (this.map.getLayer("coverage-cell"))
      this.map.setFilter("coverage-cell", /** @type {any} */ (on ? ["==", ["get", "seen"], "no"] : null));
  }

  #editing = false;

  #layers() {
    const p = coveragePalette(this.dark);
    return [...coverageFills(p), ...coverageLines(p), ...coverageLabels(p)];
  }

  #add() {
    const { map } = this;
    const empty = { type: /** @type {const} */ ("geojson"), data: /** @type {any} */ (EMPTY) };
    const data = /** @type {any} */ (moveGeoJson(this.grids, this.edge.toMap));
    map.addSource(SOURCES.grids, { type: "geojson", data, promoteId: "code", tolerance: 0.3 });
    map.addSource(SOURCES.cells, { ...empty, tolerance: 0.1, buffer: 8 });
    map.addSource(SOURCES.labels, empty);
    const p = coveragePalette(this.dark);
    const under = ["lane-casing", "road", "grid-line"].find((id) => map.getLayer(id));
    for (const layer of coverageFills(p)) map.addLayer(layer, under);
    for (const layer of coverageLines(p)) map.addLayer(layer, "township-casing");
    for (const layer of coverageLabels(p)) map.addLayer(layer);
    this.setEditing(this.#editing);
  }

  /** @param {boolean} on */
  #switch(on) {
    this.#on = on;
    const { map } = this;
    for (const { id } of this.#layers())
      if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
    for (const id of REPLACED) {
      if (!map.getLayer(id)) continue;
      if (on) this.#before.set(id, map.getLayoutProperty(id, "visibility") ?? "visible");
      map.setLayoutProperty(id, "visibility", on ? "none" : (this.#before.get(id) ?? "visible"));
    }
    document.body.classList.toggle("has-coverage", on);
  }

  /** Tells the map what changed since it was told last. */
  #tellGrids() {
    for (const grid of this.store.values.grids.values()) {
      const phase = phaseOf(grid);
      const trouble = phase === "will_miss" || phase === "missed" ? 2 : phase === "at_risk" ? 1 : 0;
      const share = shareOf(grid);
      const words = `${share.toFixed(3)}${trouble}`;
      if (this.#told.get(grid.code) === words) continue;
      this.#told.set(grid.code, words);
      this.map.setFeatureState({ source: SOURCES.grids, id: grid.code }, { share, trouble });
    }
  }

  #choose() {
    const { grid } = this.app.state.values;
    if (grid === this.#chosen || !this.map.getSource(SOURCES.grids)) return;
    if (this.#chosen) this.map.setFeatureState({ source: SOURCES.grids, id: this.#chosen }, { chosen: 0 });
    this.#chosen = grid;
    if (grid) this.map.setFeatureState({ source: SOURCES.grids, id: grid }, { chosen: 1 });
  }

  /** Numbers that change many times a second cannot be read: the labels change every other second. */
  #labelSoon() {
    clearTimeout(this.#labelsTimer);
    const waitMs = this.#labelsMs + LABELS_EVERY_MS - performance.now();
    if (waitMs <= 0) return this.#label();
    this.#labelsTimer = setTimeout(() => this.#label(), waitMs);
  }

  #label() {
    if (!this.#on) return;
    this.#labelsMs = performance.now();
    setData(
      this.map,
      SOURCES.labels,
      moveGeoJson({ type: "FeatureCollection", features: this.#labels() }, this.edge.toMap),
    );
  }

  #labels() {
    const { t, world } = this.app;
    const { grids } = this.store.values;
    const sums = [
      ...children(grids, ""),
      ...[...world.values.divisions.values()]
        .filter(({ level }) => level === 2)
        .flatMap(({ code }) => children(grids, code)),
    ];
    const divisions = sums.flatMap(({ code, sum }) => {
      const division = world.values.divisions.get(code);
      if (!division) return [];
      const note = t(division.level === 2 ? "patrol.map.town" : "patrol.map.village", {
        share: percent(sum.share),
        done: sum.done,
        all: sum.due,
      });
      const { name, level, lon, lat } = division;
      return [pointFeature(lon, lat, { name, level, note, rank: Number(code.slice(9)) })];
    });
    return [...divisions, ...this.gridNames.features.map((feature) => this.#gridLabel(feature, grids))];
  }

  /**
   * @param {any} feature
   * @param {ReadonlyMap<string, GridRound>} grids
   */
  #gridLabel(feature, grids) {
    const { code, name } = feature.properties;
    const grid = grids.get(code);
    const trouble = grid ? phaseOf(grid) === "will_miss" || phaseOf(grid) === "missed" : false;
    const properties = { code, name, level: 4, note: grid ? mapMark(grid, this.app.t) : "", rank: trouble ? 0 : 1 };
    return { ...feature, properties };
  }
}
