/** What to tell the worker, from plain facts: one state and a list of notices, each with what to do. Pure. */

/** @typedef {import("./status.js").Status} Status */
/** @typedef {import("./status.js").Duty} Duty */
/** @typedef {import("./queue.js").Summary} Summary */
/** @typedef {"off" | "good" | "weak" | "bad" | "help"} Level */
/** @typedef {"denied" | "unavailable" | "timeout" | "insecure" | "missing" | null} LocationProblem */
/** @typedef {{key: string, level: "info" | "weak" | "bad", params?: Record<string, string | number>}} Notice */
/** @typedef {{level: Level, headline: string, notices: Notice[]}} Health */
/** @typedef {{nowMs: number, duty: Duty, status: Status, queue: Summary, online: boolean, problem: LocationProblem, full: boolean}} Facts */

export const FIX_LATE_MS = 120_000;
export const FIX_LOST_MS = 300_000;
export const QUEUE_LATE_MS = 180_000;
export const POOR_ACCURACY_M = 100;
const SKEW_MS = 120_000;

/**
 * @param {Facts} facts
 * @returns {Health}
 */
export function healthOf(facts) {
  const notices = [...storageNotices(facts), ...dutyNotices(facts), ...uploadNotices(facts)];
  if (!facts.duty.on) return { level: "off", headline: "state.off", notices };
  if (facts.duty.help) return { level: "help", headline: "state.help", notices };
  const worst = (/** @type {string} */ level) => notices.some((notice) => notice.level === level);
  if (worst("bad")) return { level: "bad", headline: headlineOf(facts, "bad"), notices };
  if (worst("weak")) return { level: "weak", headline: headlineOf(facts, "weak"), notices };
  const waiting = facts.duty.last === null;
  return { level: waiting ? "weak" : "good", headline: waiting ? "state.searching" : "state.good", notices };
}

/**
 * Which words fit an accuracy: "good" within 20 m, "fair" within 100 m, else "poor"; "unknown" where the phone does not say.
 * @param {number | undefined} metres
 */
export function accuracyWord(metres) {
  if (metres === undefined) return "unknown";
  if (metres <= 20) return "good";
  return metres <= POOR_ACCURACY_M ? "fair" : "poor";
}

/**
 * Whether no position will come until somebody changes a setting.
 * @param {LocationProblem} problem
 */
export function cannotLocate(problem) {
  return problem === "denied" || problem === "insecure" || problem === "missing";
}

/**
 * Milliseconds since the last fix of this shift (since its start where there is none yet).
 * @param {{nowMs: number, duty: Duty}} facts
 */
export function fixAgeMs({ nowMs, duty }) {
  return Math.max(0, nowMs - Math.max(duty.last?.t ?? 0, duty.since_ms));
}

/**
 * @param {Facts} facts
 * @param {"bad" | "weak"} level
 */
function headlineOf({ problem, full, online, duty, nowMs, status }, level) {
  if (level === "bad" && full && !problem) return "state.full";
  if (level === "bad") return (status.skew_ms ?? 0) < -SKEW_MS && !problem ? "state.clock" : "state.no_position";
  if (!duty.last) return "state.searching";
  if (problem || fixAgeMs({ nowMs, duty }) > FIX_LATE_MS || accuracyWord(duty.last.acc) === "poor") return "state.weak";
  return online ? "state.unsent" : "state.offline";
}

/**
 * @param {Facts} facts
 * @returns {Notice[]}
 */
function dutyNotices(facts) {
  const { duty, problem, status } = facts;
  if (!duty.on) return duty.ended_by_server ? [{ key: "ended_by_server", level: "info" }] : [];
  const age = fixAgeMs(facts);
  /** @type {Notice[]} */
  const notices = [];
  if (problem && cannotLocate(problem)) notices.push({ key: problem, level: "bad" });
  else if (age > FIX_LOST_MS) notices.push({ key: "lost", level: "bad" });
  else if (age > FIX_LATE_MS || (problem && age > FIX_LATE_MS / 4))
    notices.push({ key: problem ?? "late", level: "weak" });
  else if (accuracyWord(duty.last?.acc) === "poor") notices.push({ key: "inaccurate", level: "weak" });
  const skewMs = status.skew_ms ?? 0;
  const params = { n: Math.round(Math.abs(skewMs) / 60_000) };
  // A clock ahead is worse than one behind: the server sets fixes from the future aside.
  if (skewMs < -SKEW_MS) notices.push({ key: "clock_fast", level: "bad", params });
  else if (skewMs > SKEW_MS) notices.push({ key: "clock", level: "weak", params });
  return notices;
}

/**
 * @param {Facts} facts
 * @returns {Notice[]}
 */
function storageNotices({ full, status }) {
  return full ? [{ key: "full", level: "bad", params: { n: status.lost } }] : [];
}

/**
 * @param {Facts} facts
 * @returns {Notice[]}
 */
function uploadNotices({ nowMs, queue, status, online }) {
  /** @type {Notice[]} */
  const notices = [];
  if (!online)
    notices.push({ key: "offline", level: queue.waiting > 0 ? "weak" : "info", params: { n: queue.waiting } });
  else if (queue.waiting > 0 && status.failures > 0) {
    notices.push({
      key: status.asked_to_wait ? "server_busy" : "server_away",
      level: "weak",
      params: { n: queue.waiting },
    });
  } else if (queue.oldestMs !== null && nowMs - queue.oldestMs > QUEUE_LATE_MS) {
    notices.push({ key: "slow", level: "info", params: { n: queue.waiting } });
  }
  return notices;
}
