/** A set of hexagons being edited, stroke by stroke: what a stroke did is undone as one. */

export class CellEdit {
  /** @type {ReadonlySet<string>} */
  #was;
  /** @type {Set<string>} */
  #chosen;
  /** @type {string[][]} */
  #strokes = [];
  /** @type {{adds: boolean, cells: string[]} | null} */
  #stroke = null;

  /**
   * @param {Iterable<string>} ground all hexagons that may be chosen; those that are chosen already belong to it
   * @param {Iterable<string>} chosen
   */
  constructor(ground, chosen) {
    this.#was = new Set(chosen);
    this.#chosen = new Set(this.#was);
    /** @type {ReadonlySet<string>} */
    this.ground = new Set([...ground, ...this.#was]);
  }

  get count() {
    return this.#chosen.size;
  }

  /** How many are chosen that were not. */
  get added() {
    return [...this.#chosen].filter((cell) => !this.#was.has(cell)).length;
  }

  /** How many were chosen and are not. */
  get removed() {
    return [...this.#was].filter((cell) => !this.#chosen.has(cell)).length;
  }

  get changed() {
    return this.added + this.removed > 0;
  }

  get undoable() {
    return this.#strokes.length > 0;
  }

  /** @param {string} cell */
  has(cell) {
    return this.#chosen.has(cell);
  }

  /** Whether it was chosen before the editing. @param {string} cell */
  had(cell) {
    return this.#was.has(cell);
  }

  /** @returns {string[]} the chosen ones, in order */
  cells() {
    return [...this.#chosen].sort();
  }

  /**
   * Begins a stroke: on a chosen hexagon it takes away, elsewhere it adds.
   * @param {string} cell
   * @returns {boolean} whether it began: outside of the ground none does
   */
  begin(cell) {
    this.end();
    if (!this.ground.has(cell)) return false;
    this.#stroke = { adds: !this.has(cell), cells: [] };
    return true;
  }

  /**
   * Goes on with the stroke.
   * @param {Iterable<string>} cells
   * @returns {string[]} those that changed
   */
  paint(cells) {
    const stroke = this.#stroke;
    if (!stroke) return [];
    const changed = [...cells].filter((cell) => this.ground.has(cell) && this.has(cell) !== stroke.adds);
    this.#flip(changed);
    stroke.cells.push(...changed);
    return changed;
  }

  end() {
    if (this.#stroke?.cells.length) this.#strokes.push(this.#stroke.cells);
    this.#stroke = null;
  }

  /**
   * Takes back the stroke that is being drawn: two fingers move the map, they do not draw.
   * @returns {string[]} the hexagons that changed back
   */
  abandon() {
    const cells = this.#stroke?.cells ?? [];
    this.#stroke = null;
    return this.#flip(cells);
  }

  /**
   * Takes back the last stroke.
   * @returns {string[]} the hexagons that changed back
   */
  undo() {
    this.end();
    return this.#flip(this.#strokes.pop() ?? []);
  }

  /**
   * A stroke changes a hexagon once at most, so that turning it again takes it back.
   * @param {string[]} cells
   */
  #flip(cells) {
    for (const cell of cells) if (!this.#chosen.delete(cell)) this.#chosen.add(cell);
    return cells;
  }
}
