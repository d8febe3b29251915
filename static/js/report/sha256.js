/** SHA-256 in plain JavaScript: the browser's own needs https, and a village's network may only have http. */

const K = roundConstants();
const FIRST = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/**
 * Hashes of texts that begin alike: the blocks of the common beginning are worked through once.
 */
export class PrefixHash {
  #state = FIRST.slice();
  #words = new Int32Array(64);
  #block = new Uint8Array(64);
  #rest;
  #prefixLength;

  /** @param {string} prefix */
  constructor(prefix) {
    const bytes = new TextEncoder().encode(prefix);
    const whole = bytes.length - (bytes.length % 64);
    for (let i = 0; i < whole; i += 64) this.#compress(this.#state, bytes.subarray(i, i + 64));
    this.#rest = bytes.slice(whole);
    this.#prefixLength = bytes.length;
  }

  /**
   * The digest of prefix + suffix as eight signed words.
   * @param {string} suffix ASCII
   * @returns {Int32Array}
   */
  digest(suffix) {
    const state = this.#state.slice();
    const block = this.#block.fill(0);
    let at = this.#rest.length;
    block.set(this.#rest);
    for (let i = 0; i < suffix.length; i++) {
      block[at++] = suffix.charCodeAt(i);
      if (at === 64) at = this.#next(state, block);
    }
    block[at++] = 0x80;
    if (at > 56) this.#next(state, block);
    const bits = (this.#prefixLength + suffix.length) * 8;
    for (let i = 0; i < 4; i++) block[63 - i] = (bits >>> (8 * i)) & 255;
    this.#compress(state, block);
    return state;
  }

  /**
   * @param {Int32Array} state
   * @param {Uint8Array} block
   */
  #next(state, block) {
    this.#compress(state, block);
    block.fill(0);
    return 0;
  }

  /**
   * @param {Int32Array} state
   * @param {Uint8Array} block
   */
  #compress(state, block) {
    const w = this.#words;
    for (let i = 0; i < 16; i++)
      w[i] = (u(block, 4 * i) << 24) | (u(block, 4 * i + 1) << 16) | (u(block, 4 * i + 2) << 8) | u(block, 4 * i + 3);
    for (let i = 16; i < 64; i++) {
      const [x, y] = [u(w, i - 15), u(w, i - 2)];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      w[i] = (u(w, i - 16) + s0 + u(w, i - 7) + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = /** @type {any} */ (state);
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + u(K, i) + u(w, i)) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    const sums = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state[i] = u(state, i) + sums[i];
  }
}

/**
 * How many zero bits a digest begins with.
 * @param {Int32Array} digest
 */
export function leadingZeroBits(digest) {
  let bits = 0;
  for (const word of digest) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

/**
 * An element; the index is always inside.
 * @param {ArrayLike<number>} array
 * @param {number} index
 */
function u(array, index) {
  return /** @type {number} */ (array[index]);
}

/**
 * @param {number} x
 * @param {number} n
 */
function turn(x, n) {
  return (x >>> n) | (x << (32 - n));
}

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function roundConstants() {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return new Int32Array(primes.map((p) => (Math.cbrt(p) % 1) * 2 ** 32));
}
