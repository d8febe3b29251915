/** Answers and disputes on their way to the server: kept on the phone until it has taken them, sent in order. */

import { ApiError, post } from "../net/api.js";
import { failureOf } from "./batch.js";
import { withLock } from "./lock.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {{id: string, path: string, body: Record<string, unknown>, at_ms: number, state: "waiting" | "sent" | "refused", passing?: boolean}} Letter a passing one is forgotten once the server has answered */

const LOCK = "sanxun-phone-outbox";
const TIMEOUT_MS = 30_000;
// Sent letters are remembered as long as the page shows what became of them.
const REMEMBER_MS = 15 * 86_400_000;

/** The letters of each worker in this browser. */
export class Outbox {
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * @param {number} worker
   * @returns {Promise<Letter[]>} oldest first
   */
  async letters(worker) {
    return (await this.#store.read(keyOf(worker))) ?? [];
  }

  /**
   * Keeps a letter; one with the same id that is not refused stays as it is, so that a double tap writes once.
   * @param {number} worker
   * @param {Omit<Letter, "state">} letter
   */
  async add(worker, letter) {
    await this.#change(worker, (letters) => {
      if (letters.some(({ id, state }) => id === letter.id && state !== "refused")) return letters;
      const others = letters.filter(({ id, at_ms }) => id !== letter.id && at_ms > letter.at_ms - REMEMBER_MS);
      return [...others, { ...letter, state: "waiting" }];
    });
  }

  /**
   * Sends what waits. Resolves with false where something must be tried again.
   * @param {Identity} identity
   * @returns {Promise<boolean>}
   */
  async drain(identity) {
    const done = await withLock(LOCK, async () => {
      for (const letter of await this.letters(identity.worker.id)) {
        if (letter.state !== "waiting") continue;
        const state = await send(letter, identity);
        if (state === "waiting") return false;
        const isThis = (/** @type {Letter} */ one) => one.id === letter.id && one.at_ms === letter.at_ms;
        await this.#change(identity.worker.id, (all) =>
          letter.passing
            ? all.filter((one) => !isThis(one))
            : all.map((one) => (isThis(one) ? { ...one, state } : one)),
        );
      }
      return true;
    });
    return done ?? true;
  }

  /**
   * @param {number} worker
   * @param {(letters: Letter[]) => Letter[]} change
   */
  async #change(worker, change) {
    await this.#store.change(keyOf(worker), (/** @type {Letter[] | undefined} */ letters) => change(letters ?? []));
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
