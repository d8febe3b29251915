/** Sentences that several panels say: failures, ages, hints. */

import { ago, duration, exact } from "../core/time.js";
import { ApiError } from "../net/api.js";
import { el } from "./dom.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/status.js").StatusName} StatusName */
/** @typedef {import("../core/i18n.js").Translate} Translate */

/**
 * @param {unknown} error
 * @param {Translate} t
 */
export function errorText(error, t) {
  if (!(error instanceof ApiError)) return t("error.other", { message: String(error) });
  if (error.code === "offline") return t("error.offline");
  if (error.status === 503 || error.status === 429) return t("error.busy");
  return t("error.other", { message: error.message });
}

/**
 * What a status means, with the thresholds in words.
 * @param {App} app
 * @param {StatusName} status
 */
export function statusHint({ t, workers, language }, status) {
  const { staleMs, offlineMs } = workers.thresholds;
  return t(`status.${status}.hint`, { stale: duration(staleMs, language), offline: duration(offlineMs, language) });
}

/**
 * A time as people say it, with the exact one on hover.
 * @param {App} app
 * @param {number} ms
 */
export function timeAgo({ clock, language }, ms) {
  return el("time", { title: exact(ms), datetime: new Date(ms).toISOString() }, ago(clock.nowMs() - ms, language));
}

/**
 * How far behind the stream is: "0.4 s", whole seconds from ten on.
 * @param {number} ms
 * @param {Translate} t
 */
export function delayText(ms, t) {
  const s = ms / 1000;
  return t("unit.seconds", { n: s < 10 ? s.toFixed(1) : Math.round(s) });
}
