/** What the management page shows, and how it stands in the address bar. */

import { dayStart } from "../core/time.js";

/** @typedef {"today" | "stats" | "plans" | "review"} DeskTab */
/** @typedef {"township" | "village" | "grid" | "worker"} By */
/** @typedef {"day" | "week" | "month" | "own"} Span */
/** @typedef {"signals" | "disputes"} Cases */

/**
 * @typedef {object} DeskState
 * @property {DeskTab} tab
 * @property {string} area division code, "" for one's own
 * @property {string} day "2026-03-05", "" for today
 * @property {number | null} round
 * @property {By} by
 * @property {Span} span
 * @property {string} from first day of an own span
 * @property {string} to last day of an own span
 * @property {string} sort column of the table
 * @property {boolean} down whether the greatest comes first
 * @property {Cases} cases
 * @property {boolean} all decided ones, too
 * @property {number | null} chosen case
 * @property {"light" | "dark" | "auto"} theme
 */

/** @type {DeskState} */
export const START = Object.freeze({
  tab: "today",
  area: "",
  day: "",
  round: null,
  by: "township",
  span: "week",
  from: "",
  to: "",
  sort: "rank",
  down: false,
  cases: "signals",
  all: false,
  chosen: null,
  theme: "auto",
});

const TABS = /** @type {readonly DeskTab[]} */ (["today", "stats", "plans", "review"]);
const BYS = /** @type {readonly By[]} */ (["township", "village", "grid", "worker"]);
const SPANS = /** @type {readonly Span[]} */ (["day", "week", "month", "own"]);
const DAY_MS = 86_400_000;

/** The keys that stand in the address bar. */
export const DESK_KEYS = /** @type {readonly (keyof DeskState)[]} */ (Object.keys(START));

/**
 * What an address says; nonsense in it is left out rather than refused.
 * @param {string} search
 * @returns {DeskState}
 */
export function deskFrom(search) {
  const p = new URLSearchParams(search);
  const text = (/** @type {string} */ key) => p.get(key) ?? "";
  const day = (/** @type {string} */ key) => (dayStart(text(key)) === null ? "" : text(key));
  const number = (/** @type {string} */ key) => (/^[1-9]\d{0,15}$/.test(text(key)) ? Number(text(key)) : null);
  const theme = text("theme");
  return {
    tab: TABS.find((tab) => tab === text("tab")) ?? START.tab,
    area: /^\d{12}$/.test(text("area")) ? text("area") : "",
    day: day("day"),
    round: number("round"),
    by: BYS.find((by) => by === text("by")) ?? START.by,
    span: SPANS.find((span) => span === text("span")) ?? START.span,
    from: day("from"),
    to: day("to"),
    sort: /^[a-z_]{1,20}$/.test(text("sort")) ? text("sort") : START.sort,
    down: text("down") === "1",
    cases: text("cases") === "disputes" ? "disputes" : "signals",
    all: text("all") === "1",
    chosen: number("case"),
    theme: theme === "light" || theme === "dark" ? theme : "auto",
  };
}

/**
 * @param {DeskState} state
 * @param {string} [search] the present one; `lang` is kept
 */
export function deskSearch(state, search = "") {
  const p = new URLSearchParams();
  const pairs = /** @type {[string, string | number | null][]} */ ([
    ["tab", state.tab === START.tab ? null : state.tab],
    ["area", state.area || null],
    ["day", state.day || null],
    ["round", state.round],
    ["by", state.by === START.by ? null : state.by],
    ["span", state.span === START.span ? null : state.span],
    ["from", state.span === "own" ? state.from || null : null],
    ["to", state.span === "own" ? state.to || null : null],
    ["sort", state.sort === START.sort ? null : state.sort],
    ["down", state.down ? 1 : null],
    ["cases", state.cases === START.cases ? null : state.cases],
    ["all", state.all ? 1 : null],
    ["case", state.chosen],
    ["theme", state.theme === "auto" ? null : state.theme],
    ["lang", new URLSearchParams(search).get("lang")],
  ]);
  for (const [key, value] of pairs) if (value !== null) p.set(key, String(value));
  const found = p.toString();
  return found ? `?${found}` : "";
}

/**
 * The map page at one round: where a click on a figure leads.
 * @param {{day: string, ordinal: number, grid?: string, area?: string, isToday: boolean}} round
 */
export function mapLink({ day, ordinal, grid = "", area = "", isToday }) {
  const p = new URLSearchParams({ tab: "patrol", cov: "1" });
  if (!isToday) p.set("rday", day);
  p.set("round", String(ordinal));
  if (area) p.set("pa", area);
  if (grid) p.set("grid", grid);
  return `/?${p}`;
}

/**
 * The first and last day of a span that ends at or holds a day. A week begins on Monday.
 * @param {Span} span
 * @param {string} day
 * @param {{from: string, to: string}} own
 * @returns {[string, string]}
 */
export function spanDays(span, day, own) {
  const at = Date.parse(`${day}T00:00:00Z`);
  const text = (/** @type {number} */ ms) => new Date(ms).toISOString().slice(0, 10);
  if (span === "day") return [day, day];
  if (span === "own") {
    const from = own.from || day;
    const to = own.to || day;
    return from <= to ? [from, to] : [to, from];
  }
  if (span === "month") {
    const first = `${day.slice(0, 8)}01`;
    const next = new Date(Date.parse(`${first}T00:00:00Z`) + 31 * DAY_MS);
    next.setUTCDate(1);
    return [first, text(next.getTime() - DAY_MS)];
  }
  const monday = at - ((new Date(at).getUTCDay() + 6) % 7) * DAY_MS;
  return [text(monday), text(monday + 6 * DAY_MS)];
}

/**
 * The same kind of span some steps before or after.
 * @param {Span} span
 * @param {string} day
 * @param {number} steps
 */
export function moveSpan(span, day, steps) {
  const at = new Date(`${day}T00:00:00Z`);
  if (span === "month") {
    at.setUTCDate(1);
    at.setUTCMonth(at.getUTCMonth() + steps);
  } else at.setUTCDate(at.getUTCDate() + steps * (span === "week" ? 7 : 1));
  return at.toISOString().slice(0, 10);
}

/**
 * Every day of a span.
 * @param {string} from
 * @param {string} to
 */
export function daysOf(from, to) {
  const days = [];
  for (let ms = Date.parse(`${from}T00:00:00Z`); ms <= Date.parse(`${to}T00:00:00Z`); ms += DAY_MS)
    days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}
