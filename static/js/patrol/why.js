/** The forecast's reason in words: the numbers that the server judged by. */

/** @typedef {import("../core/i18n.js").Translate} Translate */

/**
 * @param {Record<string, number> | string | null | undefined} why
 * @param {Translate} t
 * @returns {string} "" where there is no forecast
 */
export function whyText(why, t) {
  if (!why) return "";
  if (typeof why === "string") return why;
  const n = (/** @type {string} */ key) => Math.round((why[key] ?? 0) * 10) / 10;
  const left = Math.max(0, Math.floor(why.minutes_left ?? 0));
  if (why.usual_minutes !== undefined) return t("patrol.why.unbegun", { left, usual: Math.round(why.usual_minutes) });
  const parts = [
    why.pace
      ? t("patrol.why.pace", { pace: n("pace"), left, cells: Math.round(why.cells_expected ?? 0) })
      : t("patrol.why.still", { left }),
    missing(why, t),
  ];
  return parts.join(t("patrol.why.and"));
}

/**
 * @param {Record<string, number>} why
 * @param {Translate} t
 */
function missing(why, t) {
  const cells = Math.round(why.cells_missing ?? 0);
  const minutes = Math.ceil(why.minutes_missing ?? 0);
  if (cells > 0 && minutes > 0) return t("patrol.why.missing.both", { cells, minutes });
  if (cells > 0) return t("patrol.why.missing.cells", { cells });
  if (minutes > 0) return t("patrol.why.missing.minutes", { minutes });
  return t("patrol.why.missing.none");
}
