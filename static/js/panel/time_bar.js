/** The bottom bar: live or a past moment, with the day's activity, play, pause and speed. */

import { clock, DAY_MS, day, dayStart, duration, longDay } from "../core/time.js";
import { get } from "../net/api.js";
import { button, el, setText } from "./dom.js";
import { icon } from "./icons.js";
import "./day_slider.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("./day_slider.js").DaySlider} DaySlider */

const SPEEDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const COUNTY_SPEED = 60;
const ACTIVITY_STEP_S = 300;
const ACTIVITY_EVERY_MS = 120_000;

/**
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mountTimeBar(root, app) {
  const { t, state } = app;
  const slider = /** @type {DaySlider} */ (document.createElement("day-slider"));
  const note = el("p", { class: "time-note" });
  const live = el(
    "button",
    { type: "button", class: "button time-live", title: t("time.live.title"), onclick: () => goLive(app) },
    el("i", { class: "stream-light" }),
    t("time.live"),
  );
  const play = button({
    label: t("time.play"),
    icon: icon("play"),
    className: "time-play",
    onclick: () => togglePlay(app),
  });
  const date = el("span", { class: "time-date" });
  const before = button({
    label: t("time.day.before"),
    icon: icon("before"),
    className: "button-quiet",
    onclick: () => moveDay(app, -1),
  });
  const after = button({
    label: t("time.day.after"),
    icon: icon("after"),
    className: "button-quiet",
    onclick: () => moveDay(app, 1),
  });
  const speed = speedSelect(app);
  root.replaceChildren(
    el("div", { class: "time-left" }, live, play, speed),
    el("div", { class: "time-day" }, before, date, after),
    el("div", { class: "time-middle" }, note, slider),
  );
  slider.label = t("time.slider");
  slider.onpick = (ms) => pick(app, ms);
  /** @type {number | null} */
  let pointed = null;
  const show = () => {
    const { replayMs, playing } = state.values;
    const nowMs = app.clock.nowMs();
    const atMs = replayMs ?? nowMs;
    const startMs = dayStart(day(atMs)) ?? atMs;
    slider.show({ startMs, nowMs, atMs, live: replayMs === null });
    slider.disabled = !app.may("history.view");
    root.classList.toggle("is-past", replayMs !== null);
    live.setAttribute("aria-pressed", String(replayMs === null));
    root.classList.toggle("is-lost", app.world.values.connection.phase === "lost");
    play.replaceChildren(icon(playing ? "pause" : "play"));
    play.title = t(playing ? "time.pause" : "time.play");
    play.setAttribute("aria-label", play.title);
    play.disabled = !canReplay(app);
    after.disabled = startMs + DAY_MS > nowMs;
    before.disabled = !app.may("history.view");
    setText(
      date,
      day(atMs) === day(nowMs) ? `${longDay(atMs, app.language)} · ${t("time.today")}` : longDay(atMs, app.language),
    );
    setText(
      note,
      pointed === null
        ? noteText(app)
        : t("time.activity.at", { time: clock(pointed), n: slider.barAt(pointed).toLocaleString() }),
    );
  };
  slider.onpoint = (ms) => {
    pointed = ms;
    show();
  };
  state.on(["replayMs", "playing", "replayWorkers", "selected"], show);
  app.world.on(["second", "connection", "loadingTracks", "tracks", "roster"], show);
  watchActivity(app, slider);
  show();
}

/** @param {App} app */
export function goLive({ state }) {
  state.set({ replayMs: null, replayWorkers: [], playing: false });
}

/** @param {App} app */
export function togglePlay(app) {
  const { state, clock: serverClock } = app;
  if (!canReplay(app)) return;
  if (state.values.replayMs === null) pick(app, serverClock.nowMs() - 3_600_000);
  // The whole county is known by the minute: slower than a minute a second it would stand still.
  if (state.values.replayWorkers.length === 0 && state.values.speed < COUNTY_SPEED) state.set({ speed: COUNTY_SPEED });
  state.set({ playing: !state.values.playing });
}

/** @param {App} app */
function canReplay(app) {
  return app.may("history.view");
}

/**
 * Goes to a past moment; those replayed are the chosen ones, or else the selected one.
 * @param {App} app
 * @param {number} ms
 */
function pick({ state, clock: serverClock }, ms) {
  const { selected, replayWorkers } = state.values;
  const replayed = replayWorkers.length ? replayWorkers : selected === null ? [] : [selected];
  const nowMs = serverClock.nowMs();
  state.set({ replayMs: Math.min(ms, nowMs - 1000), replayWorkers: replayed, follow: false });
}

/**
 * @param {App} app
 * @param {number} days
 */
function moveDay(app, days) {
  const at = app.state.values.replayMs ?? app.clock.nowMs();
  pick(app, at + days * DAY_MS);
  app.state.set({ playing: false });
}

/** @param {App} app */
function noteText(app) {
  const { t, state, world } = app;
  const { replayMs, replayWorkers } = state.values;
  if (replayMs === null && world.values.connection.phase === "lost") return t("time.lost");
  if (!app.may("history.view")) return t("time.denied");
  if (replayMs === null)
    return state.values.selected === null ? `${t("time.live.state")}　${t("time.choose")}` : t("time.live.state");
  if (replayWorkers.length === 0)
    return t("time.county", { day: longDay(replayMs, app.language), time: clock(replayMs) });
  if (world.values.loadingTracks.length) return t("time.loading");
  const stop = stopNow(app, replayMs);
  const without = replayWorkers.filter((id) => world.values.tracks.get(`${id}:${day(replayMs)}`)?.t.length === 0);
  const empty = without.map((id) => t("time.none", { name: app.person(id)?.name ?? id })).join("　");
  return [
    t("time.past", { day: longDay(replayMs, app.language), time: clock(replayMs, { seconds: true }) }),
    stop,
    empty,
  ]
    .filter(Boolean)
    .join("　");
}

/**
 * @param {App} app
 * @param {number} ms
 */
function stopNow({ t, state, world, language }, ms) {
  const [first] = state.values.replayWorkers;
  const track = first === undefined ? null : world.values.tracks.get(`${first}:${day(ms)}`);
  const stop = track?.stops.find((s) => s.from_ms <= ms && ms <= s.to_ms);
  return stop
    ? t("time.stop", { from: clock(stop.from_ms), length: duration(stop.to_ms - stop.from_ms, language) })
    : "";
}

/** @param {App} app */
function speedSelect({ t, state }) {
  const select = el(
    "select",
    {
      class: "select time-speed",
      "aria-label": t("time.speed"),
      onchange: () => state.set({ speed: Number(select.value) }),
    },
    ...SPEEDS.map((n) => el("option", { value: n }, t("time.speed.value", { n }))),
  );
  const show = () => {
    select.value = String(state.values.speed);
  };
  state.on(["speed"], show);
  show();
  return select;
}

/**
 * Reads the day's activity when the day changes, and again every two minutes while it is today.
 * @param {App} app
 * @param {DaySlider} slider
 */
function watchActivity(app, slider) {
  if (!app.may("history.view")) return;
  let shown = "";
  let readMs = 0;
  const check = async () => {
    const nowMs = app.clock.nowMs();
    const wished = day(app.state.values.replayMs ?? nowMs);
    const due = wished === day(nowMs) && nowMs - readMs > ACTIVITY_EVERY_MS;
    if (wished === shown && !due) return;
    shown = wished;
    readMs = nowMs;
    const from = dayStart(wished) ?? nowMs;
    try {
      const answer = await get(`/api/v1/activity?from=${from}&to=${from + DAY_MS}&step_s=${ACTIVITY_STEP_S}`);
      if (shown === wished) slider.bars = wholeDay(answer, from);
    } catch {
      slider.bars = []; // The bar is an aid: without it the slider still works, and the next round asks again.
    }
  };
  app.world.on(["second"], check);
  app.state.on(["replayMs"], check);
}

/**
 * The answer's steps laid over the whole day; the server may have chosen longer ones, and another start.
 * @param {{from_ms: number, step_s: number, workers: readonly number[]}} answer
 * @param {number} startMs
 */
function wholeDay({ from_ms, step_s, workers }, startMs) {
  const stepMs = step_s * 1000;
  const offset = Math.round((startMs - from_ms) / stepMs);
  return Array.from({ length: Math.round(DAY_MS / stepMs) }, (_, i) => workers[i + offset] ?? 0);
}
