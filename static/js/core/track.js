/** A day's track of one worker: where they were at a moment, which line to draw, what was a gap. */

/** @typedef {{from_ms: number, to_ms: number, lat: number, lon: number, radius_m: number}} Stop */
/** @typedef {{worker_id: number, t: number[], lat: number[], lon: number[], speed_mps: (number | null)[], bearing: (number | null)[], flags: number[], stops: Stop[], distance_m: number}} Track */
/** @typedef {{lon: number, lat: number, fixMs: number, bearing: number | null, moving: boolean, live: boolean}} Moment */

// Phones report every 10 to 30 s; after two silent minutes the line between two fixes would be a guess.
export const GAP_MS = 120_000;
const MOVING_MPS = 0.4;

/**
 * Where the worker was. Between two close fixes the place lies on the line between them; in a gap it is the last known one.
 * @param {Track} track
 * @param {number} ms
 * @returns {Moment | null} null before the first fix
 */
export function momentAt(track, ms) {
  const i = lastNotAfter(track.t, ms);
  if (i < 0) return null;
  const fixMs = num(track.t, i);
  const here = { lon: num(track.lon, i), lat: num(track.lat, i), fixMs, bearing: track.bearing[i] ?? null };
  const nextMs = track.t[i + 1];
  const moving = (track.speed_mps[i] ?? 0) >= MOVING_MPS;
  if (nextMs === undefined || nextMs - fixMs > GAP_MS) {
    return { ...here, moving: moving && ms - fixMs < GAP_MS / 2, live: ms - fixMs < GAP_MS };
  }
  const f = nextMs === fixMs ? 0 : (ms - fixMs) / (nextMs - fixMs);
  return {
    ...here,
    lon: here.lon + (num(track.lon, i + 1) - here.lon) * f,
    lat: here.lat + (num(track.lat, i + 1) - here.lat) * f,
    moving,
    live: true,
  };
}

/**
 * The line in pieces without gaps, up to a moment.
 * @param {Track} track
 * @param {number} [untilMs]
 * @returns {[number, number][][]}
 */
export function pieces(track, untilMs = Number.POSITIVE_INFINITY) {
  /** @type {[number, number][][]} */
  const all = [];
  /** @type {[number, number][]} */
  let piece = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < track.t.length && num(track.t, i) <= untilMs; i++) {
    if (num(track.t, i) - lastMs > GAP_MS && piece.length) {
      all.push(piece);
      piece = [];
    }
    piece.push([num(track.lon, i), num(track.lat, i)]);
    lastMs = num(track.t, i);
  }
  if (piece.length) all.push(piece);
  return all.filter((line) => line.length > 1);
}

/**
 * Joins the pages of one answer that was too long for one.
 * @param {readonly Track[]} pages
 * @returns {Track}
 */
export function joinPages(pages) {
  const [first] = pages;
  if (!first) throw new RangeError("a track needs a page");
  return {
    worker_id: first.worker_id,
    t: pages.flatMap((p) => p.t),
    lat: pages.flatMap((p) => p.lat),
    lon: pages.flatMap((p) => p.lon),
    speed_mps: pages.flatMap((p) => p.speed_mps),
    bearing: pages.flatMap((p) => p.bearing),
    flags: pages.flatMap((p) => p.flags),
    stops: pages.flatMap((p) => p.stops),
    distance_m: pages.reduce((sum, p) => sum + p.distance_m, 0),
  };
}

/**
 * @param {readonly number[]} sorted
 * @param {number} value
 */
function lastNotAfter(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (num(sorted, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * @param {readonly number[]} values
 * @param {number} i
 */
function num(values, i) {
  return /** @type {number} */ (values[i]);
}
