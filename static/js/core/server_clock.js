/** The server's time, learned from what it sends; the reader's own clock may be wrong by hours. */

// The least difference ever seen is the one with the least travel time, but a clock that was set must be learned again.
const WINDOW = 60;

export class ServerClock {
  /** @type {number[]} */
  #offsets = [];
  #offsetMs = 0;
  /** @type {() => number} */
  #localMs;

  /** @param {() => number} localMs */
  constructor(localMs) {
    this.#localMs = localMs;
  }

  /** Server time now, Unix ms. */
  nowMs() {
    return this.#localMs() + this.#offsetMs;
  }

  /**
   * Learns from a message that carries the server's time.
   * @param {number} serverMs
   */
  learn(serverMs) {
    this.#offsets.push(serverMs - this.#localMs());
    if (this.#offsets.length > WINDOW) this.#offsets.shift();
    this.#offsetMs = Math.max(...this.#offsets);
  }
}
