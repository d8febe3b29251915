/** Times as people say them, always in the county's zone. All inputs are Unix milliseconds. */

/** @typedef {import("./i18n.js").Language} Language */

export const ZONE = "Asia/Shanghai";
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
// China keeps one offset all year since 1992, so a day's start needs no time-zone table.
const ZONE_OFFSET_MS = 8 * HOUR_MS;

const UNITS = {
  zh: { now: "刚刚", s: "{n} 秒前", m: "{n} 分钟前", h: "{n} 小时前", d: "{n} 天前" },
  en: { now: "just now", s: "{n} s ago", m: "{n} min ago", h: "{n} h ago", d: "{n} d ago" },
};

const LENGTHS = {
  zh: { s: "{n} 秒", m: "{n} 分钟", h: "{n} 小时", hm: "{h} 小时 {m} 分", d: "{n} 天" },
  en: { s: "{n} s", m: "{n} min", h: "{n} h", hm: "{h} h {m} min", d: "{n} d" },
};

/**
 * How long ago, in the largest whole unit: "刚刚", "25 秒前", "3 分钟前".
 * @param {number} ageMs
 * @param {Language} language
 */
export function ago(ageMs, language) {
  const words = UNITS[language];
  if (ageMs < 5 * SECOND_MS) return words.now;
  if (ageMs < MINUTE_MS) return put(words.s, ageMs / SECOND_MS);
  if (ageMs < HOUR_MS) return put(words.m, ageMs / MINUTE_MS);
  if (ageMs < DAY_MS) return put(words.h, ageMs / HOUR_MS);
  return put(words.d, ageMs / DAY_MS);
}

/**
 * A length of time: "40 秒", "12 分钟", "2 小时 5 分".
 * @param {number} lengthMs
 * @param {Language} language
 */
export function duration(lengthMs, language) {
  const words = LENGTHS[language];
  const minutes = Math.round(lengthMs / MINUTE_MS);
  if (lengthMs < MINUTE_MS) return put(words.s, lengthMs / SECOND_MS);
  if (minutes < 60) return put(words.m, minutes);
  if (minutes >= 48 * 60) return put(words.d, minutes / (24 * 60));
  if (minutes % 60 === 0) return put(words.h, minutes / 60);
  return words.hm.replace("{h}", String(Math.floor(minutes / 60))).replace("{m}", String(minutes % 60));
}

/**
 * Hours and minutes, seconds if asked: "14:05" or "14:05:09".
 * @param {number} ms
 * @param {{seconds?: boolean}} [options]
 */
export function clock(ms, { seconds = false } = {}) {
  const text = shifted(ms).toISOString();
  return seconds ? text.slice(11, 19) : text.slice(11, 16);
}

/**
 * The calendar day in the county's zone, "2026-03-05".
 * @param {number} ms
 */
export function day(ms) {
  return shifted(ms).toISOString().slice(0, 10);
}

/**
 * The exact time for a title: "2026-03-05 14:05:09".
 * @param {number} ms
 */
export function exact(ms) {
  return `${day(ms)} ${clock(ms, { seconds: true })}`;
}

/**
 * Midnight that starts a calendar day, or null where the text is no such day.
 * @param {string} text "2026-03-05"
 * @returns {number | null}
 */
export function dayStart(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const utc = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== text) return null;
  return utc - ZONE_OFFSET_MS;
}

/**
 * The date as a sentence would have it: "3月5日 星期四", "Thu 5 Mar".
 * @param {number} ms
 * @param {Language} language
 */
export function longDay(ms, language) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const month = language === "zh" ? "long" : "short";
  const weekday = language === "zh" ? "long" : "short";
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, month, day: "numeric", weekday }).format(ms);
}

/** @param {number} ms */
function shifted(ms) {
  return new Date(ms + ZONE_OFFSET_MS);
}

/**
 * @param {string} pattern
 * @param {number} n
 */
function put(pattern, n) {
  return pattern.replace("{n}", String(Math.max(0, Math.floor(n))));
}
