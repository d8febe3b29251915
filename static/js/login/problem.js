/** What to tell somebody whose sign-in failed. Pure. */

import { clock } from "../core/time.js";

/**
 * @param {{status: number, code: string, retryAfterMs: number | null}} error
 * @param {number} nowMs
 * @returns {{key: string, params: Record<string, string>}}
 */
export function problemOf({ status, code, retryAfterMs }, nowMs) {
  const until = retryAfterMs ? { time: clock(nowMs + retryAfterMs, { seconds: retryAfterMs < 60_000 }) } : null;
  if (code === "offline" || status === 0) return { key: "problem.offline", params: {} };
  if (status === 429 || status === 423)
    return until ? { key: "problem.locked", params: until } : { key: "problem.locked.unknown", params: {} };
  if (status >= 500) return { key: "problem.server", params: {} };
  if (status === 401 || status === 400) return { key: "problem.wrong", params: {} };
  return { key: "problem.other", params: { code } };
}
