/** Which positions are worth keeping: enough for a true line, few enough for a battery. Pure. */

/** @typedef {import("./queue.js").Fix} Fix */

export const STEP_M = 8;
export const MOVING_S = 15;
export const STILL_S = 60;
export const HELP_S = 5;
// A fast phone calls once a second; two seconds bound what a motorbike can produce.
const SHORTEST_S = 2;
const MOVING_MPS = 0.5;
// A GPS at rest wanders within its accuracy: half of it (at most 25 m) must be passed before it counts as a step.
const NOISE_SHARE = 0.5;
const NOISE_LIMIT_M = 25;
const EARTH_M = 6_371_008.8;

/**
 * @typedef {object} Options
 * @property {number | null} [intervalS] seconds between fixes that the server asks for
 * @property {boolean} [help] the worker asks for help: every few seconds counts
 */

/**
 * Whether to keep `fix` after `last`.
 * @param {Fix | null} last the fix kept before, or null
 * @param {Fix} fix
 * @param {Options} [options]
 */
export function worthKeeping(last, fix, { intervalS = null, help = false } = {}) {
  if (!last) return true;
  const passedS = (fix.t - last.t) / 1000;
  if (passedS <= 0) return false;
  if (Boolean(fix.help) !== Boolean(last.help)) return true;
  if (help) return passedS >= HELP_S;
  // The server may ask for fewer fixes than our pace, never for more: that is the battery's business.
  const slower = intervalS !== null && intervalS > MOVING_S ? intervalS : 0;
  if (passedS < Math.max(SHORTEST_S, slower)) return false;
  const moved = distanceM(last, fix);
  if (moved >= stepM(fix)) return true;
  const moving = (fix.spd ?? 0) >= MOVING_MPS;
  return passedS >= (moving ? MOVING_S : STILL_S);
}

/**
 * Metres between two positions; exact enough below some kilometres.
 * @param {{lat: number, lon: number}} a
 * @param {{lat: number, lon: number}} b
 */
export function distanceM(a, b) {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  const y = (b.lat - a.lat) * rad;
  return Math.hypot(x, y) * EARTH_M;
}

/** @param {Fix} fix */
function stepM(fix) {
  return Math.max(STEP_M, Math.min(NOISE_LIMIT_M, (fix.acc ?? 0) * NOISE_SHARE));
}
