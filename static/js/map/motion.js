/** The moving points' arithmetic, apart from the graphics card: from where to where, from when, for how long. */

import { mercatorX, mercatorY } from "./mercator.js";

// A walker's report comes every 10 to 30 s: gliding longer than this would show a place that is no longer true.
const LONGEST_GLIDE_S = 12;
const SHORTEST_GLIDE_S = 0.8;
// Farther than this between two reports is a jump, not a walk; a marker that flies across the county is a lie.
const LONGEST_STEP_M = 1500;
const METRES_PER_UNIT = 40_075_016.68;

/** Floats of one point in the buffer: previous x, y, next x, y, start, length. */
export const STRIDE = 6;

export class Motion {
  /**
   * @param {[number, number]} origin lon, lat; positions are Float32 relative to it, so that they stay exact to millimetres
   * @param {number} [capacity]
   */
  constructor(origin, capacity = 8192) {
    this.originX = mercatorX(origin[0]);
    this.originY = mercatorY(origin[1]);
    this.cosLat = Math.cos((origin[1] * Math.PI) / 180);
    /** Seconds since the first use; the shader gets the same clock, small enough for Float32. */
    this.data = new Float32Array(capacity * STRIDE);
    this.count = 0;
    /** When each glide ends, and how fast it goes in units of the square per second. */
    this.endsAt = new Float32Array(capacity);
    this.pace = new Float32Array(capacity);
    this.placed = new Uint8Array(capacity);
  }

  /**
   * Sends a point to a new place. What is shown now becomes the start, so nothing jumps.
   * @param {number} slot
   * @param {number} lon
   * @param {number} lat
   * @param {number} nowS
   * @param {number} sinceLastS time between the two fixes; 0 places at once
   */
  moveTo(slot, lon, lat, nowS, sinceLastS) {
    this.#reserve(slot + 1);
    const d = this.data;
    const o = slot * STRIDE;
    const x = mercatorX(lon) - this.originX;
    const y = mercatorY(lat) - this.originY;
    const [fromX, fromY] = this.placed[slot] ? this.shownAt(slot, nowS) : [x, y];
    const distance = Math.hypot(x - fromX, y - fromY);
    const glides = sinceLastS > 0 && distance > 0 && distance * METRES_PER_UNIT * this.cosLat < LONGEST_STEP_M;
    const length = glides ? Math.min(LONGEST_GLIDE_S, Math.max(SHORTEST_GLIDE_S, sinceLastS)) : 0;
    d[o] = glides ? fromX : x;
    d[o + 1] = glides ? fromY : y;
    d[o + 2] = x;
    d[o + 3] = y;
    d[o + 4] = nowS;
    d[o + 5] = length;
    this.endsAt[slot] = nowS + length;
    this.pace[slot] = glides ? distance / length : 0;
    this.placed[slot] = 1;
  }

  /**
   * Where a point is drawn, relative to the origin.
   * @param {number} slot
   * @param {number} nowS
   * @returns {[number, number]}
   */
  shownAt(slot, nowS) {
    const d = this.data;
    const o = slot * STRIDE;
    const length = num(d, o + 5);
    const f = length > 0 ? Math.min(1, Math.max(0, (nowS - num(d, o + 4)) / length)) : 1;
    return [num(d, o) + (num(d, o + 2) - num(d, o)) * f, num(d, o + 1) + (num(d, o + 3) - num(d, o + 1)) * f];
  }

  /**
   * The fastest glide inside a box at this moment, in units of the square per second; 0 when all stand.
   * @param {{west: number, east: number, north: number, south: number}} box relative to the origin
   * @param {number} nowS
   */
  fastest(box, nowS) {
    let fastest = 0;
    for (let slot = 0; slot < this.count; slot++) {
      const pace = num(this.pace, slot);
      if (pace <= fastest || num(this.endsAt, slot) <= nowS) continue;
      const x = num(this.data, slot * STRIDE + 2);
      const y = num(this.data, slot * STRIDE + 3);
      if (x >= box.west && x <= box.east && y >= box.north && y <= box.south) fastest = pace;
    }
    return fastest;
  }

  /**
   * The nearest accepted point within a radius, or -1. A linear scan: 50,000 points take under a millisecond.
   * @param {number} x relative to the origin
   * @param {number} y
   * @param {number} radius
   * @param {number} nowS
   * @param {(slot: number) => boolean} accept
   */
  nearest(x, y, radius, nowS, accept) {
    let best = -1;
    let bestSquare = radius * radius;
    for (let slot = 0; slot < this.count; slot++) {
      const o = slot * STRIDE;
      // The end of the glide is close to its start: most points are dismissed before any arithmetic on time.
      if (Math.abs(num(this.data, o + 2) - x) > radius * 4 && Math.abs(num(this.data, o) - x) > radius * 4) continue;
      const [sx, sy] = this.shownAt(slot, nowS);
      const square = (sx - x) ** 2 + (sy - y) ** 2;
      if (square < bestSquare && accept(slot)) {
        best = slot;
        bestSquare = square;
      }
    }
    return best;
  }

  /** @param {number} count */
  #reserve(count) {
    this.count = Math.max(this.count, count);
    if (count * STRIDE <= this.data.length) return;
    const capacity = Math.max(count, (this.data.length / STRIDE) * 2);
    this.data = copied(this.data, new Float32Array(capacity * STRIDE));
    this.endsAt = copied(this.endsAt, new Float32Array(capacity));
    this.pace = copied(this.pace, new Float32Array(capacity));
    this.placed = copied(this.placed, new Uint8Array(capacity));
  }
}

/**
 * @template {Float32Array | Uint8Array} T
 * @param {T} from
 * @param {T} to
 * @returns {T}
 */
function copied(from, to) {
  to.set(from);
  return to;
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} i
 */
function num(values, i) {
  return /** @type {number} */ (values[i]);
}
