/** The pointer over the map: which worker it is on, which stop, and what a click chooses. */

import { statusOf } from "../core/filter.js";
import { clock, duration } from "../core/time.js";
import { el } from "../panel/dom.js";
import { sign } from "../panel/icons.js";
import { timeAgo } from "../panel/words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("../../vendor/maplibre-gl.mjs").MapMouseEvent} MapMouseEvent */

const HOVER_PX = 12;
const CLICK_PX = 18;

/**
 * @param {App} app
 * @param {{map: MapLibre, live: WorkersLayer, replay: WorkersLayer, card: HTMLElement}} parts
 */
export function listenToPointer(app, { map, live, replay, card }) {
  const { state } = app;
  /** @param {MapMouseEvent} event @param {number} px */
  const find = ({ lngLat }, px) => {
    const past = state.values.replayMs !== null;
    const slot = (past ? replay : live).pick(lngLat.lng, lngLat.lat, px);
    if (slot < 0) return null;
    return past ? (state.values.replayWorkers[slot] ?? null) : (app.workers.id[slot] ?? null);
  };
  map.on("mousemove", (event) => {
    const id = find(event, HOVER_PX);
    state.set({ hovered: id });
    const stop = id === null ? stopAt(map, event) : null;
    map.getCanvas().style.cursor = id !== null || stop ? "pointer" : "";
    const content = id !== null ? workerCard(app, id) : stop ? stopCard(app, stop) : null;
    card.hidden = !content;
    if (!content) return;
    card.replaceChildren(...content);
    place(card, event.point, map.getContainer());
  });
  map.on("mouseout", () => {
    card.hidden = true;
    state.set({ hovered: null });
  });
  map.on("click", (event) => {
    const id = find(event, CLICK_PX);
    const stop = id === null ? stopAt(map, event) : null;
    if (stop) state.set({ replayMs: stop.from_ms, playing: false });
    else if (id !== null || state.values.replayMs === null) app.select(id);
  });
  map.on("movestart", () => {
    card.hidden = true;
  });
}

/**
 * @param {MapLibre} map
 * @param {MapMouseEvent} event
 * @returns {Record<string, any> | null}
 */
function stopAt(map, { point }) {
  const box = /** @type {[[number, number], [number, number]]} */ ([
    [point.x - 6, point.y - 6],
    [point.x + 6, point.y + 6],
  ]);
  return map.queryRenderedFeatures(box, { layers: ["stop"] })[0]?.properties ?? null;
}

/**
 * @param {App} app
 * @param {number} id
 */
function workerCard(app, id) {
  const { t, workers } = app;
  const person = app.person(id);
  if (!person) return null;
  const status = statusOf(person, workers);
  const slot = workers.slotOf(id);
  const past = app.state.values.replayMs !== null;
  return [
    sign(status, person.leader, workers.bearing[slot]),
    el(
      "div",
      {},
      el("b", {}, person.name),
      el("small", {}, t(person.leader ? "role.leader" : "role.worker")),
      el("p", {}, `${person.gridName} · ${person.township}`),
      past
        ? null
        : el("p", { class: `status-${status}` }, `${t(`status.${status}`)} · `, timeAgo(app, workers.fixMs[slot] ?? 0)),
    ),
  ];
}

/**
 * @param {App} app
 * @param {Record<string, any>} stop
 */
function stopCard(app, stop) {
  const length = duration(stop.to_ms - stop.from_ms, app.language);
  return [
    el(
      "div",
      {},
      el("b", {}, app.person(stop.worker)?.name ?? ""),
      el("p", {}, app.t("time.stop", { from: clock(stop.from_ms), length })),
    ),
  ];
}

/**
 * Beside the pointer, turned to the side where there is room.
 * @param {HTMLElement} card
 * @param {{x: number, y: number}} point
 * @param {HTMLElement} container
 */
function place(card, { x, y }, container) {
  const left = x + 16 + card.offsetWidth > container.clientWidth ? x - 16 - card.offsetWidth : x + 16;
  const top = Math.min(y + 12, container.clientHeight - card.offsetHeight - 8);
  card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
