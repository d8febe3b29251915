/** What lies over the ground: borders, tracks, and the names. */

import { fadeIn, widths } from "./expressions.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("../../vendor/maplibre-gl.mjs").LayerSpecification} Layer */

const FONT = ["sans-serif"];

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function borders(p) {
  const join = /** @type {const} */ ({ "line-join": "round", "line-cap": "round" });
  return [
    {
      id: "grid-line",
      type: "line",
      source: "grids",
      minzoom: 12,
      layout: join,
      paint: { "line-color": p.grid, "line-width": widths([12, 0.4], [15, 1.2]), "line-opacity": 0.8 },
    },
    {
      id: "village-line",
      type: "line",
      source: "villages",
      layout: join,
      minzoom: 10,
      paint: {
        "line-color": p.village,
        "line-width": widths([10, 0.5], [13, 1.1], [16, 2]),
        "line-dasharray": [3, 2],
        "line-opacity": fadeIn(10, 11),
      },
    },
    {
      id: "township-casing",
      type: "line",
      source: "townships",
      layout: join,
      paint: { "line-color": p.halo, "line-width": widths([9, 3], [14, 6]), "line-opacity": 0.6 },
    },
    {
      id: "township-line",
      type: "line",
      source: "townships",
      layout: join,
      paint: { "line-color": p.township, "line-width": widths([9, 1.1], [14, 2.4]), "line-opacity": 0.9 },
    },
    {
      id: "county-line",
      type: "line",
      source: "county",
      layout: join,
      paint: { "line-color": p.township, "line-width": widths([9, 2.4], [14, 4]) },
    },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function tracks(p) {
  const round = /** @type {const} */ ({ "line-cap": "round", "line-join": "round" });
  /** @type {any} */
  const hue = ["match", ["get", "hue"], ...p.tracks.flatMap((hex, i) => [i, hex]), p.tracks[0]];
  return [
    { id: "accuracy", type: "fill", source: "selection", paint: { "fill-color": p.mark, "fill-opacity": 0.08 } },
    {
      id: "trail-ahead",
      type: "line",
      source: "trail",
      filter: ["==", ["get", "part"], "ahead"],
      layout: round,
      paint: { "line-color": hue, "line-width": 2, "line-opacity": 0.35 },
    },
    {
      id: "trail-casing",
      type: "line",
      source: "trail",
      filter: ["!=", ["get", "part"], "ahead"],
      layout: round,
      paint: { "line-color": p.casing, "line-width": 5.5, "line-opacity": 0.85 },
    },
    {
      id: "trail-line",
      type: "line",
      source: "trail",
      filter: ["!=", ["get", "part"], "ahead"],
      layout: round,
      paint: { "line-color": hue, "line-width": 3 },
    },
    {
      id: "stop",
      type: "circle",
      source: "stops",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["get", "minutes"], 3, 5, 30, 9],
        "circle-color": p.paper,
        "circle-stroke-color": hue,
        "circle-stroke-width": 2.5,
      },
    },
  ];
}

/**
 * @param {Palette} p
 * @returns {Layer[]}
 */
export function labels(p) {
  const halo = { "text-halo-color": p.halo, "text-halo-width": 1.6, "text-halo-blur": 0.4 };
  return [
    {
      id: "water-label",
      type: "symbol",
      source: "water",
      minzoom: 11,
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-field": ["coalesce", ["get", "name"], ""],
        "text-font": FONT,
        "text-size": 12,
        "text-letter-spacing": 0.25,
      },
      paint: { ...halo, "text-color": p.waterText },
    },
    {
      id: "road-label",
      type: "symbol",
      source: "roads",
      minzoom: 12,
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 380,
        "text-field": ["coalesce", ["get", "name"], ""],
        "text-font": FONT,
        "text-size": 11,
      },
      paint: { ...halo, "text-color": p.textSoft },
    },
    {
      id: "place-label",
      type: "symbol",
      source: "places",
      minzoom: 14.6,
      // Wells are many: they are named only close up.
      filter: [
        "all",
        ["==", ["geometry-type"], "Point"],
        ["any", ["!=", ["get", "use"], "well"], [">=", ["zoom"], 16]],
      ],
      layout: {
        "text-field": ["concat", "◆ ", ["coalesce", ["get", "name"], ""]],
        "text-font": FONT,
        "text-size": 11,
        "text-variable-anchor": ["left", "right", "top", "bottom"],
        "text-radial-offset": 0.2,
      },
      paint: { ...halo, "text-color": p.textSoft },
    },
    {
      id: "grid-label",
      type: "symbol",
      source: "grid-labels",
      minzoom: 13.6,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 10.5, 16, 14],
        "text-letter-spacing": 0.04,
        "text-padding": 6,
      },
      paint: { ...halo, "text-color": p.textSoft, "text-opacity": fadeIn(13.6, 14) },
    },
    {
      id: "village-label",
      type: "symbol",
      source: "division-labels",
      filter: ["==", ["get", "level"], 3],
      minzoom: 11,
      maxzoom: 15.5,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 11, 11, 14, 15],
        "text-anchor": "bottom",
        "text-offset": [0, -0.7],
        "text-padding": ["interpolate", ["linear"], ["zoom"], 11, 12, 13, 4],
        "symbol-sort-key": ["get", "rank"],
      },
      paint: { ...halo, "text-color": p.text },
    },
    {
      id: "township-label",
      type: "symbol",
      source: "division-labels",
      filter: ["==", ["get", "level"], 2],
      maxzoom: 12.6,
      layout: {
        "text-field": [
          "format",
          ["get", "name"],
          { "font-scale": 1 },
          "\n",
          {},
          ["get", "note"],
          { "font-scale": 0.76 },
        ],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 8.5, 12, 11, 17],
        "text-line-height": 1.25,
        "text-padding": 2,
        "symbol-sort-key": 0,
        "text-allow-overlap": false,
      },
      paint: { ...halo, "text-halo-width": 2, "text-color": p.text },
    },
  ];
}
