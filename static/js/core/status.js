/** What a worker's position is worth now: one status from the state bits and the age of the fix. */

import { ASKS_HELP, GONE, HAS_POSITION, MOVING, ON_DUTY } from "./frames.js";

/** @typedef {"moving" | "still" | "stale" | "offline" | "off" | "help"} StatusName */
/** @typedef {{staleMs: number, offlineMs: number}} Thresholds */

/** In the order of their codes; the map's shader uses the same numbers. @type {readonly StatusName[]} */
export const STATUSES = ["moving", "still", "stale", "offline", "off", "help"];

export const MOVING_CODE = 0;
export const STILL_CODE = 1;
export const STALE_CODE = 2;
export const OFFLINE_CODE = 3;
export const OFF_CODE = 4;
export const HELP_CODE = 5;

/** Until the server has said its own. @type {Thresholds} */
export const DEFAULT_THRESHOLDS = { staleMs: 120_000, offlineMs: 900_000 };

/** The flag bits of a fix, from bit 0. */
export const FLAGS = /** @type {const} */ (["inaccurate", "jump", "frozen", "mock", "off_grid", "clock", "late"]);

/**
 * The status code of one worker.
 * @param {number} state bits of a live record
 * @param {number} ageMs age of the newest fix
 * @param {Thresholds} thresholds
 */
export function statusCode(state, ageMs, { staleMs, offlineMs }) {
  if (state & GONE) return OFF_CODE;
  if (state & ASKS_HELP) return HELP_CODE;
  if (!(state & ON_DUTY)) return OFF_CODE;
  if (!(state & HAS_POSITION) || ageMs >= offlineMs) return OFFLINE_CODE;
  if (ageMs >= staleMs) return STALE_CODE;
  return state & MOVING ? MOVING_CODE : STILL_CODE;
}

/**
 * @param {number} code
 * @returns {StatusName}
 */
export function statusName(code) {
  return STATUSES[code] ?? "off";
}

/**
 * Whether the shown place is that of the worker now; otherwise it is a last known place and must look like one.
 * @param {number} state
 * @param {number} ageMs
 * @param {Thresholds} thresholds
 */
export function isLive(state, ageMs, { staleMs }) {
  return (state & ON_DUTY) !== 0 && (state & HAS_POSITION) !== 0 && ageMs < staleMs;
}

/**
 * The names of the set flag bits.
 * @param {number} bits
 */
export function flagNames(bits) {
  return FLAGS.filter((_, bit) => bits & (1 << bit));
}
