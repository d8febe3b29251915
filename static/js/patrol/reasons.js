/** Why a cell is reachable: the server's sum of numbers, the first of which is what the map shows. */

/** In the order in which they are shown; the names are those of the words `reach.why.…`. */
export const REASONS = /** @type {const} */ ([
  ["lane", 1],
  ["house", 2],
  ["point", 4],
  ["track", 8],
  ["hand", 16],
]);

/** @typedef {(typeof REASONS)[number][0]} Reason */

/**
 * The reason that is shown of a cell that has several.
 * @param {number} why
 * @returns {Reason}
 */
export function reasonOf(why) {
  return REASONS.find(([, bit]) => why & bit)?.[0] ?? "hand";
}

/**
 * How many cells have each reason, those that none has left out.
 * @param {readonly number[]} whys
 * @returns {{reason: Reason, n: number}[]}
 */
export function countReasons(whys) {
  return REASONS.map(([reason]) => ({ reason, n: whys.filter((why) => reasonOf(why) === reason).length })).filter(
    ({ n }) => n > 0,
  );
}
