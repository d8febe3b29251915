/** What to send next, and what an answer means for what was sent. Pure. */

/** @typedef {import("./queue.js").Item} Item */
/** @typedef {{kind: "fixes", items: Item[]} | {kind: "duty", item: Item}} Step */
/** @typedef {{stored: number, duplicate: number, off_duty: number, quarantined: unknown[], server_time_ms?: number, on_duty?: boolean, next?: {interval_s?: number}}} Reply */
/** @typedef {"retry" | "revoked" | "smaller" | "refused"} Failure */

export const BATCH = 100;

/**
 * The next request: all fixes up to the first duty change, or that duty change alone, so that the server sees them in order.
 * @param {readonly Item[]} items waiting, oldest first
 * @returns {Step | null}
 */
export function nextStep(items) {
  const first = items[0];
  if (!first) return null;
  if (first.kind !== "fix") return { kind: "duty", item: first };
  const end = items.findIndex((item) => item.kind !== "fix");
  return { kind: "fixes", items: items.slice(0, end < 0 ? items.length : end) };
}

/**
 * Whether a 2xx answer accounts for every fix that was sent; anything less (a hotel's sign-in page, a cut answer) removes nothing.
 * @param {any} reply
 * @param {number} sent
 * @returns {reply is Reply}
 */
export function covers(reply, sent) {
  if (!reply || !Array.isArray(reply.quarantined)) return false;
  const counts = [reply.stored, reply.duplicate, reply.off_duty, reply.quarantined.length];
  return counts.every(Number.isInteger) && counts.reduce((a, b) => a + b, 0) >= sent;
}

/**
 * What a failed request means.
 * @param {number} status HTTP status, 0 where no answer came
 * @returns {Failure}
 */
export function failureOf(status) {
  if (status === 401 || status === 403) return "revoked";
  if (status === 413) return "smaller";
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) return "refused";
  return "retry";
}
