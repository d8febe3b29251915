/** Main-thread milliseconds of the last few hundred frames. */

const KEPT = 300;

export class FrameStats {
  #times = new Float64Array(KEPT);
  frames = 0;

  /** @param {number} ms */
  add(ms) {
    this.#times[this.frames % KEPT] = ms;
    this.frames++;
  }

  /** @returns {{frames: number, lastMs: number, meanMs: number, p95Ms: number, maxMs: number}} */
  read() {
    const n = Math.min(this.frames, KEPT);
    if (n === 0) return { frames: 0, lastMs: 0, meanMs: 0, p95Ms: 0, maxMs: 0 };
    const sorted = this.#times.slice(0, n).sort();
    const mean = sorted.reduce((sum, ms) => sum + ms, 0) / n;
    const at = (/** @type {number} */ i) => sorted[Math.min(n - 1, i)] ?? 0;
    return {
      frames: this.frames,
      lastMs: this.#times[(this.frames - 1) % KEPT] ?? 0,
      meanMs: mean,
      p95Ms: at(Math.floor(n * 0.95)),
      maxMs: at(n - 1),
    };
  }
}
