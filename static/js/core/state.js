/** The one owner of what the page shows: a flat record, changed by patches, with listeners by key. */

/**
 * @template {object} T
 */
export class State {
  /** @type {T} */
  #values;
  /** @type {Set<{keys: readonly (keyof T)[], run: (values: T) => void}>} */
  #listeners = new Set();

  /** @param {T} initial */
  constructor(initial) {
    this.#values = Object.freeze({ ...initial });
  }

  /** The present values, frozen. */
  get values() {
    return this.#values;
  }

  /**
   * Changes some values; those who listen to one that really changed are called once, after all are set.
   * @param {Partial<T>} patch
   */
  set(patch) {
    const before = this.#values;
    const keys = /** @type {(keyof T)[]} */ (Object.keys(patch)).filter((key) => !Object.is(before[key], patch[key]));
    if (keys.length === 0) return;
    this.#values = Object.freeze({ ...before, ...patch });
    for (const listener of [...this.#listeners]) {
      if (listener.keys.some((key) => keys.includes(key))) listener.run(this.#values);
    }
  }

  /**
   * Calls back whenever one of the keys changed.
   * @param {readonly (keyof T)[]} keys
   * @param {(values: T) => void} run
   * @returns {() => void} stops listening
   */
  on(keys, run) {
    const listener = { keys, run };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
