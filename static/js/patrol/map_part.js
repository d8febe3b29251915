/** The patrol on the map page: joins the store, the coverage, the tab, the card and the time machine. */

import { day as dayOf, MINUTE_MS } from "../core/time.js";
import { drawClosed, showClosed } from "../map/closed_layer.js";
import { CountyPast } from "../map/county_past.js";
import { CoverageView } from "../map/coverage_view.js";
import { paletteOf } from "../map/palette.js";
import { boxOf } from "../map/plan.js";
import { WorkersLayer } from "../map/workers_layer.js";
import { get } from "../net/api.js";
import { byId } from "../panel/dom.js";
import { mountPatrolCard } from "../panel/patrol_card.js";
import { mountReachEdit } from "../panel/patrol_edit.js";
import { mountCoverageLegend } from "../panel/patrol_legend.js";
import { addCoverageTool, addTopNumber, mountPatrolTab } from "../panel/patrol_tab.js";
import { mountTabs } from "../panel/patrol_tabs.js";
import { openUrge } from "../panel/patrol_urge.js";
import { isDark } from "../theme.js";
import { PatrolStore } from "./store.js";
import { urgeNow } from "./urging.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../map/plan.js").Collection} Collection */

/**
 * @param {App} app
 * @param {{map: import("../../vendor/maplibre-gl.mjs").Map, edge: import("../core/datum.js").Edge, origin: [number, number], grids: Collection, villages: Collection, camera: import("../map/camera.js").Camera, say: (text: string, action?: {label: string, run: () => void} | null) => void, sayError: (error: unknown) => void}} parts
 * @returns {{event: (kind: string, data: any) => void, store: PatrolStore, coverage: CoverageView, past: CountyPast}}
 */
export function mountPatrol(app, { map, edge, origin, grids, villages, camera, say, sayError }) {
  const { state, world, t } = app;
  const store = new PatrolStore({ area: app.me.area.code, nowMs: () => app.clock.nowMs(), language: app.language });
  const palette = paletteOf(isDark(state.values.theme));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const layer = new WorkersLayer({ id: "county-past", origin, palette, reducedMotion: still });
  map.addLayer(layer, "township-label");
  const dark = isDark(state.values.theme);
  const coverage = new CoverageView(app, { map, store, edge, grids, villages, dark, still, onError: sayError });
  const past = new CountyPast(app, { map, layer, edge, store, onError: sayError });
  const shapes = new Map(grids.features.map((f) => [f.properties.code, f]));
  const areas = new Map(villages.features.map((f) => [f.properties.code, boxOf(f.geometry)]));
  /** @param {readonly (readonly number[])[]} boxes */
  const fit = (boxes) => {
    const corners = boxes.flatMap(([w = 0, s = 0, e = 0, n = 0]) => [edge.toMap([w, s]), edge.toMap([e, n])]);
    if (corners.length) camera.fit(corners);
  };
  const stage = byId("map").parentElement ?? document.body;
  const onEdit = (/** @type {boolean} */ on) => coverage.setEditing(on);
  const actions = {
    editReach: mountReachEdit(stage, app, { map, edge, shapes, say, sayError, onEdit }),
    goToGrid: (/** @type {string} */ code) => {
      const shape = shapes.get(code);
      state.set({ grid: code, patrolArea: code.slice(0, 12), tab: "patrol", coverage: true });
      if (shape) fit([boxOf(shape.geometry)]);
    },
    goToArea: (/** @type {string} */ code) => {
      state.set({ patrolArea: code, grid: "" });
      const prefix = code.replace(/(000)+$/, "");
      fit([...areas].filter(([village]) => village.startsWith(prefix)).map(([, box]) => box));
    },
    goToWorker: (/** @type {number} */ id) => {
      app.select(id);
      camera.goTo(id);
    },
    gridName: (/** @type {string} */ code) => shapes.get(code)?.properties.name ?? code,
    urge: (/** @type {{worker: number, name: string, place: string}} */ person) =>
      openUrge(/** @type {HTMLDialogElement} */ (byId("dialog")), {
        t,
        person,
        say,
        send: async (text) => void (await store.urge(person.worker, text)),
      }),
    urgeNow: (/** @type {import("./urging.js").Person} */ person, /** @type {string} */ text) =>
      urgeNow(person, text, { store, t, say, sayError }),
  };
  mountPatrolTab(mountTabs(byId("list"), app), app, store, actions);
  mountPatrolCard(byId("card"), app, store, actions);
  addTopNumber(/** @type {HTMLElement} */ (byId("top").querySelector(".numbers")), app, store);
  addCoverageTool(byId("tools"), app);
  mountCoverageLegend(stage, app, { store, map });
  listenToMap(app, map, { past, shapes, coverage });
  const paintClosed = mountClosedLand(app, map, { edge, say: sayError });
  state.on(["round", "roundDay"], ({ round, roundDay }) => store.show({ day: roundDay, round }));
  state.on(["theme"], () => coverage.setDark(isDark(state.values.theme)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    coverage.setDark(isDark(state.values.theme));
    layer.setPalette(paletteOf(isDark(state.values.theme)));
    paintClosed();
  });
  state.on(["theme"], () => {
    layer.setPalette(paletteOf(isDark(state.values.theme)));
    paintClosed();
  });
  world.on(["second"], () => store.tick({ work: state.values.tab === "patrol" && state.values.listOpen }));
  if (!past.active) store.show({ day: state.values.roundDay, round: state.values.round });
  coverage.update();
  const { grid, view } = state.values;
  if (grid && !view) actions.goToGrid(grid);
  return { event: (kind, data) => announce(app, store, say, kind, data), store, coverage, past };
}

/**
 * What is closed on the day that is shown; gives what paints it anew in the theme of then.
 * @param {App} app
 * @param {import("../../vendor/maplibre-gl.mjs").Map} map
 * @param {{edge: import("../core/datum.js").Edge, say: (error: unknown) => void}} parts
 */
function mountClosedLand({ state, clock, language }, map, { edge, say }) {
  /** @type {any} */
  let found = { features: [] };
  const shownDay = () => {
    const { replayMs, roundDay } = state.values;
    return replayMs === null ? roundDay || dayOf(clock.nowMs()) : dayOf(replayMs);
  };
  const paint = () => {
    const dark = isDark(state.values.theme);
    drawClosed(map, paletteOf(dark), dark);
    showClosed(map, found, shownDay(), edge);
  };
  let day = "";
  const read = async () => {
    if (day === shownDay()) return;
    day = shownDay();
    found = await get(`/api/v1/patrol/closed?day=${day}`, { language });
    showClosed(map, found, shownDay(), edge);
  };
  state.on(["roundDay", "replayMs"], () => void read().catch(say));
  paint();
  read().catch(say);
  return paint;
}

/**
 * In the county's past the signs are another layer's, and a grid can be chosen wherever the coverage is shown.
 * @param {App} app
 * @param {import("../../vendor/maplibre-gl.mjs").Map} map
 * @param {{past: CountyPast, shapes: ReadonlyMap<string, any>, coverage: CoverageView}} parts
 */
function listenToMap(app, map, { past }) {
  const { state } = app;
  map.on("click", (event) => {
    if (past.active) {
      const id = past.pick(event.lngLat.lng, event.lngLat.lat, 16);
      if (id !== null) return app.select(id);
    }
    if (!state.values.coverage || state.values.hovered !== null || map.getZoom() < 12) return;
    const [found] = map.queryRenderedFeatures(event.point, { layers: ["coverage-grid"] });
    const code = found?.properties.code;
    if (code) state.set({ grid: code, patrolArea: code.slice(0, 12), tab: "patrol" });
  });
}

/**
 * @param {App} app
 * @param {PatrolStore} store
 * @param {(text: string) => void} say
 * @param {string} kind
 * @param {any} data
 */
function announce(app, store, say, kind, data) {
  const { t, state, clock } = app;
  store.event(kind, data);
  // An answer is news for those who are looking at it now; the work list keeps it for the others.
  const fresh = kind === "notice" && data.answer && clock.nowMs() - (data.answered_ms ?? 0) < MINUTE_MS;
  if (!fresh || state.values.replayMs !== null) return;
  say(t("patrol.answered", { name: app.person(data.worker_id)?.name ?? data.name ?? "", answer: data.answer }));
}
