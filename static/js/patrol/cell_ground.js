/** Which hexagons a grid's ground has, and which lie under a stroke of the pointer. Degrees in WGS-84, metres in the plane about the place. */

/** @typedef {import("../core/datum.js").LonLat} LonLat */
/** @typedef {{latLngToCell: (lat: number, lng: number, resolution: number) => string, cellToLatLng: (cell: string) => number[]}} H3 */

const METRES_PER_DEGREE = 111_195;
/** Less than the hexagons' inner radius of 21 m and more: no hexagon lies between two samples. */
const STEP_M = 15;

/** @param {number} lat */
const metresPerLon = (lat) => METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);

/**
 * The hexagons whose centre lies in the shape.
 * @param {{type: string, coordinates: any}} geometry Polygon or MultiPolygon
 * @param {number} resolution
 * @param {H3} h3
 * @returns {Map<string, LonLat>} their centres by id
 */
export function cellsIn(geometry, resolution, h3) {
  /** @type {LonLat[][][]} */
  const parts = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
  /** @type {Map<string, LonLat>} */
  const found = new Map();
  for (const rings of parts) {
    const [west, south, east, north] = boxOf(rings[0] ?? []);
    const dLat = STEP_M / METRES_PER_DEGREE;
    const dLon = STEP_M / metresPerLon((south + north) / 2);
    // A centre near the border has samples on the other side, too.
    for (let lat = south - dLat; lat <= north + dLat; lat += dLat)
      for (let lon = west - dLon; lon <= east + dLon; lon += dLon) {
        const cell = h3.latLngToCell(lat, lon, resolution);
        if (found.has(cell)) continue;
        const center = centerOf(cell, h3);
        if (isInside(center, rings)) found.set(cell, center);
      }
  }
  return found;
}

/**
 * @param {string} cell
 * @param {H3} h3
 * @returns {LonLat}
 */
export function centerOf(cell, h3) {
  const [lat = 0, lon = 0] = h3.cellToLatLng(cell);
  return [lon, lat];
}

/**
 * The hexagons under a straight stroke: a quick hand leaves gaps between two places of the pointer.
 * @param {LonLat} from
 * @param {LonLat} to
 * @param {number} resolution
 * @param {H3} h3
 * @returns {Set<string>}
 */
export function cellsAlong(from, to, resolution, h3) {
  const steps = Math.max(1, Math.ceil(metresBetween(from, to) / STEP_M));
  const cells = new Set();
  for (let n = 0; n <= steps; n++) {
    const part = n / steps;
    cells.add(h3.latLngToCell(from[1] + (to[1] - from[1]) * part, from[0] + (to[0] - from[0]) * part, resolution));
  }
  return cells;
}

/**
 * The hexagons with a centre this near: those under a broad brush.
 * @param {ReadonlyMap<string, LonLat>} centers
 * @param {ReadonlySet<string>} under
 * @param {number} radiusM
 * @param {H3} h3
 * @returns {Set<string>}
 */
export function widen(centers, under, radiusM, h3) {
  const wide = new Set(under);
  for (const cell of under) {
    const middle = centers.get(cell) ?? centerOf(cell, h3);
    for (const [other, center] of centers) if (metresBetween(middle, center) <= radiusM) wide.add(other);
  }
  return wide;
}

/**
 * @param {LonLat} a
 * @param {LonLat} b
 */
export function metresBetween(a, b) {
  return Math.hypot((b[0] - a[0]) * metresPerLon(a[1]), (b[1] - a[1]) * METRES_PER_DEGREE);
}

/**
 * Square metres inside a closed ring.
 * @param {readonly (readonly number[])[]} ring
 */
export function areaM2(ring) {
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  const scale = metresPerLon(y0);
  let twice = 0;
  for (let i = 1; i < ring.length; i++) {
    const [ax = 0, ay = 0] = ring[i - 1] ?? [];
    const [bx = 0, by = 0] = ring[i] ?? [];
    twice += (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
  }
  return (Math.abs(twice) / 2) * scale * METRES_PER_DEGREE;
}

/**
 * Inside the first ring and outside of the others, by the even-odd rule.
 * @param {LonLat} place
 * @param {readonly LonLat[][]} rings
 */
export function isInside([x, y], rings) {
  let inside = false;
  for (const ring of rings)
    for (let i = 1; i < ring.length; i++) {
      const [ax, ay] = /** @type {LonLat} */ (ring[i - 1]);
      const [bx, by] = /** @type {LonLat} */ (ring[i]);
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  return inside;
}

/**
 * @param {readonly LonLat[]} ring
 * @returns {[number, number, number, number]}
 */
function boxOf(ring) {
  const lons = ring.map(([lon]) => lon);
  const lats = ring.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
