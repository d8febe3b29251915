/** WGS-84 to the GCJ-02 of some Chinese base maps and back; the product stores and speaks WGS-84 only. Degrees in, degrees out. */

/** @typedef {[number, number]} LonLat */
/** @typedef {{toMap: (p: LonLat) => LonLat, fromMap: (p: LonLat) => LonLat}} Edge */

const A = 6378245;
const EE = 0.006693421622965943;

/** Where the map's datum is our own. @type {Edge} */
const SAME = { toMap: (p) => p, fromMap: (p) => p };

/**
 * The one place where coordinates cross between the product and the base map.
 * @param {"wgs84" | "gcj02"} datum
 * @returns {Edge}
 */
export function edgeOf(datum) {
  return datum === "gcj02" ? { toMap: wgsToGcj, fromMap: gcjToWgs } : SAME;
}

/**
 * @param {LonLat} p
 * @returns {LonLat}
 */
export function wgsToGcj([lon, lat]) {
  if (outside(lon, lat)) return [lon, lat];
  const [dLon, dLat] = shift(lon, lat);
  return [lon + dLon, lat + dLat];
}

/**
 * The inverse, by fixed-point steps; good to well under a centimetre.
 * @param {LonLat} p
 * @returns {LonLat}
 */
export function gcjToWgs([lon, lat]) {
  if (outside(lon, lat)) return [lon, lat];
  let [x, y] = [lon, lat];
  for (let i = 0; i < 6; i++) {
    const [gx, gy] = wgsToGcj([x, y]);
    x += lon - gx;
    y += lat - gy;
  }
  return [x, y];
}

/**
 * A GeoJSON tree with every position passed through `move`; the input is left alone.
 * @template T
 * @param {T} json
 * @param {(p: LonLat) => LonLat} move
 * @returns {T}
 */
export function moveGeoJson(json, move) {
  if (move === SAME.toMap) return json;
  return /** @type {T} */ (walk(json, move));
}

/**
 * @param {unknown} node
 * @param {(p: LonLat) => LonLat} move
 * @returns {unknown}
 */
function walk(node, move) {
  if (Array.isArray(node)) {
    const [lon, lat] = node;
    if (typeof lon === "number" && typeof lat === "number") return move([lon, lat]);
    return node.map((child) => walk(child, move));
  }
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([k, v]) => [k, k === "properties" ? v : walk(v, move)]));
}

/**
 * @param {number} lon
 * @param {number} lat
 */
function outside(lon, lat) {
  return lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

/**
 * @param {number} lon
 * @param {number} lat
 * @returns {LonLat}
 */
function shift(lon, lat) {
  const x = lon - 105;
  const y = lat - 35;
  const root = 0.2 * Math.sqrt(Math.abs(x));
  const { PI, sin, cos, sqrt } = Math;
  const common = ((20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2) / 3;
  const north =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    root +
    common +
    ((20 * sin(y * PI) + 40 * sin((y / 3) * PI)) * 2) / 3 +
    ((160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2) / 3;
  const east =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    root / 2 +
    common +
    ((20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3 +
    ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3;
  const phi = (lat * PI) / 180;
  const magic = 1 - EE * sin(phi) ** 2;
  const dLat = (north * 180) / (((A * (1 - EE)) / (magic * sqrt(magic))) * PI);
  const dLon = (east * 180) / ((A / sqrt(magic)) * cos(phi) * PI);
  return [dLon, dLat];
}
