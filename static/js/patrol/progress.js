/** The progress of a round: the server's columns as one record a grid, rolled up for every division above them. */

import { gridInArea } from "../core/roster.js";

/** @typedef {"waiting" | "open" | "done" | "late" | "missed" | "no_data" | "excused"} RoundState */
/** @typedef {"ok" | "at_risk" | "will_miss" | null} Forecast */
/** @typedef {{ordinal: number, name: string, starts_ms: number, ends_ms: number}} Round */
/** @typedef {{code: string[], state: RoundState[], cells: number[], covered: number[], minutes: number[], key_points: number[], visited: number[], confidence: number[], longest_gap_s: number[], forecast: Forecast[]}} GridColumns */
/** @typedef {{day: string, round: Round | null, rounds: Round[], grids: GridColumns}} RoundsAnswer */
/** @typedef {{code: string, state: RoundState, cells: number, covered: number, minutes: number, keyPoints: number, visited: number, confidence: number, longestGapS: number, forecast: Forecast}} GridRound */
/** @typedef {{code: string, covered: number, cells: number, minutes: number, state: RoundState, drawn?: number, new?: number[]}} LiveGrid */
/** @typedef {{grids: number, due: number, done: number, cells: number, covered: number, share: number, doneShare: number, byPhase: Record<Phase, number>}} Summary */
/** What a reader tells apart: an open round by its forecast and whether anybody has walked. @typedef {"done" | "late" | "walking" | "not_started" | "at_risk" | "will_miss" | "missed" | "no_data" | "excused" | "waiting"} Phase */

/** In the order of a bar, from well to ill. @type {readonly Phase[]} */
export const PHASES = [
  "done",
  "late",
  "walking",
  "not_started",
  "at_risk",
  "will_miss",
  "missed",
  "no_data",
  "excused",
  "waiting",
];

/**
 * @param {RoundsAnswer} answer
 * @returns {Map<string, GridRound>} by grid code
 */
export function byGrid({ grids }) {
  return new Map(
    grids.code.map((code, i) => [
      code,
      {
        code,
        state: grids.state[i] ?? "waiting",
        cells: grids.cells[i] ?? 0,
        covered: grids.covered[i] ?? 0,
        minutes: grids.minutes[i] ?? 0,
        keyPoints: grids.key_points[i] ?? 0,
        visited: grids.visited[i] ?? 0,
        confidence: grids.confidence[i] ?? 0,
        longestGapS: grids.longest_gap_s[i] ?? 0,
        forecast: grids.forecast[i] ?? null,
      },
    ]),
  );
}

/**
 * @param {{state: RoundState, forecast: Forecast, covered: number}} grid
 * @returns {Phase}
 */
export function phaseOf({ state, forecast, covered }) {
  if (state !== "open") return state;
  if (forecast === "will_miss" || forecast === "at_risk") return forecast;
  return covered > 0 ? "walking" : "not_started";
}

/**
 * Whether somebody should do something about a round: not for one that goes well.
 * @param {{state: RoundState, forecast: Forecast, covered: number}} round
 */
export function needsHand(round) {
  return !["walking", "done", "late", "excused", "waiting"].includes(phaseOf(round));
}

/**
 * The part of the reachable cells that was seen, 0 where there are none.
 * @param {{cells: number, covered: number}} counts
 */
export function shareOf({ cells, covered }) {
  return cells > 0 ? covered / cells : 0;
}

/**
 * Sums over grids. Excused and waiting rounds are not due, so they neither help nor harm the share of done ones.
 * @param {Iterable<GridRound>} grids
 * @returns {Summary}
 */
export function summary(grids) {
  const byPhase = /** @type {Record<Phase, number>} */ (Object.fromEntries(PHASES.map((phase) => [phase, 0])));
  let count = 0;
  let cells = 0;
  let covered = 0;
  for (const grid of grids) {
    count++;
    cells += grid.cells;
    covered += grid.covered;
    byPhase[phaseOf(grid)]++;
  }
  const due = count - byPhase.excused;
  const done = byPhase.done + byPhase.late;
  return {
    grids: count,
    due,
    done,
    cells,
    covered,
    byPhase,
    share: shareOf({ cells, covered }),
    doneShare: due ? done / due : 0,
  };
}

/**
 * The grids of a division, or the one grid that is named.
 * @param {ReadonlyMap<string, GridRound>} grids
 * @param {string} area "" for all
 * @returns {GridRound[]}
 */
export function gridsIn(grids, area) {
  return [...grids.values()].filter(({ code }) => gridInArea(code, area));
}

/**
 * The divisions right below one, each with its sum; below a village stand its grids alone.
 * @param {ReadonlyMap<string, GridRound>} grids
 * @param {string} area a county, township or village
 * @returns {{code: string, sum: Summary}[]} in the order of their codes
 */
export function children(grids, area) {
  const digits = area.endsWith("000000") || area === "" ? 9 : area.endsWith("000") ? 12 : 15;
  /** @type {Map<string, GridRound[]>} */
  const groups = new Map();
  for (const grid of gridsIn(grids, area)) {
    const code = grid.code.slice(0, digits).padEnd(12, "0");
    const group = groups.get(code);
    if (group) group.push(grid);
    else groups.set(code, [grid]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, group]) => ({ code, sum: summary(group) }));
}

/**
 * Takes what the live stream said; grids that are not shown are left out.
 * @param {Map<string, GridRound>} grids changed in place
 * @param {readonly LiveGrid[]} news
 * @returns {string[]} the codes that changed
 */
export function applyLive(grids, news) {
  const changed = [];
  for (const { code, covered, cells, minutes, state } of news) {
    const before = grids.get(code);
    if (!before) continue;
    const forecast = state === "open" ? before.forecast : null;
    grids.set(code, { ...before, covered, cells, minutes, state, forecast });
    changed.push(code);
  }
  return changed;
}
