/** What became of past rounds, in a few friendly words. Pure. */

/**
 * One of GET /api/v1/my/rounds.
 * @typedef {object} PastRound
 * @property {string} day "2026-03-05"
 * @property {number} ordinal
 * @property {string} name
 * @property {string} state
 * @property {number} cells
 * @property {number} covered
 * @property {number} minutes
 * @property {number} key_points
 * @property {number} visited
 * @property {number} [longest_gap_s]
 * @property {number} [starts_ms]
 * @property {number} [ends_ms]
 * @property {{text?: string, decision?: string | null, note?: string} | null} [dispute]
 */
/** @typedef {{min_coverage: number, min_minutes: number}} Wanted */
/** @typedef {{key: string, params?: Record<string, string | number>}} Sentence */

/** @type {Wanted} what a county begins with */
export const USUAL = { min_coverage: 0.7, min_minutes: 30 };
const CLOSED = ["done", "late", "missed", "no_data", "excused"];
const DISPUTABLE = ["late", "missed", "no_data"];

/**
 * Only rounds whose window is over, newest first.
 * @param {readonly PastRound[]} rounds
 * @returns {PastRound[]}
 */
export function closedRounds(rounds) {
  return rounds
    .filter(({ state }) => CLOSED.includes(state))
    .sort((a, b) => (a.day === b.day ? b.ordinal - a.ordinal : a.day < b.day ? 1 : -1));
}

/**
 * What was missing, the largest thing first; one sentence at least.
 * @param {PastRound} round
 * @param {Wanted} [wanted] what the plan asks for
 * @returns {Sentence[]}
 */
export function sentencesOf(round, { min_coverage, min_minutes } = USUAL) {
  if (round.state === "done" || round.state === "excused") return [{ key: `past.${round.state}` }];
  if (round.state === "no_data") return [silence(Math.round((round.longest_gap_s ?? 0) / 60))];
  const needed = Math.ceil(min_coverage * round.cells - 1e-9);
  const minutes = Math.ceil(min_minutes - round.minutes);
  /** @type {Sentence[]} */
  const lacking = [];
  if (round.covered === 0 && round.minutes < 1) lacking.push({ key: "past.nothing" });
  else {
    if (round.covered < needed) lacking.push({ key: "past.cells", params: { n: needed - round.covered } });
    if (minutes > 0) lacking.push({ key: "past.minutes", params: { n: minutes } });
    const points = round.key_points - round.visited;
    if (points > 0) lacking.push({ key: "past.points", params: { n: points } });
  }
  return round.state === "late" ? [{ key: "past.late" }] : lacking.length ? lacking : [{ key: "past.missed" }];
}

/**
 * @param {number} minutes
 * @returns {Sentence}
 */
function silence(minutes) {
  return minutes > 0 ? { key: "past.no_data", params: { n: minutes } } : { key: "past.silent" };
}

/** @param {PastRound} round */
export function percentOf({ covered, cells }) {
  return cells === 0 ? 0 : Math.floor((100 * covered) / cells);
}

/** @param {PastRound} round */
export function mayDispute({ state, dispute }) {
  return !dispute && DISPUTABLE.includes(state);
}

/**
 * How often each thing happened, for the line above the list.
 * @param {readonly PastRound[]} rounds
 */
export function totals(rounds) {
  const due = rounds.filter(({ state }) => state !== "excused");
  return { due: due.length, done: due.filter(({ state }) => state === "done").length };
}
