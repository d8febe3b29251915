/** What the phone itself knows of the present round: cells, minutes and key points of its own fixes, until the server says. Pure. */

import { distanceToLine, isInside } from "./ground.js";

/** @typedef {import("./ground.js").Ground} Ground */
/** @typedef {import("./ground.js").Window} Window */
/** @typedef {import("./queue.js").Fix} Fix */
/** @typedef {[number, number]} Span from and to, Unix ms */
/**
 * @typedef {object} Walk
 * @property {string} round which one, as `roundKey` names it
 * @property {Fix | null} last the last good fix
 * @property {Record<string, number>} seen cell to the time it was seen
 * @property {Record<string, number>} points key point to the time of the visit
 * @property {Span[]} spans on foot inside the grid
 */

// The definition of docs/patrol.md.
const GOOD_M = 50;
const GAP_MS = 90_000;
const FOOT_MPS = 15 / 3.6;
// Sent fixes are counted by the server within seconds; what it has not counted after this it will not count.
const COUNTED_MS = 60_000;

/** @type {Readonly<Walk>} */
export const NO_WALK = Object.freeze({ round: "", last: null, seen: {}, points: {}, spans: [] });

/**
 * @param {string} grid
 * @param {Window} round
 */
export function roundKey(grid, round) {
  return `${grid}/${round.starts_ms}/${round.ordinal}`;
}

/**
 * The walk after one more fix; a walk of another round begins anew.
 * @param {Walk} walk
 * @param {Fix} fix
 * @param {{key: string, round: Window, ground: Ground}} here
 * @returns {Walk}
 */
export function stepped(walk, fix, { key, round, ground }) {
  const before = walk.round === key ? walk : { ...NO_WALK, round: key };
  const { last } = before;
  if ((fix.acc ?? 0) > GOOD_M || fix.t < round.starts_ms || (last && fix.t <= last.t)) return before;
  const points = { ...before.points };
  const to = ground.spotOf(fix);
  for (const { id, spot, radius } of ground.points)
    if (Math.hypot(spot.x - to.x, spot.y - to.y) <= radius) points[id] ??= fix.t;
  const after = { ...before, last: fix, points };
  if (!last) return after;
  const from = ground.spotOf(last);
  if (!isOnFoot(last.t, fix.t, Math.hypot(to.x - from.x, to.y - from.y))) return after;
  const seen = { ...before.seen };
  ground.centers.forEach((center, n) => {
    const cell = ground.cells[n] ?? String(n);
    if (seen[cell] === undefined && distanceToLine(center, from, to) <= ground.sightM) seen[cell] = fix.t;
  });
  const inside = isInside(from, ground.ring) && isInside(to, ground.ring);
  return { ...after, seen, spans: inside ? extended(before.spans, [last.t, fix.t]) : before.spans };
}

/**
 * The walk without what the server's answer has taken over: everything up to `countedMs`.
 * @param {Walk} walk
 * @param {number} countedMs fixes up to this time have been sent, and the answer is younger
 * @returns {Walk}
 */
export function settled(walk, countedMs) {
  const keepMs = countedMs - COUNTED_MS;
  const later = (/** @type {Record<string, number>} */ times) =>
    Object.fromEntries(Object.entries(times).filter(([, ms]) => ms > keepMs));
  const spans = walk.spans
    .filter(([, to]) => to > countedMs)
    .map(([from, to]) => /** @type {Span} */ ([Math.max(from, countedMs), to]));
  return { ...walk, seen: later(walk.seen), points: later(walk.points), spans };
}

/** @param {Walk} walk */
export function minutesOf({ spans }) {
  return spans.reduce((sum, [from, to]) => sum + (to - from), 0) / 60_000;
}

/**
 * @param {number} fromMs
 * @param {number} toMs
 * @param {number} metres
 */
function isOnFoot(fromMs, toMs, metres) {
  const passedMs = toMs - fromMs;
  return passedMs > 0 && passedMs <= GAP_MS && metres / (passedMs / 1000) <= FOOT_MPS;
}

/**
 * @param {readonly Span[]} spans
 * @param {Span} span
 * @returns {Span[]}
 */
function extended(spans, span) {
  const last = spans.at(-1);
  return last && last[1] === span[0] ? [...spans.slice(0, -1), [last[0], span[1]]] : [...spans, span];
}
