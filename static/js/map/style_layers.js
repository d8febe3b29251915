/** The map's own drawing from the back to the front, as MapLibre layers of one palette. */

import { grids, ground, ways } from "./style_ground.js";
import { borders, labels, tracks } from "./style_lines.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("../../vendor/maplibre-gl.mjs").LayerSpecification} Layer */

/** GeoJSON sources that the layers read; each is filled by its own module. */
export const SOURCES = /** @type {const} */ ([
  "county",
  "townships",
  "villages",
  "settlements",
  "roads",
  "water",
  "grids",
  "grid-labels",
  "division-labels",
  "fields",
  "lanes",
  "houses",
  "village-water",
  "places",
  "trail",
  "stops",
  "selection",
]);

export const DETAIL_ZOOM = 13.2;

/** Layers that a real base map replaces. */
export const PLAN_GROUP = [
  "land",
  "fields",
  "settlement",
  "settlement-line",
  "water",
  "water-line",
  "village-water",
  "ditch",
  "yard",
  "house",
  "road-casing",
  "road",
  "lane-casing",
  "lane",
];
export const GRID_GROUP = ["grid-fill", "grid-line", "grid-label"];
export const LABEL_GROUP = ["place-label", "village-label", "grid-label", "water-label", "road-label"];

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function styleLayers(p) {
  return [...ground(p), ...grids(p), ...ways(p), ...borders(p), ...tracks(p), ...labels(p)];
}
