/** Keeps the screen on while the worker wants it: a page behind a dark screen gets no positions. */

/** The screen wake lock, taken again whenever the page comes back to the front. */
export class ScreenWake {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #wanted = false;

  get supported() {
    return "wakeLock" in navigator;
  }

  get held() {
    return this.#lock !== null && !this.#lock.released;
  }

  /** @param {boolean} wanted */
  async want(wanted) {
    this.#wanted = wanted;
    if (!wanted) {
      await this.#lock?.release();
      this.#lock = null;
    } else await this.renew();
  }

  async renew() {
    if (!this.#wanted || !this.supported || this.held || document.visibilityState !== "visible") return;
    try {
      this.#lock = await navigator.wakeLock.request("screen");
    } catch {
      // The system refuses when the battery is low; the page then says that the screen may go dark.
      this.#lock = null;
    }
  }
}
