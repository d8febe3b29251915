/** Answers and disputes on their way to the server. */

import { ApiError, post } from "../net/api.js";
import { failureOf } from "./batch.js";
import { Letters } from "./letters.js";

/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {{id: string, path: string, body: Record<string, unknown>, at_ms: number, state: "waiting" | "sent" | "refused", passing?: boolean}} Letter a passing one is forgotten once the server has answered */

const LOCK = "sanxun-phone-outbox";
const TIMEOUT_MS = 30_000;
// Sent letters are remembered as long as the page shows what became of them.
const REMEMBER_MS = 15 * 86_400_000;

/** @extends {Letters<Letter>} */
export class Outbox extends Letters {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    super(store, { keyOf, lock: LOCK, rememberMs: REMEMBER_MS });
  }

  /**
   * @param {number} worker
   * @param {Omit<Letter, "state">} letter
   */
  async add(worker, letter) {
    await this.keep(worker, { ...letter, state: "waiting" });
  }

  /**
   * @param {Identity} identity
   * @returns {Promise<boolean>} false where something must be tried again
   */
  async drain(identity) {
    return this.sendAll(identity.worker.id, async (letter) => {
      const state = await send(letter, identity);
      return letter.passing && state !== "waiting" ? null : { ...letter, state };
    });
  }
}

/** @param {number} worker */
export function keyOf(worker) {
  return `outbox:${worker}`;
}

/**
 * @param {Letter} letter
 * @param {Identity} identity
 * @returns {Promise<Letter["state"]>}
 */
async function send({ path, body }, { token }) {
  const headers = { Authorization: `Bearer ${token}` };
  try {
    await post(path, body, { signIn: false, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return "sent";
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 409) return "sent"; // an answer of ours was lost on its way; the server has the letter
    const meaning = failureOf(status);
    return meaning === "retry" || meaning === "revoked" ? "waiting" : "refused";
  }
}
