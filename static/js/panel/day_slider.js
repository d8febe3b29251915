/** <day-slider>: a day as one range, with the day's activity drawn behind it. */

import { clock, DAY_MS } from "../core/time.js";
import { el } from "./dom.js";

const STEP_MS = 15_000;

export class DaySlider extends HTMLElement {
  #canvas = el("canvas", { class: "slider-activity", "aria-hidden": "true" });
  #range = el("input", { type: "range", min: 0, max: DAY_MS, step: STEP_MS, class: "slider-range" });
  #ticks = el("div", { class: "slider-ticks", "aria-hidden": "true" });
  /** @type {readonly number[]} */
  #bars = [];
  #startMs = 0;
  #nowMs = 0;
  /** Called while the thumb is moved, with Unix ms. @type {(ms: number) => void} */
  onpick = () => {};
  /** Called when the pointer is over a moment, null when it left. @type {(ms: number | null) => void} */
  onpoint = () => {};

  connectedCallback() {
    const hours = [0, 3, 6, 9, 12, 15, 18, 21, 24];
    this.#ticks.append(
      ...hours.map((h) => {
        const tick = el("span", {}, `${String(h).padStart(2, "0")}:00`);
        tick.style.left = `${(h / 24) * 100}%`;
        return tick;
      }),
    );
    this.replaceChildren(this.#canvas, this.#range, this.#ticks);
    this.#range.addEventListener("input", () =>
      this.onpick(this.#startMs + Math.min(Number(this.#range.value), this.#limit())),
    );
    this.addEventListener("pointermove", (event) => this.onpoint(this.#momentAt(event.clientX)));
    this.addEventListener("pointerleave", () => this.onpoint(null));
    new ResizeObserver(() => this.#draw()).observe(this);
  }

  /** @param {string} label */
  set label(label) {
    this.#range.setAttribute("aria-label", label);
  }

  /** @param {boolean} disabled */
  set disabled(disabled) {
    this.#range.disabled = disabled;
  }

  /**
   * @param {{startMs: number, nowMs: number, atMs: number, live: boolean}} time
   */
  show({ startMs, nowMs, atMs, live }) {
    const redraw = startMs !== this.#startMs || Math.abs(nowMs - this.#nowMs) > 60_000 || nowMs < this.#nowMs;
    this.#startMs = startMs;
    this.#nowMs = nowMs;
    this.#range.value = String(Math.min(DAY_MS, Math.max(0, atMs - startMs)));
    this.#range.setAttribute("aria-valuetext", clock(atMs, { seconds: true }));
    this.classList.toggle("is-live", live);
    if (redraw) this.#draw();
  }

  /** @param {readonly number[]} bars one number a step over the whole day */
  set bars(bars) {
    this.#bars = bars;
    this.#draw();
  }

  /**
   * @param {number} ms
   * @returns {number} the bar at that moment
   */
  barAt(ms) {
    return this.#bars[Math.floor(((ms - this.#startMs) / DAY_MS) * this.#bars.length)] ?? 0;
  }

  #limit() {
    return Math.min(DAY_MS, Math.max(0, this.#nowMs - this.#startMs));
  }

  /** @param {number} clientX */
  #momentAt(clientX) {
    const { left, width } = this.#canvas.getBoundingClientRect();
    return this.#startMs + Math.min(1, Math.max(0, (clientX - left) / width)) * DAY_MS;
  }

  #draw() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    this.#canvas.width = width * ratio;
    this.#canvas.height = height * ratio;
    const c = this.#canvas.getContext("2d");
    if (!c) return;
    const style = getComputedStyle(this);
    c.scale(ratio, ratio);
    const past = (this.#limit() / DAY_MS) * width;
    c.fillStyle = style.getPropertyValue("--slider-ahead");
    c.fillRect(past, 0, width - past, height);
    const most = Math.max(1, ...this.#bars);
    const step = width / Math.max(1, this.#bars.length);
    c.fillStyle = style.getPropertyValue("--slider-bar");
    for (const [i, n] of this.#bars.entries()) {
      const h = (n / most) * (height - 3);
      c.fillRect(i * step, height - h, Math.max(1, step - 0.6), h);
    }
  }
}

customElements.define("day-slider", DaySlider);
