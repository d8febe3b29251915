/** The look of the coverage: grids tinted by their progress from afar, the hexagons themselves close up, both from grey to green. */

import { fadeIn } from "./expressions.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").LayerSpecification} Layer */

/**
 * @typedef {object} CoveragePalette
 * @property {readonly [number, string][]} ramp share and colour
 * @property {string} unseen
 * @property {string} seen
 * @property {string} fresh a cell seen a moment ago
 * @property {string} rim between hexagons
 * @property {string} miss outline of a grid that will miss its window, or did
 * @property {string} risk
 * @property {string} chosen outline of the chosen grid
 * @property {string} text
 * @property {string} textSoft
 * @property {string} halo
 */

/** @type {CoveragePalette} */
const LIGHT = {
  ramp: [
    [0, "#c4cac6"],
    [0.3, "#b4d7c7"],
    [0.7, "#4fb592"],
    [1, "#00855f"],
  ],
  unseen: "#97a19b",
  seen: "#009e73",
  fresh: "#00d69b",
  rim: "#ffffff",
  miss: "#c24e00",
  risk: "#b87900",
  chosen: "#17211c",
  text: "#1c2822",
  textSoft: "#3e4b44",
  halo: "#fbfbf7",
};

/** @type {CoveragePalette} */
const DARK = {
  ramp: [
    [0, "#414b45"],
    [0.3, "#2c5547"],
    [0.7, "#1b8f6b"],
    [1, "#2cd6a3"],
  ],
  unseen: "#7d8a83",
  seen: "#1fc796",
  fresh: "#8dffd9",
  rim: "#141b18",
  miss: "#ff8f4d",
  risk: "#f0b429",
  chosen: "#ffffff",
  text: "#eef3f0",
  textSoft: "#c3cec8",
  halo: "#101613",
};

/** Where the hexagons take over from the tinted grids. */
export const CELLS_ZOOM = 13.2;
export const SOURCES = /** @type {const} */ ({
  grids: "coverage-grids",
  cells: "coverage-cells",
  labels: "coverage-labels",
});
export const FONT = ["sans-serif"];

/** @param {boolean} dark */
export const coveragePalette = (dark) => (dark ? DARK : LIGHT);

/**
 * What lies over the fills and under the lanes.
 * @param {CoveragePalette} p
 * @returns {Layer[]}
 */
export function coverageFills(p) {
  /** @type {any} */
  const share = ["coalesce", ["feature-state", "share"], 0];
  /** @type {any} */
  const seen = ["==", ["coalesce", ["feature-state", "seen"], ["get", "seen"]], 1];
  /** @type {any} */
  const tint = ["interpolate", ["linear"], ["zoom"], 9, 0.86, 13.1, 0.7, 13.6, 0.34, 14.4, 0.12];
  return [
    {
      id: "coverage-grid",
      type: "fill",
      source: SOURCES.grids,
      paint: { "fill-color": ["interpolate", ["linear"], share, ...p.ramp.flat()], "fill-opacity": tint },
    },
    {
      id: "coverage-cell",
      type: "fill",
      source: SOURCES.cells,
      minzoom: CELLS_ZOOM,
      paint: {
        "fill-color": ["case", ["==", ["feature-state", "fresh"], 1], p.fresh, seen, p.seen, p.unseen],
        "fill-opacity": [
          "interpolate",
          ["linear"],
          ["zoom"],
          CELLS_ZOOM,
          ["case", seen, 0.4, 0.2],
          13.7,
          ["case", seen, 0.62, 0.42],
          17,
          ["case", seen, 0.5, 0.3],
        ],
        "fill-outline-color": p.rim,
      },
    },
  ];
}

/**
 * What lies over the borders: grids in trouble, and the chosen one.
 * @param {CoveragePalette} p
 * @returns {Layer[]}
 */
export function coverageLines(p) {
  /** @type {any} */
  const trouble = ["coalesce", ["feature-state", "trouble"], 0];
  return [
    {
      id: "coverage-trouble",
      type: "line",
      source: SOURCES.grids,
      minzoom: 12.6,
      layout: { "line-join": "round" },
      paint: {
        "line-color": ["case", ["==", trouble, 2], p.miss, p.risk],
        "line-width": ["interpolate", ["linear"], ["zoom"], 12.6, 0.8, 14, 2, 17, 3],
        "line-offset": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 15, 1.6],
        // A grid that is only slow is marked close up: from afar, too many marks would hide those that matter.
        "line-opacity": [
          "interpolate",
          ["linear"],
          ["zoom"],
          12.6,
          ["case", ["==", trouble, 2], 0.9, 0],
          13.4,
          ["case", [">", trouble, 0], 0.95, 0],
        ],
      },
    },
    {
      id: "coverage-chosen",
      type: "line",
      source: SOURCES.grids,
      layout: { "line-join": "round" },
      paint: {
        "line-color": p.chosen,
        "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.6, 15, 3],
        "line-opacity": ["case", ["==", ["feature-state", "chosen"], 1], 1, 0],
      },
    },
  ];
}

/**
 * Names with numbers: townships from afar, then villages, then grids.
 * @param {CoveragePalette} p
 * @returns {Layer[]}
 */
export function coverageLabels(p) {
  const paint = { "text-halo-color": p.halo, "text-halo-width": 1.8, "text-halo-blur": 0.4, "text-color": p.text };
  /** @type {(scale: number) => any} */
  const twoLines = (scale) => [
    "format",
    ["get", "name"],
    { "font-scale": 1 },
    "\n",
    {},
    ["get", "note"],
    { "font-scale": scale },
  ];
  return [
    {
      id: "coverage-grid-label",
      type: "symbol",
      source: SOURCES.labels,
      filter: ["==", ["get", "level"], 4],
      minzoom: 13.4,
      layout: {
        "text-field": twoLines(0.95),
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 10.5, 16, 14],
        "text-line-height": 1.2,
        "text-padding": 3,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: { ...paint, "text-opacity": fadeIn(13.4, 13.8) },
    },
    {
      id: "coverage-village-label",
      type: "symbol",
      source: SOURCES.labels,
      filter: ["==", ["get", "level"], 3],
      minzoom: 11,
      maxzoom: 14.4,
      layout: {
        "text-field": twoLines(0.9),
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 11, 11, 14, 15],
        "text-line-height": 1.2,
        "text-padding": ["interpolate", ["linear"], ["zoom"], 11, 8, 13, 3],
        "symbol-sort-key": ["get", "rank"],
      },
      paint,
    },
    {
      id: "coverage-township-label",
      type: "symbol",
      source: SOURCES.labels,
      filter: ["==", ["get", "level"], 2],
      maxzoom: 12.2,
      layout: {
        "text-field": twoLines(0.82),
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 8.5, 12, 11, 17],
        "text-line-height": 1.25,
        "text-padding": 2,
        "symbol-sort-key": 0,
      },
      paint: { ...paint, "text-halo-width": 2 },
    },
  ];
}
