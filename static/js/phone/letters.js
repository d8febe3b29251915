/** Letters on their way to the server: kept on the phone until it has taken them, sent in order by one tab at a time. */

import { withLock } from "./lock.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{id: string, at_ms: number, state: "waiting" | "sent" | "refused"}} Kept */

/**
 * The letters of each worker in this browser.
 * @template {Kept} Letter
 */
export class Letters {
  #store;
  #keyOf;
  #lock;
  #rememberMs;

  /**
   * @param {Store} store
   * @param {{keyOf: (worker: number) => string, lock: string, rememberMs: number}} about `rememberMs`: how long the page shows what became of them
   */
  constructor(store, { keyOf, lock, rememberMs }) {
    this.#store = store;
    this.#keyOf = keyOf;
    this.#lock = lock;
    this.#rememberMs = rememberMs;
  }

  /**
   * @param {number} worker
   * @returns {Promise<Letter[]>} oldest first
   */
  async letters(worker) {
    return (await this.#store.read(this.#keyOf(worker))) ?? [];
  }

  /**
   * Keeps a letter; resolves once it is on disk. One with the same id that is not refused stays as it is, so that a double tap writes once.
   * @param {number} worker
   * @param {Letter} letter
   */
  async keep(worker, letter) {
    await this.change(worker, (letters) => {
      if (letters.some(({ id, state }) => id === letter.id && state !== "refused")) return letters;
      const others = letters.filter(({ id, at_ms, state }) => {
        return id !== letter.id && (state === "waiting" || at_ms > letter.at_ms - this.#rememberMs);
      });
      return [...others, letter];
    });
  }

  /**
   * Sends what waits, oldest first. Resolves with false where something must be tried again.
   * @param {number} worker
   * @param {(letter: Letter) => Promise<Letter | null>} send what became of it; null: to be forgotten
   * @returns {Promise<boolean>}
   */
  async sendAll(worker, send) {
    const done = await withLock(this.#lock, async () => {
      for (const letter of await this.letters(worker)) {
        if (letter.state !== "waiting") continue;
        const after = await send(letter);
        await this.put(worker, letter, after);
        if (after?.state === "waiting") return false;
      }
      return true;
    });
    return done ?? true;
  }

  /**
   * Puts a newer form in a letter's place, unless another has come there meanwhile.
   * @param {number} worker
   * @param {Letter} letter
   * @param {Letter | null} after
   */
  async put(worker, letter, after) {
    await this.change(worker, (letters) =>
      letters.flatMap((one) => {
        if (one.id !== letter.id || one.at_ms !== letter.at_ms) return [one];
        return after ? [after] : [];
      }),
    );
  }

  /**
   * @param {number} worker
   * @param {(letters: Letter[]) => Letter[]} change
   */
  async change(worker, change) {
    await this.#store.change(this.#keyOf(worker), (/** @type {Letter[] | undefined} */ letters) =>
      change(letters ?? []),
    );
  }
}
