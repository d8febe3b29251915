/** Expressions that several layers of the map share. */

/** @typedef {import("../../vendor/maplibre-gl.mjs").ExpressionSpecification} Expression */

/** @returns {any} */
export function isPolygon() {
  return ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false];
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {any}
 */
export function fadeIn(from, to) {
  return ["interpolate", ["linear"], ["zoom"], from, 0, to, 1];
}

/**
 * @param {readonly [number, number][]} stops
 * @returns {any}
 */
export function widths(...stops) {
  return ["interpolate", ["linear"], ["zoom"], ...stops.flat()];
}

/**
 * A width in metres on the ground, with a least width in pixels when zoomed out. At zoom 16 and latitude 37° a pixel is about 0.95 m.
 * @param {Expression} widthM
 * @param {number} leastPx
 * @param {number} [extraPx] for a casing
 * @returns {any}
 */
export function metres(widthM, leastPx, extraPx = 0) {
  return [
    "interpolate",
    ["exponential", 2],
    ["zoom"],
    12,
    leastPx + extraPx,
    15,
    ["+", extraPx, ["max", leastPx, ["*", widthM, 0.52]]],
    19,
    ["+", extraPx, ["*", widthM, 8.4]],
  ];
}

/**
 * @param {Expression} widthM
 * @param {number} extraPx
 * @returns {any}
 */
export function roadWidth(widthM, extraPx) {
  return [
    "interpolate",
    ["exponential", 1.6],
    ["zoom"],
    9,
    ["+", extraPx, ["*", widthM, 0.06]],
    12,
    ["+", extraPx, ["*", widthM, 0.17]],
    15,
    ["+", extraPx, ["*", widthM, 0.55]],
    19,
    ["+", extraPx, ["*", widthM, 8.4]],
  ];
}
