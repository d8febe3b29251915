/** Land that is closed to patrols: hatched, with its reason, over the fills and the hexagons and under the lanes. */

import { moveGeoJson } from "../core/datum.js";
import { FONT } from "./coverage_layers.js";
import { isPolygon } from "./expressions.js";
import { boxOf, pointFeature, setData } from "./plan.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} Map */

export const SOURCE = "closed";
const HATCH = "closed-hatch";
const LAYERS = /** @type {const} */ (["closed-fill", "closed-line", "closed-label"]);
const EMPTY = /** @type {const} */ ({ type: "FeatureCollection", features: [] });

/**
 * Adds the layers, or paints them anew.
 * @param {Map} map
 * @param {{text: string, halo: string}} palette
 * @param {boolean} dark
 */
export function drawClosed(map, palette, dark) {
  const color = dark ? "#ff9d8a" : "#a3271b";
  for (const id of LAYERS) if (map.getLayer(id)) map.removeLayer(id);
  if (map.hasImage(HATCH)) map.removeImage(HATCH);
  map.addImage(HATCH, hatch(color), { pixelRatio: 2 });
  if (!map.getSource(SOURCE)) map.addSource(SOURCE, { type: "geojson", data: EMPTY });
  const under = map.getLayer("lane-casing") ? "lane-casing" : undefined;
  map.addLayer(
    { id: LAYERS[0], type: "fill", source: SOURCE, filter: isPolygon(), paint: { "fill-pattern": HATCH } },
    under,
  );
  map.addLayer(
    {
      id: LAYERS[1],
      type: "line",
      source: SOURCE,
      filter: isPolygon(),
      paint: { "line-color": color, "line-width": 1.8, "line-dasharray": [3, 2] },
    },
    under,
  );
  map.addLayer({
    id: LAYERS[2],
    type: "symbol",
    source: SOURCE,
    minzoom: 12,
    filter: ["==", ["geometry-type"], "Point"],
    layout: { "text-field": ["get", "reason"], "text-font": FONT, "text-size": 12 },
    paint: { "text-color": palette.text, "text-halo-color": palette.halo, "text-halo-width": 1.8 },
  });
}

/**
 * What is closed on a day.
 * @param {Map} map
 * @param {{features: readonly any[]}} found
 * @param {string} day
 * @param {import("../core/datum.js").Edge} edge
 */
export function showClosed(map, found, day, edge) {
  const features = found.features.filter(({ properties: { from_day, to_day } }) => {
    return from_day <= day && (to_day === null || to_day >= day);
  });
  const labels = features.map(({ properties, geometry }) => {
    const [west, south, east, north] = boxOf(geometry);
    return pointFeature((west + east) / 2, (south + north) / 2, properties); // text on a shape would repeat once a tile
  });
  setData(map, SOURCE, moveGeoJson({ type: "FeatureCollection", features: [...features, ...labels] }, edge.toMap));
}

/**
 * Slanting lines that join from tile to tile.
 * @param {string} color
 */
function hatch(color) {
  const size = 20;
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  paint.strokeStyle = color;
  paint.globalAlpha = 0.75;
  paint.lineWidth = 2.4;
  for (const x of [-size, 0, size]) {
    paint.moveTo(x, size);
    paint.lineTo(x + size, 0);
  }
  paint.stroke();
  return paint.getImageData(0, 0, size, size);
}
