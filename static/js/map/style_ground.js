/** The ground of the map: land, fields, water, settlements, houses, the grids' colours, lanes and roads. */

import { fadeIn, isPolygon, metres, roadWidth } from "./expressions.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("../../vendor/maplibre-gl.mjs").LayerSpecification} Layer */
/** @typedef {import("./expressions.js").Expression} Expression */

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function ground(p) {
  return [
    { id: "outside", type: "background", paint: { "background-color": p.outside } },
    { id: "land", type: "fill", source: "county", paint: { "fill-color": p.land } },
    {
      id: "fields",
      type: "fill",
      source: "fields",
      minzoom: 12.8,
      paint: {
        "fill-color": fieldTone(p),
        "fill-opacity": fadeIn(12.9, 13.6),
        "fill-antialias": true,
        "fill-outline-color": p.land,
      },
    },
    {
      id: "water",
      type: "fill",
      source: "water",
      filter: isPolygon(),
      paint: { "fill-color": p.water, "fill-outline-color": p.waterLine },
    },
    {
      id: "village-water",
      type: "fill",
      source: "village-water",
      filter: isPolygon(),
      minzoom: 12.8,
      paint: { "fill-color": p.water, "fill-outline-color": p.waterLine },
    },
    {
      id: "ditch",
      type: "line",
      source: "village-water",
      filter: ["==", ["geometry-type"], "LineString"],
      minzoom: 14,
      paint: {
        "line-color": p.waterLine,
        "line-width": metres(["coalesce", ["get", "width_m"], 2], 0.6),
        "line-opacity": 0.8,
      },
    },
    {
      id: "settlement",
      type: "fill",
      source: "settlements",
      filter: isPolygon(),
      minzoom: 10,
      paint: { "fill-color": p.settlement, "fill-opacity": fadeIn(10, 11) },
    },
    {
      id: "settlement-line",
      type: "line",
      source: "settlements",
      minzoom: 12,
      paint: { "line-color": p.settlementLine, "line-width": 0.8 },
    },
    {
      id: "water-line",
      type: "line",
      source: "water",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": p.water, "line-width": metres(["coalesce", ["get", "width_m"], 20], 1.2) },
    },
    {
      id: "yard",
      type: "fill",
      source: "places",
      filter: isPolygon(),
      minzoom: 13.4,
      paint: { "fill-color": p.yard, "fill-outline-color": p.settlementLine, "fill-opacity": fadeIn(13.4, 14.2) },
    },
    {
      id: "house",
      type: "fill",
      source: "houses",
      minzoom: 14,
      paint: { "fill-color": p.house, "fill-outline-color": p.houseLine, "fill-opacity": fadeIn(14, 14.8) },
    },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function grids(p) {
  /** @type {any} */
  const color = ["match", ["get", "color"], ...p.grids.flatMap((hex, i) => [i, hex]), p.grids[0]];
  return [
    {
      id: "grid-fill",
      type: "fill",
      source: "grids",
      paint: {
        "fill-color": color,
        "fill-opacity": [
          "interpolate",
          ["linear"],
          ["zoom"],
          9,
          p.gridOpacity * 0.86,
          12,
          p.gridOpacity * 0.86,
          14.5,
          p.gridOpacity * 0.6,
          17,
          p.gridOpacity * 0.35,
        ],
      },
    },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function ways(p) {
  const round = /** @type {const} */ ({ "line-cap": "round", "line-join": "round" });
  const laneM = /** @type {Expression} */ (["coalesce", ["get", "width_m"], 4]);
  const roadM = /** @type {Expression} */ (["coalesce", ["get", "width_m"], 7]);
  return [
    {
      id: "lane-casing",
      type: "line",
      source: "lanes",
      minzoom: 13.4,
      layout: round,
      paint: { "line-color": p.laneCasing, "line-width": metres(laneM, 1.2, 1.4), "line-opacity": fadeIn(13.4, 14.2) },
    },
    {
      id: "road-casing",
      type: "line",
      source: "roads",
      minzoom: 10,
      layout: round,
      paint: { "line-color": p.roadCasing, "line-width": roadWidth(roadM, 1.4), "line-opacity": fadeIn(9.8, 11) },
    },
    {
      id: "lane",
      type: "line",
      source: "lanes",
      minzoom: 13.4,
      layout: round,
      paint: { "line-color": p.lane, "line-width": metres(laneM, 0.6), "line-opacity": fadeIn(13.4, 14.2) },
    },
    {
      id: "road",
      type: "line",
      source: "roads",
      layout: round,
      paint: { "line-color": p.road, "line-width": roadWidth(roadM, 0), "line-opacity": fadeIn(9, 10.5) },
    },
  ];
}

/**
 * @param {Palette} p
 * @returns {any}
 */
function fieldTone(p) {
  return [
    "case",
    ["==", ["get", "use"], "trees"],
    p.trees,
    ["==", ["%", ["coalesce", ["get", "tone"], 0], 2], 1],
    p.fields[1],
    p.fields[0],
  ];
}
