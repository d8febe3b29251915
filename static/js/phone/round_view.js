/** Puts my round onto the page: time, coverage, what is missing, the way, the map and the key points. */

import { clock, DAY_MS, day, duration, longDay } from "../core/time.js";
import { byId, element, fill, put } from "./dom.js";
import { drawGrid } from "./grid_map.js";
import { eighth, roundMetres } from "./way.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./round.js").Progress} Progress */
/** @typedef {import("./ground.js").Ground} Ground */
/** @typedef {import("./way.js").Way} Way */
/** @typedef {import("./grid_map.js").Me} Me */
/** @typedef {import("./patrol.js").Problem} Problem */
/** @typedef {{progress: Progress | null, ground: Ground | null, way: Way | null, me: Me | null, turn: number | null, onDuty: boolean, blind: boolean, problem: Problem, online: boolean, ticks: import("./patrol.js").Ticks, nowMs: number}} RoundFacts */

const SOON_MS = 20 * 60_000;
const OLD_MS = 180_000;

/**
 * @param {RoundFacts} facts
 * @param {I18n} i18n
 */
export function renderRound(facts, i18n) {
  const { progress, problem } = facts;
  byId("round").hidden = progress === null && problem === "unknown";
  const walking = progress !== null && (progress.phase === "open" || progress.phase === "late");
  byId("round-body").hidden = !walking;
  byId("round-left").hidden = !walking;
  renderHead(facts, i18n);
  if (!progress || !walking) return;
  renderBar(progress, i18n);
  renderCriteria(progress, i18n);
  renderWay(facts, i18n);
  renderMap(facts, i18n);
  renderPoints(facts, i18n);
}

/**
 * @param {RoundFacts} facts
 * @param {I18n} i18n
 */
function renderHead({ progress, problem, online, onDuty, nowMs }, i18n) {
  const { t, language } = i18n;
  const section = byId("round");
  byId("round-say").hidden = false;
  if (!progress) {
    section.dataset.phase = "none";
    put("round-title", t("round.mine"));
    put("round-time", "");
    return put(
      "round-say",
      t(problem && !online ? "round.say.offline" : problem ? "round.say.away" : "round.say.asking"),
    );
  }
  const { phase, round, leftMs, done } = progress;
  section.dataset.phase = phase;
  section.dataset.done = done;
  if (!round || phase === "none" || phase === "between") {
    put("round-title", t(phase === "none" ? "round.none" : "round.between"));
    put("round-time", "");
    return put("round-say", sayNext(progress, nowMs, i18n));
  }
  put("round-title", round.name);
  put("round-time", `${clock(round.starts_ms)}–${clock(round.ends_ms)}`);
  const left = byId("round-left");
  left.dataset.soon = String(phase === "late" || leftMs < SOON_MS);
  put("round-left", phase === "late" ? t("round.over") : t("round.left", { time: duration(leftMs, language) }));
  const key = sayKey(progress, onDuty);
  byId("round-say").hidden = key === null;
  put("round-say", key === null ? "" : t(key, { name: round.name }));
}

/**
 * @param {Progress} progress
 * @param {boolean} onDuty
 */
function sayKey({ phase, done }, onDuty) {
  if (done === "done") return "round.say.done";
  if (done === "here") return "round.say.here";
  if (!onDuty) return "round.say.off";
  return phase === "late" ? "round.say.late" : null; // the arrow says it all
}

/**
 * @param {Progress} progress
 * @param {number} nowMs
 * @param {I18n} i18n
 */
function sayNext({ next, round }, nowMs, { t, language }) {
  const coming = next ?? round;
  if (!coming) return t("round.say.none");
  const waitMs = coming.starts_ms - nowMs;
  const time = `${clock(coming.starts_ms)}–${clock(coming.ends_ms)}`;
  if (day(coming.starts_ms) === day(nowMs))
    return t("round.say.next", { name: coming.name, time, wait: duration(Math.max(0, waitMs), language) });
  const tomorrow = day(coming.starts_ms) === day(nowMs + DAY_MS);
  return t("round.say.later", {
    name: coming.name,
    time,
    day: tomorrow ? t("round.tomorrow") : longDay(coming.starts_ms, language),
  });
}

/**
 * @param {Progress} progress
 * @param {I18n} i18n
 */
function renderBar(progress, { t }) {
  const { total, covered, here, needed, minCoverage, ageMs } = progress;
  const percent = (/** @type {number} */ n) => (total === 0 ? 0 : Math.floor((100 * n) / total));
  const bar = byId("bar");
  bar.style.setProperty("--seen", `${(100 * covered) / Math.max(1, total)}%`);
  bar.style.setProperty("--here", `${(100 * (covered + here)) / Math.max(1, total)}%`);
  byId("round-body").style.setProperty("--need", `${(100 * needed) / Math.max(1, total)}%`);
  bar.dataset.met = String(covered + here >= needed);
  put("bar-percent", `${percent(covered + here)}%`);
  put("bar-words", total === 0 ? t("bar.unknown") : t("bar.words", { covered: covered + here, total }));
  byId("bar").hidden = total === 0;
  put("bar-need", t("bar.need", { percent: Math.round(100 * minCoverage) }));
  bar.setAttribute(
    "aria-label",
    `${t("bar.words", { covered: covered + here, total })} ${t("bar.need.words", { needed })}`,
  );
  byId("bar-here").hidden = here === 0;
  put("bar-here", t("bar.here", { n: here }));
  byId("round-old").hidden = ageMs < OLD_MS;
  put("round-old", t("round.old", { n: Math.floor(ageMs / 60_000) }));
}

/**
 * @param {Progress} progress
 * @param {I18n} i18n
 */
function renderCriteria({ lacks, minutes, minMinutes, points, needed, covered, here, total }, { t }) {
  const visited = points.filter(({ mark }) => mark !== "no").length;
  const rows = [
    { name: "cells", is: t("criterion.cells", { n: covered + here, needed }), lack: lacks.cells },
    {
      name: "minutes",
      is: t("criterion.minutes", { n: Math.floor(minutes), needed: minMinutes }),
      lack: lacks.minutes,
    },
    { name: "points", is: t("criterion.points", { n: visited, needed: points.length }), lack: lacks.points },
  ].filter(({ name }) => (name !== "points" || points.length > 0) && (name !== "cells" || total > 0));
  fill(byId("criteria"), rows, () =>
    rows.map(({ name, is, lack }) => {
      const item = element("li", "", [
        element("span", "mark", lack === 0 ? "✓" : ""),
        element("span", "", is),
        element("strong", "", lack === 0 ? t("criterion.met") : t(`criterion.lack.${name}`, { n: lack })),
      ]);
      item.dataset.met = String(lack === 0);
      return item;
    }),
  );
}

/**
 * @param {RoundFacts} facts
 * @param {I18n} i18n
 */
function renderWay({ way, turn, me, onDuty, blind, progress }, { t }) {
  const box = byId("way");
  box.hidden = !onDuty || progress?.done === "done" || (!way && (me !== null || blind)); // blind: a notice says what to do
  if (box.hidden) return;
  byId("way-arrow").classList.toggle("unknown", !way);
  if (!way) return putWay(t("way.searching"), "");
  byId("way-arrow").style.setProperty("--turn", `${Math.round(way.bearing - (turn ?? 0))}deg`);
  const metres = roundMetres(way.metres);
  const where = t(`way.${eighth(way.bearing)}`);
  putWay(
    t("way.go", { where, metres }),
    way.kind === "point" ? t("way.point", { name: way.name }) : t(turn === null ? "way.cell.map" : "way.cell"),
  );
}

/**
 * @param {string} words
 * @param {string} about
 */
function putWay(words, about) {
  put("way-words", words);
  put("way-about", about);
}

/**
 * @param {RoundFacts} facts
 * @param {I18n} i18n
 */
function renderMap({ progress, ground, me, way }, { t }) {
  const canvas = /** @type {HTMLCanvasElement} */ (byId("grid-map"));
  const drawable = ground !== null && progress !== null && ground.centers.length + ground.ring.length > 0;
  byId("map-box").hidden = !drawable;
  if (!drawable || canvas.clientWidth === 0) return;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const shown = JSON.stringify([
    progress.marks.map((mark) => mark[0]).join(""),
    progress.points.map(({ mark }) => mark),
    [
      me,
      way?.id,
      way?.kind,
      progress.key,
      dark,
      canvas.clientWidth,
      window.devicePixelRatio,
      getComputedStyle(canvas).fontSize,
    ],
  ]);
  if (canvas.dataset.shown === shown) return;
  canvas.dataset.shown = shown;
  drawGrid(canvas, { ground, progress, me, way: way?.spot ?? null, north: t("way.0"), metres: t("map.scale") });
  canvas.setAttribute("aria-label", t("map.label", { left: progress.marks.filter((mark) => mark === "no").length }));
}

/**
 * @param {RoundFacts} facts
 * @param {I18n} i18n
 */
function renderPoints({ progress, ticks }, { t }) {
  if (!progress) return;
  const { points, key } = progress;
  byId("points-box").hidden = points.length === 0;
  const list = byId("points");
  fill(list, [key, points, t("points.here")], () => {
    const open = new Set(
      [...list.querySelectorAll("details[open]")].map((el) => /** @type {HTMLElement} */ (el).dataset.id),
    );
    const lines = ticks.key === key ? ticks.lines : {};
    return points.map((point) => pointItem(point, lines, open.has(String(point.id)), t));
  });
  put("points-note", points.some(({ checklist }) => checklist.length > 0) ? t("points.note") : "");
}

/**
 * @param {import("./round.js").Point} point
 * @param {Record<string, number>} ticked
 * @param {boolean} open
 * @param {import("../core/i18n.js").Translate} t
 */
function pointItem({ id, name, mark, checklist, ticks }, ticked, open, t) {
  const head = [
    element("span", "mark", mark === "no" ? "" : "✓"),
    element("span", "", name),
    element("strong", "", t(`points.${mark}`)),
  ];
  const item = element("li", "");
  item.dataset.met = String(mark !== "no");
  if (checklist.length === 0) {
    item.append(element("div", "point", head));
    return item;
  }
  const box = /** @type {HTMLDetailsElement} */ (element("details", "", [element("summary", "point", head)]));
  box.dataset.id = String(id);
  box.open = open;
  box.append(
    ...checklist.map((line, n) => {
      const others = ticks.filter((one) => one.line === n && !one.own).map(({ name }) => name);
      return lineOf(`${id}:${n}`, line, { mineMs: mineMs(ticked[`${id}:${n}`], ticks, n), others }, t);
    }),
  );
  item.append(box);
  return item;
}

/**
 * When I ticked a line: by this phone, else by what the server knows of me; null where I have not.
 * @param {number | undefined} here negative where the tick was taken away
 * @param {import("./round.js").Point["ticks"]} ticks
 * @param {number} n
 * @returns {number | null}
 */
function mineMs(here, ticks, n) {
  if (here !== undefined) return here > 0 ? here : null;
  return ticks.find((one) => one.line === n && one.own)?.at_ms ?? null;
}

/**
 * @param {string} id
 * @param {string} text
 * @param {{mineMs: number | null, others: string[]}} ticked
 * @param {import("../core/i18n.js").Translate} t
 */
function lineOf(id, text, { mineMs: ms, others }, t) {
  const box = /** @type {HTMLInputElement} */ (element("input", ""));
  box.type = "checkbox";
  box.checked = ms !== null;
  box.dataset.line = id;
  const by = others.length ? t("points.ticked.by", { names: others.join("、") }) : "";
  const when = element("small", "", ms === null ? by : t("points.ticked", { time: clock(ms) }));
  return element("label", "check", [box, element("span", "", text), when]);
}
