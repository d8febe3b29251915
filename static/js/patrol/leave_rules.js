/** What a leave's form may say, checked before it is sent; the server checks again. */

import { moveSpan } from "./desk_state.js";

/** @typedef {{id: number, worker_id: number, name: string, grid: string, from_day: string, to_day: string, reason: string}} Leave both days inclusive */
/** @typedef {{id: number, name: string, grid: string, number: string}} Walker */

/** A sick note may come some days late; older rounds stay as they are. */
export const BACK_DAYS = 7;
const MOST_DAYS = 366;
const ORDER = { now: 0, later: 1, over: 2 };

/**
 * Whether a leave holds on a day.
 * @param {{from_day: string, to_day: string}} leave
 * @param {string} day
 * @returns {"now" | "later" | "over"}
 */
export function leavePhase({ from_day, to_day }, day) {
  if (day < from_day) return "later";
  return day > to_day ? "over" : "now";
}

/**
 * Running ones first, those that end first before the others; then what is to come, then what was.
 * @param {readonly Leave[]} leaves
 * @param {string} day
 */
export function byPhase(leaves, day) {
  return [...leaves].sort((a, b) => {
    const [x, y] = [leavePhase(a, day), leavePhase(b, day)];
    if (x !== y) return ORDER[x] - ORDER[y];
    if (x === "over") return a.to_day > b.to_day ? -1 : 1;
    const [p, q] = x === "now" ? [a.to_day, b.to_day] : [a.from_day, b.from_day];
    return p === q ? a.id - b.id : p < q ? -1 : 1;
  });
}

/** @param {string} from @param {string} to */
export const daysOf = (from, to) => (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;

/**
 * The first thing that is wrong, as a key of the words.
 * @param {{worker: number | null, from: string, to: string}} form
 * @param {string} today
 * @returns {string | null}
 */
export function leaveProblem({ worker, from, to }, today) {
  if (worker === null) return "leave.problem.worker";
  if (!from || !to || to < from) return "leave.problem.order";
  if (from < moveSpan("day", today, -BACK_DAYS)) return "leave.problem.old";
  return daysOf(from, to) > MOST_DAYS ? "leave.problem.long" : null;
}

/**
 * The last day that is offered where a leave is to end: who is back today had leave until yesterday.
 * @param {{from_day: string, to_day: string}} leave
 * @param {string} today
 */
export function usualEnd(leave, today) {
  const yesterday = moveSpan("day", today, -1);
  return leavePhase(leave, today) === "now" && leave.from_day <= yesterday ? yesterday : leave.to_day;
}

/**
 * Workers by part of the name, of the number or of the grid's name; those whose name begins with it come first.
 * @param {readonly Walker[]} walkers
 * @param {string} text
 * @param {(grid: string) => string} gridName
 * @param {number} most
 */
export function findWalkers(walkers, text, gridName, most) {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const rank = (/** @type {Walker} */ { name, number, grid }) => {
    if (name.toLowerCase().startsWith(wanted)) return 0;
    if (name.toLowerCase().includes(wanted)) return 1;
    return number.toLowerCase().includes(wanted) || gridName(grid).toLowerCase().includes(wanted) ? 2 : 3;
  };
  return walkers
    .map((walker) => ({ walker, rank: rank(walker) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ walker }) => walker);
}
