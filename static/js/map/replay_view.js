/** A past day on the map: the tracks of the chosen workers, their stops, and where each was at the shown moment. */

import { MOVING_CODE, STALE_CODE, STILL_CODE } from "../core/status.js";
import { clock, DAY_MS, day, dayStart } from "../core/time.js";
import { joinPages, momentAt, pieces } from "../core/track.js";
import { get } from "../net/api.js";
import { pointFeature, setData } from "./plan.js";
import { lineFeature } from "./trail_view.js";
import { BEARING, HIDDEN, LEADER, SELECTED } from "./workers_layer.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {import("../core/track.js").Track} Track */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */

const LINES_EVERY_MS = 200;
// A page of 10,000 fixes is a day at one in nine seconds; more than this is not a day.
const MAX_PAGES = 20;

export class ReplayView {
  #linesMs = 0;
  #lastFrameMs = 0;
  #fitted = "";

  /**
   * @param {App} app
   * @param {{map: MapLibre, layer: WorkersLayer, live: WorkersLayer, edge: Edge, fit: (points: [number, number][]) => void, onError: (error: unknown) => void}} parts
   */
  constructor(app, { map, layer, live, edge, fit, onError }) {
    this.app = app;
    this.map = map;
    this.layer = layer;
    this.live = live;
    this.edge = edge;
    this.fit = fit;
    this.onError = onError;
    app.state.on(["replayMs", "replayWorkers"], () => this.update());
    app.state.on(["playing"], () => this.#play());
    app.world.on(["tracks", "roster"], () => this.update(true));
    this.update();
    this.#play();
  }

  /** @param {boolean} [atOnce] */
  update(atOnce = false) {
    const { replayMs, replayWorkers } = this.app.state.values;
    const past = replayMs !== null;
    this.map.setLayoutProperty(this.live.id, "visibility", past ? "none" : "visible");
    this.map.setLayoutProperty(this.layer.id, "visibility", past ? "visible" : "none");
    document.body.classList.toggle("is-replay", past);
    if (!past) {
      this.#fitted = "";
      return;
    }
    for (const id of replayWorkers) this.#load(id, day(replayMs));
    this.#drawSigns(replayMs);
    const nowMs = performance.now();
    if (!atOnce && this.app.state.values.playing && nowMs - this.#linesMs < LINES_EVERY_MS) return;
    this.#linesMs = nowMs;
    this.#drawLines(replayMs);
  }

  /**
   * Where a replayed worker is shown, for following and for names.
   * @param {number} id
   */
  momentOf(id) {
    const { replayMs } = this.app.state.values;
    const track = replayMs === null ? undefined : this.#track(id, replayMs);
    return track && replayMs !== null ? momentAt(track, replayMs) : null;
  }

  /**
   * @param {number} id
   * @param {number} ms
   */
  #track(id, ms) {
    return this.app.world.values.tracks.get(`${id}:${day(ms)}`);
  }

  /**
   * @param {number} id
   * @param {string} wishedDay
   */
  async #load(id, wishedDay) {
    const { world } = this.app;
    const key = `${id}:${wishedDay}`;
    const { tracks, loadingTracks } = world.values;
    if (loadingTracks.includes(key) || (tracks.has(key) && !this.#isOld(key))) return;
    world.set({ loadingTracks: [...loadingTracks, key] });
    this.app.cards.set(`read:${key}`, this.app.clock.nowMs());
    try {
      const track = await readDay(id, dayStart(wishedDay) ?? 0, this.app.clock.nowMs());
      world.set({ tracks: new Map([...world.values.tracks, [key, track]]) });
      this.#startWhereThereIsSomething(track);
      this.#fitOnce(wishedDay);
    } catch (error) {
      this.onError(error);
      this.app.state.set({
        playing: false,
        replayWorkers: this.app.state.values.replayWorkers.filter((other) => other !== id),
      });
    } finally {
      world.set({ loadingTracks: world.values.loadingTracks.filter((other) => other !== key) });
    }
  }

  /**
   * Today's track grows: once the shown moment is past what was read, it is read again.
   * @param {string} key
   */
  #isOld(key) {
    const readMs = this.app.cards.get(`read:${key}`) ?? 0;
    const { replayMs } = this.app.state.values;
    return replayMs !== null && replayMs > readMs && this.app.clock.nowMs() - readMs > 30_000;
  }

  /**
   * A moment before the first fix shows nothing: the replay then begins with the fix.
   * @param {Track} track
   */
  #startWhereThereIsSomething(track) {
    const { replayMs, replayWorkers } = this.app.state.values;
    const [first] = track.t;
    if (replayMs === null || first === undefined || replayMs >= first || replayWorkers.some((id) => this.momentOf(id)))
      return;
    if (day(first) === day(replayMs)) this.app.state.set({ replayMs: first });
  }

  /** Shows the whole track once for each set of workers and day. @param {string} wishedDay */
  #fitOnce(wishedDay) {
    const { replayWorkers } = this.app.state.values;
    const points = replayWorkers.flatMap((id) =>
      pieces(this.app.world.values.tracks.get(`${id}:${wishedDay}`) ?? EMPTY).flat(),
    );
    const key = `${replayWorkers.join(",")}:${wishedDay}`;
    if (points.length === 0 || key === this.#fitted) return;
    this.#fitted = key;
    this.fit(points.map((p) => this.edge.toMap(p)));
  }

  /** @param {number} ms */
  #drawSigns(ms) {
    const { replayWorkers, selected } = this.app.state.values;
    for (let slot = 0; slot < Math.max(this.layer.motion.count, replayWorkers.length); slot++) {
      const id = replayWorkers[slot];
      const moment = id === undefined ? null : this.momentOf(id);
      if (!moment || id === undefined) {
        this.layer.setStyle(slot, 0, 0, HIDDEN, 0);
        continue;
      }
      const [lon, lat] = this.edge.toMap([moment.lon, moment.lat]);
      this.layer.moveTo(slot, lon, lat, 0);
      const marks =
        (this.app.person(id)?.leader ? LEADER : 0) |
        (id === selected ? SELECTED : 0) |
        (moment.bearing !== null ? BEARING : 0);
      const status = !moment.live ? STALE_CODE : moment.moving ? MOVING_CODE : STILL_CODE;
      this.layer.setStyle(slot, status, moment.bearing ?? 0, marks, Math.min(1, (ms - moment.fixMs) / 3_600_000));
    }
    this.layer.repaint();
  }

  /** @param {number} ms */
  #drawLines(ms) {
    const { replayWorkers } = this.app.state.values;
    const lines = [];
    const stops = [];
    for (const [hue, id] of replayWorkers.entries()) {
      const track = this.#track(id, ms);
      if (!track) continue;
      const move = this.edge.toMap;
      lines.push(...pieces(track).map((piece) => lineFeature(piece.map(move), { hue, part: "ahead" })));
      lines.push(...pieces(track, ms).map((piece) => lineFeature(piece.map(move), { hue, part: "done" })));
      for (const stop of track.stops) {
        const [lon, lat] = move([stop.lon, stop.lat]);
        const minutes = Math.round((stop.to_ms - stop.from_ms) / 60_000);
        stops.push(
          pointFeature(lon, lat, {
            hue,
            minutes,
            worker: id,
            from_ms: stop.from_ms,
            to_ms: stop.to_ms,
            at: clock(stop.from_ms),
          }),
        );
      }
    }
    setData(this.map, "trail", { type: "FeatureCollection", features: lines });
    setData(this.map, "stops", { type: "FeatureCollection", features: stops });
    setData(this.map, "selection", { type: "FeatureCollection", features: [] });
  }

  #play() {
    if (!this.app.state.values.playing) return;
    this.#lastFrameMs = performance.now();
    requestAnimationFrame((now) => this.#step(now));
  }

  /** @param {number} now */
  #step(now) {
    const { playing, replayMs, speed } = this.app.state.values;
    if (!playing || replayMs === null) return;
    // After a hidden tab the clock jumps: at most a quarter of a second is played at once.
    const elapsedMs = Math.min(250, now - this.#lastFrameMs);
    this.#lastFrameMs = now;
    const next = replayMs + elapsedMs * speed;
    const end = Math.min(this.app.clock.nowMs(), (dayStart(day(replayMs)) ?? 0) + DAY_MS - 1000);
    this.app.state.set(next >= end ? { replayMs: end, playing: false } : { replayMs: next });
    requestAnimationFrame((later) => this.#step(later));
  }
}

/** @type {Track} */
const EMPTY = {
  worker_id: 0,
  t: [],
  lat: [],
  lon: [],
  speed_mps: [],
  bearing: [],
  flags: [],
  stops: [],
  distance_m: 0,
};

/**
 * A day's whole track; it may come in pages.
 * @param {number} id
 * @param {number} startMs
 * @param {number} nowMs
 * @returns {Promise<Track>}
 */
async function readDay(id, startMs, nowMs) {
  const to = Math.round(Math.min(startMs + DAY_MS, nowMs));
  const pages = [];
  /** @type {string | number | null} */
  let from = startMs;
  while (from !== null && pages.length < MAX_PAGES) {
    const page = await get(`/api/v1/workers/${id}/track?from=${from}&to=${to}`);
    pages.push(page);
    from = page.next ?? null;
  }
  return joinPages(pages);
}
