/** Web Mercator in the unit square, and metres for it. */

/**
 * @param {number} lon degrees
 */
export const mercatorX = (lon) => lon / 360 + 0.5;

/**
 * @param {number} lat degrees
 */
export function mercatorY(lat) {
  const s = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]} lon, lat in degrees
 */
export function lonLatOf(x, y) {
  return [(x - 0.5) * 360, (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI];
}

/**
 * How much of the unit square one metre is at a latitude.
 * @param {number} lat
 */
export function unitsPerMetre(lat) {
  return 1 / (40_075_016.68 * Math.cos((lat * Math.PI) / 180));
}

/**
 * A ring of `radiusM` metres around a place, as a closed polygon.
 * @param {number} lon
 * @param {number} lat
 * @param {number} radiusM
 * @returns {[number, number][]}
 */
export function circle(lon, lat, radiusM, corners = 48) {
  const dLat = radiusM / 111_320;
  const dLon = dLat / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: corners + 1 }, (_, i) => {
    const turn = (2 * Math.PI * i) / corners;
    return [lon + dLon * Math.cos(turn), lat + dLat * Math.sin(turn)];
  });
}
