/** What the map page remembers, and how it stands in the address bar. */

import { STATUSES } from "./status.js";
import { day, dayStart } from "./time.js";

/** @typedef {import("./status.js").StatusName} StatusName */
/** @typedef {{lon: number, lat: number, zoom: number}} View */
/** @typedef {"auto" | "light" | "dark"} Theme */
/** @typedef {"grid" | "name" | "updated"} SortBy */
/** @typedef {"people" | "patrol"} Tab */

/**
 * @typedef {object} PageState
 * @property {number | null} selected worker id
 * @property {number | null} hovered worker id; not in the address bar
 * @property {boolean} follow
 * @property {boolean} trail
 * @property {string} query
 * @property {string} area township or village code, "" for all
 * @property {readonly StatusName[]} statuses none means all
 * @property {SortBy} sort
 * @property {View | null} view
 * @property {number | null} replayMs the replayed moment, null when live
 * @property {readonly number[]} replayWorkers
 * @property {boolean} playing
 * @property {number} speed
 * @property {Theme} theme
 * @property {string} base "plan" or "raster"
 * @property {boolean} listOpen
 * @property {boolean} cardOpen
 * @property {Tab} tab of the left panel
 * @property {boolean} coverage whether the map shows it
 * @property {number | null} round the shown round of the day, null for the present one
 * @property {string} roundDay "2026-03-05", "" for today
 * @property {string} grid the grid whose round is looked at, "" for none
 * @property {string} patrolArea the division whose progress is listed, "" for all
 */

/** @type {PageState} */
export const EMPTY = Object.freeze({
  selected: null,
  hovered: null,
  follow: false,
  trail: true,
  query: "",
  area: "",
  statuses: Object.freeze([]),
  sort: "grid",
  view: null,
  replayMs: null,
  replayWorkers: Object.freeze([]),
  playing: false,
  speed: 10,
  theme: "auto",
  base: "plan",
  listOpen: true,
  cardOpen: true,
  tab: "people",
  coverage: false,
  round: null,
  roundDay: "",
  grid: "",
  patrolArea: "",
});

/** No filter at all. */
export const NOTHING_WISHED = Object.freeze({ query: "", area: "", statuses: EMPTY.statuses });

/** The keys that stand in the address bar. @type {readonly (keyof PageState)[]} */
export const URL_KEYS = [
  "selected",
  "follow",
  "trail",
  "query",
  "area",
  "statuses",
  "sort",
  "view",
  "replayMs",
  "replayWorkers",
  "theme",
  "base",
  "tab",
  "coverage",
  "round",
  "roundDay",
  "grid",
  "patrolArea",
];

// More at once would be a tangle of lines that nobody can read.
export const MAX_REPLAYED = 6;

/**
 * What an address says; nonsense in it is left out rather than refused.
 * @param {string} search
 * @returns {Partial<PageState>}
 */
export function fromSearch(search) {
  const p = new URLSearchParams(search);
  /** @type {Partial<PageState>} */
  const found = {};
  const selected = asId(p.get("w"));
  if (selected !== null) found.selected = selected;
  if (p.get("follow") === "1") found.follow = true;
  if (p.get("trail") === "0") found.trail = false;
  if (p.get("q")) found.query = (p.get("q") ?? "").slice(0, 60);
  if (/^\d{12}$/.test(p.get("area") ?? "")) found.area = p.get("area") ?? "";
  const statuses = (p.get("s") ?? "").split(",").filter(isStatus);
  if (statuses.length) found.statuses = statuses;
  const sort = p.get("sort");
  if (sort === "name" || sort === "updated") found.sort = sort;
  const view = asView(p.get("at"));
  if (view) found.view = view;
  const replayMs = asMoment(p.get("day"), p.get("t"));
  if (replayMs !== null) found.replayMs = replayMs;
  const replayed = (p.get("rw") ?? "")
    .split(",")
    .map(asId)
    .filter((id) => id !== null);
  if (replayed.length) found.replayWorkers = [...new Set(replayed)].slice(0, MAX_REPLAYED);
  const theme = p.get("theme");
  if (theme === "light" || theme === "dark") found.theme = theme;
  if (p.get("base") === "raster") found.base = "raster";
  return { ...found, ...patrolFrom(p) };
}

/**
 * @param {URLSearchParams} p
 * @returns {Partial<PageState>}
 */
function patrolFrom(p) {
  /** @type {Partial<PageState>} */
  const found = {};
  if (p.get("tab") === "patrol") found.tab = "patrol";
  if (p.get("cov") === "1") found.coverage = true;
  if (/^[1-9]\d?$/.test(p.get("round") ?? "")) found.round = Number(p.get("round"));
  if (dayStart(p.get("rday") ?? "") !== null) found.roundDay = p.get("rday") ?? "";
  if (/^\d{15}$/.test(p.get("grid") ?? "")) found.grid = p.get("grid") ?? "";
  if (/^\d{12}$/.test(p.get("pa") ?? "")) found.patrolArea = p.get("pa") ?? "";
  return found;
}

/**
 * The address's search part for a state; values that are as usual are left out, and `lang` is kept as it stands.
 * @param {PageState} state
 * @param {string} [search] the present one
 */
export function toSearch(state, search = "") {
  const p = new URLSearchParams();
  const language = new URLSearchParams(search).get("lang");
  /** @type {[string, string | null][]} */
  const pairs = [
    ["w", state.selected === null ? null : String(state.selected)],
    ["follow", state.follow ? "1" : null],
    ["trail", state.trail ? null : "0"],
    ["q", state.query || null],
    ["area", state.area || null],
    ["s", state.statuses.join(",") || null],
    ["sort", state.sort === EMPTY.sort ? null : state.sort],
    ["at", state.view ? viewText(state.view) : null],
    ["day", state.replayMs === null ? null : day(state.replayMs)],
    ["t", state.replayMs === null ? null : timeOfDay(state.replayMs)],
    ["rw", state.replayWorkers.join(",") || null],
    ["theme", state.theme === "auto" ? null : state.theme],
    ["base", state.base === "plan" ? null : state.base],
    ["tab", state.tab === "people" ? null : state.tab],
    ["cov", state.coverage ? "1" : null],
    ["rday", state.roundDay || null],
    ["round", state.round === null ? null : String(state.round)],
    ["pa", state.patrolArea || null],
    ["grid", state.grid || null],
    ["lang", language],
  ];
  for (const [key, value] of pairs) if (value !== null) p.set(key, value);
  const text = p.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

/** @param {View} view */
function viewText({ lon, lat, zoom }) {
  return `${lon.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`;
}

/** @param {string | null} text */
function asView(text) {
  const [lon, lat, zoom] = (text ?? "").split(",").map(Number);
  if (lon === undefined || lat === undefined || zoom === undefined) return null;
  const fits = Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 22;
  return fits ? { lon, lat, zoom } : null;
}

/** @param {string | null} text */
function asId(text) {
  const id = Number(text);
  return text && Number.isInteger(id) && id > 0 && id < 2 ** 32 ? id : null;
}

/**
 * @param {string | null} dayText
 * @param {string | null} timeText "14:05" or "14:05:09"
 */
function asMoment(dayText, timeText) {
  const start = dayStart(dayText ?? "");
  const time = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(timeText ?? "00:00");
  if (start === null || !time) return null;
  return start + (Number(time[1]) * 3600 + Number(time[2]) * 60 + Number(time[3] ?? 0)) * 1000;
}

/** @param {number} ms */
function timeOfDay(ms) {
  const start = dayStart(day(ms)) ?? ms;
  return new Date(ms - start).toISOString().slice(11, 19);
}

/**
 * @param {string} name
 * @returns {name is StatusName}
 */
function isStatus(name) {
  return /** @type {readonly string[]} */ (STATUSES).includes(name);
}
