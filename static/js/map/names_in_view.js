/** Which workers' names are shown now, the most important first. */

import { NAMES_ZOOM } from "./names_overlay.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("./live_view.js").LiveView} LiveView */
/** @typedef {import("./replay_view.js").ReplayView} ReplayView */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */

/**
 * The names to show, the most important first.
 * @param {App} app
 * @param {{map: import("../../vendor/maplibre-gl.mjs").Map, layer: WorkersLayer, replay: ReplayView, live: LiveView, edge: import("../core/datum.js").Edge}} parts
 * @returns {import("./names_overlay.js").Name[]}
 */
export function namesInView(app, { map, layer, replay, live, edge }) {
  const { selected, hovered, replayMs, replayWorkers } = app.state.values;
  if (replayMs !== null) {
    return replayWorkers.flatMap((id) => {
      const moment = replay.momentOf(id);
      const person = app.person(id);
      return moment && person
        ? [{ key: id, text: person.name, lonLat: edge.toMap([moment.lon, moment.lat]), strong: true }]
        : [];
    });
  }
  const { workers } = app;
  const close = map.getZoom() >= NAMES_ZOOM;
  const bounds = map.getBounds();
  const found = [];
  for (let slot = 0; slot < workers.count; slot++) {
    const id = workers.id[slot] ?? 0;
    const strong = id === selected || id === hovered;
    if (!strong && !close) continue;
    const [lon, lat] = [workers.lon[slot] ?? 0, workers.lat[slot] ?? 0];
    if (!strong && !bounds.contains(edge.toMap([lon, lat]))) continue;
    const person = app.person(id);
    if (!person || !live.isShown(slot)) continue;
    found.push({
      key: id,
      text: person.name,
      lonLat: layer.shownLonLat(slot),
      strong,
      rank: (strong ? 2 : 0) + (person.leader ? 1 : 0),
    });
  }
  return found.sort((a, b) => b.rank - a.rank);
}
