/** The map's own drawing from the back to the front, as MapLibre layers of one palette. */

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("../../vendor/maplibre-gl.mjs").LayerSpecification} Layer */
/** @typedef {import("../../vendor/maplibre-gl.mjs").ExpressionSpecification} Expression */

/** GeoJSON sources that the layers read; each is filled by its own module. */
export const SOURCES = /** @type {const} */ ([
  "county", "townships", "villages", "settlements", "roads", "water", "grids", "grid-labels", "division-labels",
  "fields", "lanes", "houses", "village-water", "places", "trail", "stops", "selection",
]);

export const DETAIL_ZOOM = 13.2;
const FONT = ["sans-serif"];

/** Layers that a real base map replaces. */
export const PLAN_GROUP = ["land", "fields", "settlement", "settlement-line", "water", "water-line", "village-water", "house", "road-casing", "road", "lane-casing", "lane"];
export const GRID_GROUP = ["grid-fill", "grid-line", "grid-label"];
export const LABEL_GROUP = ["place-label", "village-label", "grid-label", "water-label", "road-label"];

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function styleLayers(p) {
  return [...ground(p), ...grids(p), ...ways(p), ...borders(p), ...tracks(p), ...labels(p)];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
function ground(p) {
  return [
    { id: "outside", type: "background", paint: { "background-color": p.outside } },
    { id: "land", type: "fill", source: "county", paint: { "fill-color": p.land } },
    { id: "fields", type: "fill", source: "fields", minzoom: 12.8, paint: { "fill-color": fieldTone(p), "fill-opacity": fadeIn(12.9, 13.6), "fill-antialias": true, "fill-outline-color": p.land } },
    { id: "water", type: "fill", source: "water", filter: isPolygon(), paint: { "fill-color": p.water, "fill-outline-color": p.waterLine } },
    { id: "village-water", type: "fill", source: "village-water", filter: isPolygon(), minzoom: 12.8, paint: { "fill-color": p.water, "fill-outline-color": p.waterLine } },
    { id: "settlement", type: "fill", source: "settlements", filter: isPolygon(), minzoom: 10, paint: { "fill-color": p.settlement, "fill-opacity": fadeIn(10, 11) } },
    { id: "settlement-line", type: "line", source: "settlements", minzoom: 12, paint: { "line-color": p.settlementLine, "line-width": 0.8 } },
    { id: "water-line", type: "line", source: "water", filter: ["==", ["geometry-type"], "LineString"], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": p.water, "line-width": metres(["coalesce", ["get", "width_m"], 20], 1.2) } },
    { id: "house", type: "fill", source: "houses", minzoom: 14, paint: { "fill-color": p.house, "fill-outline-color": p.houseLine, "fill-opacity": fadeIn(14, 14.8) } },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
function grids(p) {
  /** @type {any} */
  const color = ["match", ["get", "color"], ...p.grids.flatMap((hex, i) => [i, hex]), p.grids[0]];
  return [
    { id: "grid-fill", type: "fill", source: "grids", paint: { "fill-color": color, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 9, p.gridOpacity, 13, p.gridOpacity * 0.9, 14.5, p.gridOpacity * 0.55, 17, p.gridOpacity * 0.35] } },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
function ways(p) {
  const round = /** @type {const} */ ({ "line-cap": "round", "line-join": "round" });
  const laneM = /** @type {Expression} */ (["coalesce", ["get", "width_m"], 4]);
  const roadM = /** @type {Expression} */ (["coalesce", ["get", "width_m"], 7]);
  return [
    { id: "lane-casing", type: "line", source: "lanes", minzoom: 13.4, layout: round, paint: { "line-color": p.laneCasing, "line-width": metres(laneM, 1.2, 1.4), "line-opacity": fadeIn(13.4, 14.2) } },
    { id: "road-casing", type: "line", source: "roads", minzoom: 10, layout: round, paint: { "line-color": p.roadCasing, "line-width": roadWidth(roadM, 1.4), "line-opacity": fadeIn(9.8, 11) } },
    { id: "lane", type: "line", source: "lanes", minzoom: 13.4, layout: round, paint: { "line-color": p.lane, "line-width": metres(laneM, 0.6), "line-opacity": fadeIn(13.4, 14.2) } },
    { id: "road", type: "line", source: "roads", layout: round, paint: { "line-color": p.road, "line-width": roadWidth(roadM, 0), "line-opacity": fadeIn(9, 10.5) } },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
function borders(p) {
  const join = /** @type {const} */ ({ "line-join": "round", "line-cap": "round" });
  return [
    { id: "grid-line", type: "line", source: "grids", minzoom: 12, layout: join, paint: { "line-color": p.grid, "line-width": widths([12, 0.4], [15, 1.2]), "line-opacity": 0.8 } },
    { id: "village-line", type: "line", source: "villages", layout: join, minzoom: 10, paint: { "line-color": p.village, "line-width": widths([10, 0.5], [13, 1.1], [16, 2]), "line-dasharray": [3, 2], "line-opacity": fadeIn(10, 11) } },
    { id: "township-casing", type: "line", source: "townships", layout: join, paint: { "line-color": p.halo, "line-width": widths([9, 3], [14, 6]), "line-opacity": 0.6 } },
    { id: "township-line", type: "line", source: "townships", layout: join, paint: { "line-color": p.township, "line-width": widths([9, 1.1], [14, 2.4]), "line-opacity": 0.9 } },
    { id: "county-line", type: "line", source: "county", layout: join, paint: { "line-color": p.township, "line-width": widths([9, 2.4], [14, 4]) } },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
function tracks(p) {
  const round = /** @type {const} */ ({ "line-cap": "round", "line-join": "round" });
  /** @type {any} */
  const hue = ["match", ["get", "hue"], ...p.tracks.flatMap((hex, i) => [i, hex]), p.tracks[0]];
  return [
    { id: "accuracy", type: "fill", source: "selection", paint: { "fill-color": p.mark, "fill-opacity": 0.08 } },
    { id: "trail-ahead", type: "line", source: "trail", filter: ["==", ["get", "part"], "ahead"], layout: round, paint: { "line-color": hue, "line-width": 2, "line-opacity": 0.35 } },
    { id: "trail-casing", type: "line", source: "trail", filter: ["!=", ["get", "part"], "ahead"], layout: round, paint: { "line-color": p.casing, "line-width": 5.5, "line-opacity": 0.85 } },
    { id: "trail-line", type: "line", source: "trail", filter: ["!=", ["get", "part"], "ahead"], layout: round, paint: { "line-color": hue, "line-width": 3 } },
    { id: "stop", type: "circle", source: "stops", paint: { "circle-radius": ["interpolate", ["linear"], ["get", "minutes"], 3, 5, 30, 9], "circle-color": p.paper, "circle-stroke-color": hue, "circle-stroke-width": 2.5 } },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
function labels(p) {
  const halo = { "text-halo-color": p.halo, "text-halo-width": 1.6, "text-halo-blur": 0.4 };
  return [
    { id: "water-label", type: "symbol", source: "water", minzoom: 11, filter: ["==", ["geometry-type"], "LineString"], layout: { "symbol-placement": "line", "symbol-spacing": 420, "text-field": ["coalesce", ["get", "name"], ""], "text-font": FONT, "text-size": 12, "text-letter-spacing": 0.25 }, paint: { ...halo, "text-color": p.waterText } },
    { id: "road-label", type: "symbol", source: "roads", minzoom: 12, layout: { "symbol-placement": "line", "symbol-spacing": 380, "text-field": ["coalesce", ["get", "name"], ""], "text-font": FONT, "text-size": 11 }, paint: { ...halo, "text-color": p.textSoft } },
    { id: "place-label", type: "symbol", source: "places", minzoom: 15, layout: { "text-field": ["concat", "◆ ", ["coalesce", ["get", "name"], ""]], "text-font": FONT, "text-size": 11, "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.2 }, paint: { ...halo, "text-color": p.textSoft } },
    { id: "grid-label", type: "symbol", source: "grid-labels", minzoom: 13, layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 13, 10.5, 16, 14], "text-letter-spacing": 0.04, "text-padding": 6 }, paint: { ...halo, "text-color": p.textSoft, "text-opacity": fadeIn(13, 13.5) } },
    { id: "village-label", type: "symbol", source: "division-labels", filter: ["==", ["get", "level"], 3], minzoom: 11, maxzoom: 15.5, layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 11, 11, 14, 15], "text-padding": ["interpolate", ["linear"], ["zoom"], 11, 12, 13, 4], "symbol-sort-key": ["get", "rank"] }, paint: { ...halo, "text-color": p.text } },
    { id: "township-label", type: "symbol", source: "division-labels", filter: ["==", ["get", "level"], 2], maxzoom: 12.6, layout: { "text-field": ["format", ["get", "name"], { "font-scale": 1 }, "\n", {}, ["get", "note"], { "font-scale": 0.76 }], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 8.5, 12, 11, 17], "text-line-height": 1.25, "text-padding": 2, "symbol-sort-key": 0, "text-allow-overlap": false }, paint: { ...halo, "text-halo-width": 2, "text-color": p.text } },
  ];
}

/**
 * @param {Palette} p
 * @returns {any}
 */
function fieldTone(p) {
  return ["case", ["==", ["%", ["coalesce", ["get", "tone"], 0], 2], 1], p.fields[1], p.fields[0]];
}

/** @returns {any} */
function isPolygon() {
  return ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false];
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {any}
 */
function fadeIn(from, to) {
  return ["interpolate", ["linear"], ["zoom"], from, 0, to, 1];
}

/**
 * @param {readonly [number, number][]} stops
 * @returns {any}
 */
function widths(...stops) {
  return ["interpolate", ["linear"], ["zoom"], ...stops.flat()];
}

/**
 * A width in metres on the ground, with a least width in pixels when zoomed out. At zoom 16 and latitude 37° a pixel is about 0.95 m.
 * @param {Expression} widthM
 * @param {number} leastPx
 * @param {number} [extraPx] for a casing
 * @returns {any}
 */
function metres(widthM, leastPx, extraPx = 0) {
  return ["interpolate", ["exponential", 2], ["zoom"], 12, leastPx + extraPx, 15, ["+", extraPx, ["max", leastPx, ["*", widthM, 0.52]]], 19, ["+", extraPx, ["*", widthM, 8.4]]];
}

/**
 * @param {Expression} widthM
 * @param {number} extraPx
 * @returns {any}
 */
function roadWidth(widthM, extraPx) {
  return ["interpolate", ["exponential", 1.6], ["zoom"], 9, ["+", extraPx, ["*", widthM, 0.06]], 12, ["+", extraPx, ["*", widthM, 0.17]], 15, ["+", extraPx, ["*", widthM, 0.55]], 19, ["+", extraPx, ["*", widthM, 8.4]]];
}
