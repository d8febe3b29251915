/** A bounded cache: the least recently used goes first. */

export class Cache {
  /** @type {Map<string, any>} */
  #values = new Map();

  /** @param {number} bound how many are kept */
  constructor(bound) {
    this.bound = bound;
  }

  /** @param {string} key */
  get(key) {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  /**
   * @param {string} key
   * @param {any} value
   */
  set(key, value) {
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const old of [...this.#values.keys()].slice(0, Math.max(0, this.#values.size - this.bound)))
      this.#values.delete(old);
  }

  get size() {
    return this.#values.size;
  }
}
