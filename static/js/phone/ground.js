/** A worker's grid laid out in metres around its middle, as the map draws it and the steps are measured. Pure. */

/** @typedef {{x: number, y: number}} Spot metres east and north of the grid's middle */
/** @typedef {[number, number]} LonLat */
/** @typedef {{id: number, name: string, lon: number, lat: number, visited: boolean, checklist?: string[], radius_m?: number, ticks?: Tick[]}} KeyPoint */
/** A line that is ticked in this round, here or on a colleague's phone. @typedef {{line: number, at_ms: number, own: boolean, name: string}} Tick */
/** @typedef {{ordinal: number, name: string, starts_ms: number, ends_ms: number}} Window */
/** @typedef {{id: number, kind: string, text: string, created_ms: number}} Urging */
/**
 * What GET /api/v1/my/round answers (docs/patrol.md); what a server does not yet say is left out.
 * @typedef {object} Answer
 * @property {number} now_ms
 * @property {Window | null} round
 * @property {Window | null} next
 * @property {{code: string, name: string, ring: LonLat[]}} grid
 * @property {string[]} cells
 * @property {LonLat[]} centers
 * @property {string} seen base64, bit n (least significant first) of byte n >> 3
 * @property {number} covered
 * @property {number} total
 * @property {number} minutes
 * @property {number} min_minutes
 * @property {number} min_coverage 0..1
 * @property {KeyPoint[]} key_points
 * @property {Urging[]} notices
 * @property {number} [sight_radius_m]
 */
/**
 * @typedef {object} Ground
 * @property {(place: {lat: number, lon: number}) => Spot} spotOf
 * @property {string[]} cells
 * @property {Spot[]} centers
 * @property {Spot[]} ring
 * @property {Spot[]} corners of one cell around its centre
 * @property {(KeyPoint & {spot: Spot, radius: number})[]} points
 * @property {number} sightM
 */

const EARTH_M = 6_371_008.8;
const SIGHT_M = 40;
const POINT_M = 30;
// H3 resolution 11 in these latitudes; used only where a grid has too few cells to measure them.
const SPACING_M = 43;
const NEAR = 1.4; // of the least distance: the six neighbours, not those behind them
const SAMPLE = 120; // centres from which the pattern is read

/**
 * @param {Answer} answer
 * @returns {Ground}
 */
export function groundOf(answer) {
  const around = answer.grid.ring.length ? answer.grid.ring : answer.centers;
  const spotOf = projection(middleOf(around));
  const at = (/** @type {LonLat} */ [lon, lat]) => spotOf({ lon, lat });
  const centers = answer.centers.map(at);
  return {
    spotOf,
    cells: answer.cells,
    centers,
    ring: answer.grid.ring.map(at),
    corners: cornersOf(centers),
    points: answer.key_points.map((point) => ({ ...point, spot: spotOf(point), radius: point.radius_m ?? POINT_M })),
    sightM: answer.sight_radius_m ?? SIGHT_M,
  };
}

/**
 * Which cells the server has seen.
 * @param {string} base64
 * @param {number} count
 * @returns {boolean[]}
 */
export function bitsOf(base64, count) {
  const bytes = atob(base64);
  return Array.from({ length: count }, (_, n) => ((bytes.charCodeAt(n >> 3) >> (n & 7)) & 1) === 1);
}

/**
 * The six corners of a cell, from the pattern of the centres: a corner is the middle of three neighbouring centres, which
 * holds also where the projection has stretched the hexagons.
 * @param {readonly Spot[]} centers
 * @returns {Spot[]}
 */
export function cornersOf(centers) {
  const ways = neighbourWays(centers);
  return ways.map((way, n) => {
    const next = ways[(n + 1) % ways.length] ?? way;
    return { x: (way.x + next.x) / 3, y: (way.y + next.y) / 3 };
  });
}

/**
 * Whether a spot lies in a ring (even-odd).
 * @param {Spot} spot
 * @param {readonly Spot[]} ring
 */
export function isInside({ x, y }, ring) {
  let inside = false;
  ring.forEach((a, n) => {
    const b = ring[(n + 1) % ring.length] ?? a;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  });
  return inside;
}

/**
 * Metres from a spot to the straight line between two others.
 * @param {Spot} spot
 * @param {Spot} a
 * @param {Spot} b
 */
export function distanceToLine(spot, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length2 = dx * dx + dy * dy;
  const share = length2 === 0 ? 0 : ((spot.x - a.x) * dx + (spot.y - a.y) * dy) / length2;
  const part = Math.min(1, Math.max(0, share));
  return Math.hypot(spot.x - a.x - part * dx, spot.y - a.y - part * dy);
}

/**
 * The six ways from a centre to its neighbours, counter-clockwise. Each way and its opposite are measured together.
 * @param {readonly Spot[]} centers
 * @returns {Spot[]}
 */
function neighbourWays(centers) {
  const near = nearPairs(centers);
  const first = near[0];
  if (!first) return regular(SPACING_M, 0);
  const turn = Math.atan2(first.y, first.x);
  const sums = [0, 1, 2].map(() => ({ x: 0, y: 0, n: 0 }));
  for (const way of near) {
    const sector = Math.round((Math.atan2(way.y, way.x) - turn) / (Math.PI / 3));
    const sum = sums[((sector % 3) + 3) % 3];
    const sign = ((sector % 6) + 6) % 6 < 3 ? 1 : -1;
    if (sum) Object.assign(sum, { x: sum.x + sign * way.x, y: sum.y + sign * way.y, n: sum.n + 1 });
  }
  if (sums.some((sum) => sum.n === 0)) return regular(Math.hypot(first.x, first.y), turn);
  const half = sums.map(({ x, y, n }) => ({ x: x / n, y: y / n }));
  return [...half, ...half.map(({ x, y }) => ({ x: -x, y: -y }))];
}

/**
 * Ways between neighbouring centres, of a sample of them.
 * @param {readonly Spot[]} centers
 * @returns {Spot[]}
 */
function nearPairs(centers) {
  const ways = [];
  for (const a of centers.slice(0, SAMPLE))
    for (const b of centers) if (a !== b) ways.push({ x: b.x - a.x, y: b.y - a.y });
  const lengths = ways.map(({ x, y }) => Math.hypot(x, y));
  const least = lengths.reduce((a, b) => Math.min(a, b), Infinity);
  // Cells that lie apart from each other say nothing about their size.
  return least > 2 * SPACING_M ? [] : ways.filter((_, n) => (lengths[n] ?? 0) < least * NEAR);
}

/**
 * @param {number} spacing metres
 * @param {number} turn radians
 * @returns {Spot[]}
 */
function regular(spacing, turn) {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const angle = turn + (n * Math.PI) / 3;
    return { x: spacing * Math.cos(angle), y: spacing * Math.sin(angle) };
  });
}

/**
 * @param {readonly LonLat[]} places
 * @returns {LonLat}
 */
function middleOf(places) {
  const lons = places.map(([lon]) => lon);
  const lats = places.map(([, lat]) => lat);
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

/**
 * @param {LonLat} middle
 * @returns {(place: {lat: number, lon: number}) => Spot}
 */
function projection([lon0, lat0]) {
  const metre = (Math.PI / 180) * EARTH_M;
  const shrink = Math.cos((lat0 * Math.PI) / 180);
  return ({ lon, lat }) => ({ x: (lon - lon0) * metre * shrink, y: (lat - lat0) * metre });
}
