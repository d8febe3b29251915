/** The workers on the map: one instanced draw call, moved by the graphics card, picked by a scan on the processor. */

import { FrameStats } from "./frame_stats.js";
import { createProgram, rgb, translated } from "./gl.js";
import { lonLatOf, mercatorX, mercatorY } from "./mercator.js";
import { Motion, STRIDE } from "./motion.js";
import { describe, put, radiusPx } from "./worker_buffers.js";
import { FRAGMENT, VERTEX } from "./worker_shaders.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {{program: WebGLProgram, vao: WebGLVertexArrayObject, motion: WebGLBuffer, style: WebGLBuffer, motionBytes: number, styleBytes: number, uniforms: Record<string, WebGLUniformLocation | null>}} Gpu */

export const LEADER = 1;
export const HOVERED = 2;
export const SELECTED = 4;
export const BEARING = 8;
export const FADED = 16;
export const HIDDEN = 128;

const ATTRIBUTES = ["corner", "from", "to", "timing", "style"];
const UNIFORMS = [
  "matrix",
  "viewport",
  "now",
  "size",
  "hues",
  "casing",
  "paper",
  "mark",
  "still",
  "detail",
  "turn",
  "ratio",
];
// Resting and lost ones below, live ones above them, leaders, calls for help and the selection on top.
const PASSES = 3;
// A move of a third of a pixel is the least an eye can see: slower motion is drawn less often.
const PIXELS_PER_FRAME = 0.34;

export class WorkersLayer {
  type = /** @type {const} */ ("custom");
  renderingMode = /** @type {const} */ ("2d");
  /** @type {MapLibre | null} */
  #map = null;
  /** @type {Gpu | null} */
  #gpu = null;
  #dirtyMotion = true;
  #dirtyStyle = true;
  #styles = new Uint8Array(8192 * 4);
  #stats = new FrameStats();
  #ringing = false;
  #timer = 0;
  /** @type {Palette} */
  #palette;

  /**
   * @param {{id: string, origin: [number, number], palette: Palette, reducedMotion: boolean, clockMs?: () => number}} options
   */
  constructor({ id, origin, palette, reducedMotion, clockMs = () => performance.now() }) {
    this.id = id;
    this.motion = new Motion(origin);
    this.reducedMotion = reducedMotion;
    this.#palette = palette;
    this.#startMs = clockMs();
    this.#clockMs = clockMs;
    /** @type {(() => void) | null} called after each drawn frame */
    this.afterFrame = null;
  }

  #startMs;
  #clockMs;

  /** Seconds on the layer's own clock. */
  nowS() {
    return (this.#clockMs() - this.#startMs) / 1000;
  }

  /** Main-thread milliseconds of the drawn frames. */
  stats() {
    return { points: this.motion.count, ...this.#stats.read() };
  }

  /** @param {Palette} palette */
  setPalette(palette) {
    this.#palette = palette;
    this.#map?.triggerRepaint();
  }

  /**
   * @param {number} slot
   * @param {number} lon in the map's datum
   * @param {number} lat
   * @param {number} sinceLastS
   */
  moveTo(slot, lon, lat, sinceLastS) {
    this.motion.moveTo(slot, lon, lat, this.nowS(), this.reducedMotion ? 0 : sinceLastS);
    this.#dirtyMotion = true;
  }

  /**
   * @param {number} slot
   * @param {number} status
   * @param {number} bearing degrees
   * @param {number} marks bits above
   * @param {number} staleness 0 = live, 1 = oldest
   */
  setStyle(slot, status, bearing, marks, staleness) {
    if ((slot + 1) * 4 > this.#styles.length) {
      const larger = new Uint8Array(this.#styles.length * 2);
      larger.set(this.#styles);
      this.#styles = larger;
    }
    this.#styles.set([status, Math.round((bearing * 256) / 360) & 255, marks, Math.round(staleness * 255)], slot * 4);
    this.#dirtyStyle = true;
  }

  /** Says whether somebody asks for help, so that the ring goes on. @param {boolean} ringing */
  setRinging(ringing) {
    this.#ringing = ringing;
    this.#map?.triggerRepaint();
  }

  /** Draws soon what was changed. */
  repaint() {
    this.#map?.triggerRepaint();
  }

  /**
   * Where a worker is drawn now, in the map's datum.
   * @param {number} slot
   * @returns {[number, number]}
   */
  shownLonLat(slot) {
    const [x, y] = this.motion.shownAt(slot, this.nowS());
    return lonLatOf(x + this.motion.originX, y + this.motion.originY);
  }

  /**
   * The worker under a place on the screen, or -1.
   * @param {number} lon
   * @param {number} lat
   * @param {number} radiusPx
   */
  pick(lon, lat, radiusPx) {
    if (!this.#map) return -1;
    const radius = radiusPx / (512 * 2 ** this.#map.getZoom());
    const x = mercatorX(lon) - this.motion.originX;
    const y = mercatorY(lat) - this.motion.originY;
    return this.motion.nearest(x, y, radius, this.nowS(), (slot) => this.isVisible(slot));
  }

  /** @param {number} slot */
  isVisible(slot) {
    return slot < this.motion.count && this.motion.placed[slot] === 1 && !((this.#styles[slot * 4 + 2] ?? 0) & HIDDEN);
  }

  /**
   * @param {MapLibre} map
   * @param {WebGLRenderingContext | WebGL2RenderingContext} context
   */
  onAdd(map, context) {
    const gl = /** @type {WebGL2RenderingContext} */ (context);
    this.#map = map;
    const program = createProgram(gl, VERTEX, FRAGMENT, ATTRIBUTES);
    const motion = gl.createBuffer();
    const style = gl.createBuffer();
    const vao = describe(gl, motion, style);
    const uniforms = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.#gpu = { program, vao, motion, style, motionBytes: 0, styleBytes: 0, uniforms };
    this.#dirtyMotion = true;
    this.#dirtyStyle = true;
  }

  onRemove() {
    clearTimeout(this.#timer);
    this.#gpu = null;
    this.#map = null;
  }

  /**
   * @param {WebGLRenderingContext | WebGL2RenderingContext} context
   * @param {{defaultProjectionData: {mainMatrix: ArrayLike<number>}}} options
   */
  render(context, { defaultProjectionData }) {
    const gl = /** @type {WebGL2RenderingContext} */ (context);
    const map = this.#map;
    const gpu = this.#gpu;
    if (!map || !gpu) return;
    const startedMs = performance.now();
    const now = this.nowS();
    gl.useProgram(gpu.program);
    gl.bindVertexArray(gpu.vao);
    this.#upload(gl, gpu);
    this.#setUniforms(
      gl,
      gpu,
      translated(defaultProjectionData.mainMatrix, this.motion.originX, this.motion.originY),
      now,
    );
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    for (let turn = 0; turn < PASSES; turn++) {
      gl.uniform1ui(gpu.uniforms.turn ?? null, turn);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.motion.count);
    }
    gl.bindVertexArray(null);
    this.afterFrame?.();
    this.#scheduleNext(map, now);
    this.#stats.add(performance.now() - startedMs);
  }

  /**
   * @param {WebGL2RenderingContext} gl
   * @param {Gpu} gpu
   */
  #upload(gl, gpu) {
    const { count, data } = this.motion;
    if (this.#dirtyMotion) {
      gl.bindBuffer(gl.ARRAY_BUFFER, gpu.motion);
      gpu.motionBytes = put(gl, data, count * STRIDE, gpu.motionBytes);
      this.#dirtyMotion = false;
    }
    if (this.#dirtyStyle || gpu.styleBytes < count * 4) {
      gl.bindBuffer(gl.ARRAY_BUFFER, gpu.style);
      gpu.styleBytes = put(gl, this.#styles, count * 4, gpu.styleBytes);
      this.#dirtyStyle = false;
    }
  }

  /**
   * @param {WebGL2RenderingContext} gl
   * @param {Gpu} gpu
   * @param {Float32Array} matrix
   * @param {number} now
   */
  #setUniforms(gl, { uniforms: u }, matrix, now) {
    const zoom = this.#map?.getZoom() ?? 10;
    const ratio = globalThis.devicePixelRatio || 1;
    gl.uniformMatrix4fv(u.matrix ?? null, false, matrix);
    gl.uniform2f(u.viewport ?? null, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(u.now ?? null, now);
    gl.uniform1f(u.size ?? null, radiusPx(zoom) * ratio);
    gl.uniform1f(u.ratio ?? null, ratio);
    gl.uniform1f(u.detail ?? null, Math.min(1, Math.max(0, zoom - 14)));
    gl.uniform1f(u.still ?? null, this.reducedMotion ? 1 : 0);
    gl.uniform3fv(u.hues ?? null, this.#palette.status.flatMap(rgb));
    gl.uniform3fv(u.casing ?? null, rgb(this.#palette.casing));
    gl.uniform3fv(u.paper ?? null, rgb(this.#palette.paper));
    gl.uniform3fv(u.mark ?? null, rgb(this.#palette.mark));
  }

  /**
   * The next frame comes when something will have moved visibly; a resting map costs nothing.
   * @param {MapLibre} map
   * @param {number} now
   */
  #scheduleNext(map, now) {
    clearTimeout(this.#timer);
    if (this.reducedMotion) return;
    const waitMs = this.#ringing ? 33 : this.#waitMs(map, now);
    if (waitMs <= 17) map.triggerRepaint();
    else if (waitMs < 60_000) this.#timer = setTimeout(() => map.triggerRepaint(), waitMs);
  }

  /**
   * @param {MapLibre} map
   * @param {number} now
   */
  #waitMs(map, now) {
    const bounds = map.getBounds();
    const { originX, originY } = this.motion;
    const box = {
      west: mercatorX(bounds.getWest()) - originX,
      east: mercatorX(bounds.getEast()) - originX,
      north: mercatorY(bounds.getNorth()) - originY,
      south: mercatorY(bounds.getSouth()) - originY,
    };
    const pace = this.motion.fastest(box, now) * 512 * 2 ** map.getZoom();
    return pace > 0 ? (PIXELS_PER_FRAME / pace) * 1000 : Number.POSITIVE_INFINITY;
  }
}
