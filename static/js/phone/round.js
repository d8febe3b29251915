/** How my round stands now: the server's last answer, and what the phone has seen since. Pure. */

import { bitsOf } from "./ground.js";
import { minutesOf, NO_WALK, roundKey } from "./walk.js";

/** @typedef {import("./ground.js").Answer} Answer */
/** @typedef {import("./ground.js").Window} Window */
/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {{answer: Answer, got_ms: number}} Kept an answer, and when it came by the phone's clock */
/** @typedef {"none" | "between" | "open" | "late"} Phase */
/** @typedef {"no" | "here" | "seen"} Mark not seen, seen by this phone, seen as the server counts */
/** @typedef {{id: number, name: string, mark: Mark, checklist: string[], ticks: import("./ground.js").Tick[]}} Point */
/**
 * @typedef {object} Progress
 * @property {Phase} phase
 * @property {Window | null} round
 * @property {Window | null} next
 * @property {string} key
 * @property {number} leftMs to the end of the round
 * @property {number} ageMs of the server's answer
 * @property {number} total cells
 * @property {number} covered by the server's count
 * @property {number} here more that only this phone has seen
 * @property {number} needed cells
 * @property {number} minCoverage 0..1
 * @property {number} minutes with those only this phone knows
 * @property {number} minMinutes
 * @property {Mark[]} marks of the cells
 * @property {Point[]} points
 * @property {{cells: number, minutes: number, points: number}} lacks what is missing by all that is known here
 * @property {"no" | "here" | "done"} done `here`: only by the phone's own count so far
 */

const DAY_MS = 86_400_000;

/**
 * @param {Kept} kept
 * @param {Walk} walk
 * @param {number} nowMs by the phone's clock
 * @returns {Progress}
 */
export function progressOf(kept, walk, nowMs) {
  const serverMs = nowMs + kept.answer.now_ms - kept.got_ms;
  const answer = rolled(kept.answer, serverMs);
  const { round } = answer;
  const key = round ? roundKey(answer.grid.code, round) : "";
  const mine = walk.round === key ? walk : NO_WALK;
  const seen = bitsOf(answer.seen, answer.total);
  const marks = seen.map((is, n) => markOf(is, mine.seen[answer.cells[n] ?? String(n)] !== undefined));
  const points = answer.key_points.map(({ id, name, visited, checklist, ticks }) => ({
    id,
    name,
    mark: markOf(visited, mine.points[id] !== undefined),
    checklist: checklist ?? [],
    ticks: ticks ?? [],
  }));
  return judged({
    phase: phaseOf(answer, serverMs),
    round,
    next: answer.next,
    key,
    leftMs: round ? round.ends_ms - serverMs : 0,
    ageMs: nowMs - kept.got_ms,
    total: answer.total,
    covered: answer.covered,
    here: marks.filter((mark) => mark === "here").length,
    needed: neededOf(answer),
    minCoverage: answer.min_coverage,
    minutes: answer.minutes + minutesOf(mine),
    minMinutes: answer.min_minutes,
    marks,
    points,
    serverMinutes: answer.minutes,
  });
}

/**
 * The answer as it would be now without asking: once the next round has begun, nothing of it has been seen yet.
 * @param {Answer} answer
 * @param {number} serverMs
 * @returns {Answer}
 */
function rolled(answer, serverMs) {
  const { next } = answer;
  if (!next || serverMs < next.starts_ms || serverMs > next.ends_ms + DAY_MS) return answer;
  const key_points = answer.key_points.map((point) => ({ ...point, visited: false, ticks: [] }));
  return { ...answer, round: next, next: null, seen: "", covered: 0, minutes: 0, key_points };
}

/**
 * The round that own fixes of now belong to, or null.
 * @param {Kept} kept
 * @param {number} nowMs by the phone's clock
 * @returns {Window | null}
 */
export function roundAt(kept, nowMs) {
  return rolled(kept.answer, nowMs + kept.answer.now_ms - kept.got_ms).round;
}

/**
 * @param {Answer} answer
 * @param {number} serverMs
 * @returns {Phase}
 */
function phaseOf({ round, next }, serverMs) {
  if (!round || serverMs < round.starts_ms) return round || next ? "between" : "none";
  return serverMs < round.ends_ms ? "open" : "late";
}

/** @param {Answer} answer */
function neededOf({ min_coverage, total }) {
  return Math.ceil(min_coverage * total - 1e-9);
}

/**
 * @param {boolean} counted
 * @param {boolean} here
 * @returns {Mark}
 */
function markOf(counted, here) {
  if (counted) return "seen";
  return here ? "here" : "no";
}

/**
 * @param {Omit<Progress, "lacks" | "done"> & {serverMinutes: number}} facts
 * @returns {Progress}
 */
function judged({ serverMinutes, ...facts }) {
  const { covered, here, needed, minutes, minMinutes, points } = facts;
  const lacks = {
    cells: Math.max(0, needed - covered - here),
    minutes: Math.max(0, Math.ceil(minMinutes - minutes)),
    points: points.filter(({ mark }) => mark === "no").length,
  };
  const counted = covered >= needed && serverMinutes >= minMinutes && points.every(({ mark }) => mark === "seen");
  const all = lacks.cells + lacks.minutes + lacks.points === 0;
  return { ...facts, lacks, done: counted ? "done" : all ? "here" : "no" };
}
