/** How long to wait before the next attempt: 1 s, 2 s, 4 s … 30 s, each somewhere between half and all of it. */

const FIRST_MS = 1000;
const LAST_MS = 30_000;

/**
 * @param {number} attempt 0 for the first
 * @param {() => number} random 0..1
 */
export function backoffMs(attempt, random) {
  const whole = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(whole * (0.5 + random() / 2));
}
