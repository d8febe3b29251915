/** The browser's geolocation: one watch while on duty, and a nudge when it has fallen silent. */

/** @typedef {import("./health.js").LocationProblem} LocationProblem */
/** @typedef {import("./fix.js").Position} Position */

const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 };
/** @type {Record<number, LocationProblem>} codes of GeolocationPositionError */
const PROBLEMS = { 1: "denied", 2: "unavailable", 3: "timeout" };

/** Reports positions and problems until it is stopped. */
export class Locator {
  #onPosition;
  #onProblem;
  /** @type {number | null} */
  #watch = null;

  /** @param {{onPosition: (position: Position) => void, onProblem: (problem: LocationProblem) => void}} listeners */
  constructor({ onPosition, onProblem }) {
    this.#onPosition = onPosition;
    this.#onProblem = onProblem;
  }

  get watching() {
    return this.#watch !== null;
  }

  start() {
    if (this.watching) return;
    if (!isSecureContext) return this.#onProblem("insecure");
    if (!navigator.geolocation) return this.#onProblem("missing");
    this.#watch = navigator.geolocation.watchPosition(this.#heard, this.#failed, OPTIONS);
    this.#restartWhenAllowed();
  }

  stop() {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#onProblem(null);
  }

  /** Asks once for a position: a watch says nothing while the phone lies still. */
  nudge() {
    if (this.watching) navigator.geolocation.getCurrentPosition(this.#heard, this.#failed, OPTIONS);
  }

  /** @param {Position} position */
  #heard = (position) => {
    if (!this.watching) return;
    this.#onProblem(null);
    this.#onPosition(position);
  };

  /** @param {{code: number}} error */
  #failed = ({ code }) => {
    if (this.watching) this.#onProblem(PROBLEMS[code] ?? "unavailable");
  };

  // A watch that was refused stays dead; it has to be made anew once the worker has allowed it in the settings.
  async #restartWhenAllowed() {
    const state = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
    if (!state) return;
    state.onchange = () => {
      if (state.state !== "granted" || !this.watching) return;
      this.stop();
      this.start();
    };
  }
}
