/** <virtual-list>: thousands of rows of one height, of which only those in view are in the page. */

import { el } from "./dom.js";

// Rows drawn above and below what is seen, so that a quick scroll does not show a gap.
const SPARE_ROWS = 6;

export class VirtualList extends HTMLElement {
  /** @type {readonly any[]} */
  #items = [];
  #spacer = el("div", { class: "virtual-spacer" });
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  rowHeight = 56;
  /** Makes a row. @type {() => HTMLElement} */
  makeRow = () => el("div");
  /** Fills a row with an item. @type {(row: HTMLElement, item: any, index: number) => void} */
  fillRow = () => {};

  connectedCallback() {
    this.replaceChildren(this.#spacer);
    this.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this);
  }

  /** @param {readonly any[]} items */
  set items(items) {
    this.#items = items;
    this.#spacer.style.height = `${items.length * this.rowHeight}px`;
    this.draw();
  }

  get items() {
    return this.#items;
  }

  /** Puts the rows in view into the page and fills them anew. */
  draw() {
    const first = Math.max(0, Math.floor(this.scrollTop / this.rowHeight) - SPARE_ROWS);
    const last = Math.min(
      this.#items.length,
      Math.ceil((this.scrollTop + this.clientHeight) / this.rowHeight) + SPARE_ROWS,
    );
    const free = [];
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue;
      free.push(row);
      this.#rows.delete(index);
    }
    for (let index = first; index < last; index++) {
      const row = this.#rows.get(index) ?? free.pop() ?? this.makeRow();
      this.#rows.set(index, row);
      row.style.transform = `translateY(${index * this.rowHeight}px)`;
      row.setAttribute("aria-posinset", String(index + 1));
      row.setAttribute("aria-setsize", String(this.#items.length));
      this.fillRow(row, this.#items[index], index);
      if (!row.parentElement) this.#spacer.append(row);
    }
    for (const row of free) row.remove();
  }

  /** @param {number} index */
  reveal(index) {
    const top = index * this.rowHeight;
    const lowest = top + this.rowHeight - this.clientHeight;
    this.scrollTo({ top: Math.min(top, Math.max(lowest, this.scrollTop)) });
  }
}

customElements.define("virtual-list", VirtualList);
