/** How long to wait after a failed upload. Pure. */

export const FIRST_MS = 5_000;
export const LONGEST_MS = 300_000;

/**
 * 5 s doubling to 5 min, between half and the whole of it by chance so that 4 000 phones do not come back in one second.
 * A wait that the server asks for is a lower bound, with up to a fifth more by chance.
 * @param {number} failures in a row, 1 after the first
 * @param {number} random 0 up to 1
 * @param {number | null} [retryAfterMs]
 */
export function backoffMs(failures, random, retryAfterMs = null) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  const wait = ceiling * (0.5 + random / 2);
  return Math.round(retryAfterMs === null ? wait : Math.max(wait, retryAfterMs * (1 + random / 5)));
}
