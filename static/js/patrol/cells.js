/** The reachable cells of some villages and which of them were seen, each cell with a number that the map knows it by. */

import { decodeBits, decodeShorts, spread } from "./bits.js";

/** @typedef {{version: number, resolution: number, grids: {code: string[], offset: number[]}, cells: string[], seen: string, past?: PastCells | null}} CellsAnswer */
/** @typedef {{time_ms: number, starts_ms: number, known_ms: number, first_minute: string}} PastCells */
/** When each cell was first seen, in minutes since the round began. @typedef {{startsMs: number, knownMs: number, minutes: Uint16Array}} First */
/** @typedef {{firstId: number, cells: string[], seen: Uint8Array, offsets: Map<string, [number, number]>, first: First | null}} VillageCells */

const MINUTE_MS = 60_000;
const NEVER = 65_535;

export class CellStore {
  /** Least recently used first. @type {Map<string, VillageCells>} */
  #villages = new Map();
  #nextId = 1;

  get villages() {
    return this.#villages;
  }

  /** How many cells are kept. */
  get size() {
    let total = 0;
    for (const { cells } of this.#villages.values()) total += cells.length;
    return total;
  }

  clear() {
    this.#villages.clear();
  }

  /**
   * @param {string} village
   * @param {CellsAnswer} answer
   */
  put(village, { grids, cells, seen, past }) {
    const had = this.#villages.get(village);
    // A village that is read again keeps its numbers, so that nothing on the map flickers.
    const keeps = had?.cells.length === cells.length;
    const firstId = keeps ? had.firstId : this.#nextId;
    if (!keeps) this.#nextId += cells.length;
    const offsets = new Map(
      grids.code.map((code, i) => [
        code,
        /** @type {[number, number]} */ ([grids.offset[i] ?? 0, grids.offset[i + 1] ?? cells.length]),
      ]),
    );
    this.#villages.delete(village);
    const first = past
      ? { startsMs: past.starts_ms, knownMs: past.known_ms, minutes: decodeShorts(past.first_minute) }
      : null;
    this.#villages.set(village, { firstId, cells, seen: spread(decodeBits(seen), cells.length), offsets, first });
  }

  /**
   * Goes to a past instant of the round, forwards or back.
   * @param {number} ms
   * @returns {{id: number, seen: number}[]} the cells that are not as they were
   */
  goTo(ms) {
    const changed = [];
    for (const { firstId, first, seen } of this.#villages.values()) {
      if (!first) continue;
      for (let n = 0; n < seen.length; n++) {
        const firstMinute = first.minutes[n] ?? NEVER;
        const is = firstMinute !== NEVER && first.startsMs + firstMinute * MINUTE_MS < ms ? 1 : 0;
        if (seen[n] === is) continue;
        seen[n] = is;
        changed.push({ id: firstId + n, seen: is });
      }
    }
    return changed;
  }

  /**
   * The villages whose answer is older than an instant, so that it cannot tell what was seen by then.
   * @param {number} ms
   */
  behind(ms) {
    return [...this.#villages].filter(([, { first }]) => first !== null && first.knownMs < ms).map(([code]) => code);
  }

  /** Says that a village was looked at just now. @param {string} village */
  touch(village) {
    const kept = this.#villages.get(village);
    if (!kept) return false;
    this.#villages.delete(village);
    this.#villages.set(village, kept);
    return true;
  }

  /** Forgets the least recently used ones beyond a number of cells. @param {number} most */
  trim(most) {
    let total = this.size;
    for (const [village, { cells }] of [...this.#villages]) {
      if (total <= most || this.#villages.size === 1) return;
      this.#villages.delete(village);
      total -= cells.length;
    }
  }

  /**
   * Marks cells of a grid as seen.
   * @param {string} grid
   * @param {readonly number[]} indices within the grid
   * @returns {number[]} the numbers of the cells that were not seen before
   */
  see(grid, indices) {
    const village = this.#villages.get(grid.slice(0, 12));
    const range = village?.offsets.get(grid);
    if (!village || !range) return [];
    const fresh = [];
    for (const index of indices) {
      const n = range[0] + index;
      if (n >= range[1] || village.seen[n]) continue;
      village.seen[n] = 1;
      fresh.push(village.firstId + n);
    }
    return fresh;
  }

  /**
   * How many cells of a grid are marked as seen, null where the grid is not kept.
   * @param {string} grid
   */
  covered(grid) {
    const village = this.#villages.get(grid.slice(0, 12));
    const range = village?.offsets.get(grid);
    return village && range ? village.seen.subarray(...range).reduce((sum, bit) => sum + bit, 0) : null;
  }
}
