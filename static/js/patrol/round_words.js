/** What the pages say of rounds: phases, forecasts, lengths, shares. */

import { clock, day, duration } from "../core/time.js";
import { phaseOf } from "./progress.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {import("../core/i18n.js").Language} Language */
/** @typedef {import("./progress.js").Round} Round */
/** @typedef {import("./progress.js").GridRound} GridRound */

/**
 * A share as whole per cent; only what is complete is 100 %, and only nothing is 0 %.
 * @param {number} share 0..1
 */
export function percent(share) {
  if (share >= 1) return "100%";
  if (share <= 0) return "0%";
  return `${Math.min(99, Math.max(1, Math.round(share * 100)))}%`;
}

/**
 * "06:00–10:00"
 * @param {Round} round
 */
export function windowText({ starts_ms, ends_ms }) {
  const end = clock(ends_ms);
  return `${clock(starts_ms)}–${end === "00:00" && day(ends_ms) !== day(starts_ms) ? "24:00" : end}`;
}

/**
 * Where a round stands on the clock: how long until it begins, how much of it is left, or that it is over.
 * @param {Round} round
 * @param {number} nowMs
 * @param {Translate} t
 * @param {Language} language
 */
export function clockText({ starts_ms, ends_ms }, nowMs, t, language) {
  if (nowMs < starts_ms) return t("patrol.round.before", { length: duration(starts_ms - nowMs, language) });
  if (nowMs < ends_ms) return t("patrol.round.left", { length: duration(ends_ms - nowMs, language) });
  return t("patrol.round.over");
}

/**
 * @param {Round} round
 * @param {number} nowMs
 * @returns {"waiting" | "open" | "over"}
 */
export function roundPhase({ starts_ms, ends_ms }, nowMs) {
  return nowMs < starts_ms ? "waiting" : nowMs < ends_ms ? "open" : "over";
}

/**
 * One sentence on a grid's round, for its row.
 * @param {GridRound} grid
 * @param {Translate} t
 */
export function gridNote(grid, t) {
  const parts = [t(`patrol.phase.${phaseOf(grid)}`), t("patrol.minutes", { n: Math.round(grid.minutes) })];
  if (grid.keyPoints > 0) parts.push(t("patrol.key_points.of", { n: grid.visited, all: grid.keyPoints }));
  return parts.join(" · ");
}

/**
 * The share of a grid; where nobody knows yet which of its ground can be walked, that.
 * @param {{cells: number, covered: number}} grid
 * @param {Translate} t
 */
export function shareText(grid, t) {
  return grid.cells > 0 ? percent(grid.covered / grid.cells) : t("patrol.share.unknown");
}

/**
 * The mark that stands before a share on the map, so that trouble is seen without colour.
 * @param {GridRound} grid
 * @param {Translate} t
 */
export function mapMark(grid, t) {
  const share = shareText(grid, t);
  switch (phaseOf(grid)) {
    case "done":
    case "late":
      return `✓ ${share}`;
    case "will_miss":
      return `! ${share}`;
    case "missed":
      return `✕ ${share}`;
    case "no_data":
      return t("patrol.phase.no_data");
    case "excused":
      return t("patrol.phase.excused");
    case "waiting":
      return t("patrol.phase.waiting");
    default:
      return share;
  }
}
