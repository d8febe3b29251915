/** Workers' names beside their signs: close up for all in view, always for the selected and the replayed. */

import { el } from "../panel/dom.js";
import { radiusPx } from "./worker_buffers.js";

/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {{key: number, text: string, lonLat: [number, number], strong: boolean}} Name */

export const NAMES_ZOOM = 14.6;
const MOST = 90;
const LINE_PX = 18;

export class NamesOverlay {
  /** @type {Map<number, HTMLElement>} */
  #nodes = new Map();

  /**
   * @param {HTMLElement} root
   * @param {MapLibre} map
   */
  constructor(root, map) {
    this.root = root;
    this.map = map;
  }

  /**
   * Places the names; where two would cover each other the later one waits.
   * @param {readonly Name[]} names the most important first
   */
  show(names) {
    /** @type {[number, number, number][]} */
    const taken = [];
    const kept = new Set();
    const gap = radiusPx(this.map.getZoom()) + 5;
    for (const name of names.slice(0, MOST)) {
      const { x, y } = this.map.project(name.lonLat);
      const width = name.text.length * 13 + 8;
      const covered = taken.some(([left, top, w]) => Math.abs(top - y) < LINE_PX && x < left + w && left < x + width);
      if (covered && !name.strong) continue;
      taken.push([x, y, width]);
      kept.add(name.key);
      this.#put(name, x + gap, y);
    }
    for (const [key, node] of this.#nodes) {
      if (kept.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
  }

  /**
   * @param {Name} name
   * @param {number} x
   * @param {number} y
   */
  #put({ key, text, strong }, x, y) {
    let node = this.#nodes.get(key);
    if (!node) {
      node = el("span", { class: "worker-name" });
      this.#nodes.set(key, node);
      this.root.append(node);
    }
    if (node.textContent !== text) node.textContent = text;
    node.classList.toggle("is-strong", strong);
    node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}
