/** Where each state of the table stands in the drawing: pure, from the table alone. */

/** @typedef {{code: string}} StateRow */
/** @typedef {{from: string, to: string}} TransitionRow */
/** @typedef {{column: number, row: number}} Spot */

// A target that so many states lead to would be nothing but lines: it is said in words instead.
const MANY = 8;

/**
 * Transitions that are drawn, and those targets and sources that are said in words.
 * @template {TransitionRow} T
 * @param {readonly T[]} transitions
 */
export function drawn(transitions) {
  const into = count(transitions.map((row) => row.to));
  const out = count(transitions.map((row) => row.from));
  const many = (/** @type {T} */ row) => (into.get(row.to) ?? 0) >= MANY || (out.get(row.from) ?? 0) >= MANY;
  return { lines: transitions.filter((row) => !many(row)), hubs: [...new Set([...keysOver(into), ...keysOver(out)])] };
}

/**
 * Columns by the shortest way from the first state, rows in the order of the table.
 * @param {readonly StateRow[]} states
 * @param {readonly TransitionRow[]} lines
 * @returns {Map<string, Spot>}
 */
export function spots(states, lines) {
  const first = states[0]?.code ?? "";
  /** @type {Map<string, number>} */
  const column = new Map([[first, 0]]);
  const waiting = [first];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const { from, to } of lines) {
      if (from !== at || column.has(to)) continue;
      column.set(to, (column.get(at) ?? 0) + 1);
      waiting.push(to);
    }
  }
  const last = Math.max(...column.values());
  /** @type {Map<number, number>} */
  const filled = new Map();
  /** @type {Map<string, Spot>} */
  const found = new Map();
  for (const { code } of states) {
    const c = column.get(code) ?? last + 1;
    const row = filled.get(c) ?? 0;
    filled.set(c, row + 1);
    found.set(code, { column: c, row });
  }
  return found;
}

/** @param {readonly string[]} keys */
function count(keys) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}

/** @param {Map<string, number>} counts */
function keysOver(counts) {
  return [...counts].filter(([, n]) => n >= MANY).map(([key]) => key);
}
