/** Makes the map, the panels and the stream for one reader, and joins them. */

import { mountCases } from "./cases/map_part.js";
import { edgeOf, moveGeoJson } from "./core/datum.js";
import { gridInArea, joinRoster } from "./core/roster.js";
import { keepAddress, keepTheme, keepTownNotes, keepWanted } from "./keep.js";
import { createMap, showLayers } from "./map/base_map.js";
import { Camera } from "./map/camera.js";
import { LiveView } from "./map/live_view.js";
import { namesInView } from "./map/names_in_view.js";
import { NamesOverlay } from "./map/names_overlay.js";
import { paletteOf } from "./map/palette.js";
import { boxOf, gridLabels, setData, showOverview, VillagePlans } from "./map/plan.js";
import { listenToPointer } from "./map/pointer.js";
import { ReplayView } from "./map/replay_view.js";
import { GRID_GROUP, LABEL_GROUP } from "./map/style_layers.js";
import { TrailView } from "./map/trail_view.js";
import { WorkersLayer } from "./map/workers_layer.js";
import { get } from "./net/api.js";
import { openLive } from "./net/live_feed.js";
import { mountBanner } from "./panel/banner.js";
import { openEnrolment, openHelp } from "./panel/dialogs.js";
import { byId } from "./panel/dom.js";
import { listenToKeys } from "./panel/keys.js";
import { mountMapTools } from "./panel/map_tools.js";
import { openPhones } from "./panel/phones_dialog.js";
import { openQuarantine } from "./panel/quarantine_dialog.js";
import { goLive, mountTimeBar, togglePlay } from "./panel/time_bar.js";
import { Toast } from "./panel/toast.js";
import { mountTopBar } from "./panel/top_bar.js";
import { errorText } from "./panel/words.js";
import { mountWorkerCard } from "./panel/worker_card.js";
import { mountWorkerList } from "./panel/worker_list.js";
import { mountPatrol } from "./patrol/map_part.js";
import { isDark } from "./theme.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./map/base_map.js").MapConfig} MapConfig */

/**
 * @param {App} app
 * @param {MapConfig} config
 */
export async function openPage(app, config) {
  const { t, state, world } = app;
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog"));
  const toast = new Toast(byId("toast"));
  /** @param {string} text @param {{label: string, run: () => void} | null} [action] */
  const say = (text, action) => toast.show(text, action);
  const sayError = (/** @type {unknown} */ error) => say(errorText(error, t));

  const [overview, divisions, grids] = await Promise.all([
    get("/api/v1/plan/overview"),
    get("/api/v1/divisions"),
    get("/api/v1/grids"),
  ]);
  const base = state.values.base === "raster" && (config.raster || config.pmtiles) ? "raster" : "plan";
  const edge = edgeOf(base === "raster" ? (config.raster?.datum ?? "wgs84") : "wgs84");
  const palette = paletteOf(isDark(state.values.theme));
  const { county } = config;
  const startView = state.values.view;
  const bounds = areaBounds(app.me.area.code, overview.layers, grids) ?? county.bounds;
  const map = await createMap({
    container: byId("map"),
    palette,
    config,
    edge,
    base,
    view: startView,
    bounds,
    attribution: overview.attribution || t(overview.synthetic ? "attribution.synthetic" : "attribution.plan"),
    padding: Camera.padding(state.values),
  });
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const origin = edge.toMap([county.lon, county.lat]);
  const layer = new WorkersLayer({ id: "workers", origin, palette, reducedMotion });
  const replayLayer = new WorkersLayer({ id: "replay", origin, palette, reducedMotion: true });
  // At county zoom the townships and their numbers are the message: they stand above the crowd of dots.
  map.addLayer(layer, "township-label");
  map.addLayer(replayLayer, "township-label");

  world.set({ divisions: new Map(divisions.divisions.map((/** @type {any} */ d) => [d.code, d])) });
  const gridNames = new Map(grids.features.map((/** @type {any} */ f) => [f.properties.code, f.properties.name]));
  showOverview(map, overview, edge);
  setData(map, "grids", moveGeoJson(grids, edge.toMap));
  setData(map, "grid-labels", moveGeoJson(gridLabels(grids, world.values.divisions), edge.toMap));
  const plans = new VillagePlans(map, {
    edge,
    load: (code) => get(`/api/v1/plan/villages/${code}`),
    onError: () => say(t("error.plan")),
  });
  plans.setVillages(ownVillages(overview.layers.villages, app.me.area.code));

  const camera = new Camera(app, { map, layer, edge, bounds });
  const live = new LiveView(app, layer, edge);
  const trail = new TrailView(app, { map, layer, edge });
  const replay = new ReplayView(app, {
    map,
    layer: replayLayer,
    live: layer,
    edge,
    fit: (points) => camera.fit(points),
    onError: sayError,
  });
  camera.replay = replay;
  const names = new NamesOverlay(byId("names"), map);
  let showNames = true;
  const drawNames = () => names.show(showNames ? namesInView(app, { map, layer, replay, live, edge }) : []);
  layer.afterFrame = () => {
    trail.draw();
    camera.keepUp();
    drawNames();
  };
  replayLayer.afterFrame = () => {
    camera.keepUp();
    drawNames();
  };

  const list = mountWorkerList(byId("list"), app, {
    goTo: (id) => {
      app.select(id);
      camera.goTo(id);
    },
  });
  mountWorkerCard(byId("card"), app, {
    enrol: (person) => openEnrolment(dialog, app, person, { say }),
    phones: (person) => openPhones(dialog, app, person, { say }),
  });
  mountTopBar(byId("top"), app, {
    openHelp: () => openHelp(dialog, app),
    openQuarantine: () => openQuarantine(dialog, app),
  });
  mountTimeBar(byId("time"), app);
  mountMapTools(byId("tools"), app, {
    zoomIn: () => map.zoomIn(),
    zoomOut: () => map.zoomOut(),
    home: () => camera.home(),
    hasBase: Boolean(config.raster || config.pmtiles),
    show: (what, shown) => {
      if (what === "grids") showLayers(map, GRID_GROUP, shown);
      else if (what === "names") showLayers(map, LABEL_GROUP, shown);
      else showNames = shown;
      map.triggerRepaint();
    },
  });
  const patrol = mountPatrol(app, {
    map,
    edge,
    origin,
    grids,
    villages: ownVillages(overview.layers.villages, app.me.area.code),
    camera,
    say,
    sayError,
  });
  const cases = mountCases(app, {
    map,
    edge,
    tools: byId("tools"),
    top: byId("top"),
    toast,
    sayError,
    goTo: (id) => {
      app.select(id);
      camera.goTo(id);
    },
  });
  listenToPointer(app, { map, live: layer, replay: replayLayer, card: byId("hover") });
  listenToKeys(document, {
    search: () => list.focusSearch(),
    move: (steps) => list.move(steps),
    enter: () => (state.values.selected === null ? list.move(1) : camera.goTo(state.values.selected, true)),
    escape: () => stepBack(app),
    follow: () => state.values.selected !== null && state.set({ follow: !state.values.follow }),
    live: () => goLive(app),
    trail: () => state.set({ trail: !state.values.trail }),
    coverage: () => state.set({ coverage: !state.values.coverage }),
    play: () => togglePlay(app),
    help: () => openHelp(dialog, app),
    zoomIn: () => map.zoomIn(),
    zoomOut: () => map.zoomOut(),
    home: () => camera.home(),
  });
  state.on(["follow"], ({ follow }) =>
    say(follow ? t("follow.on", { name: app.selectedPerson?.name ?? "" }) : t("follow.off")),
  );
  keepTheme(app, map, [layer, replayLayer]);
  keepAddress(app);
  keepWanted(app);
  keepTownNotes(app, map, edge);

  const readRoster = async () =>
    world.set({ roster: joinRoster(await get("/api/v1/roster"), world.values.divisions, gridNames) });
  await readRoster();
  const socket = openLive(app, {
    apply: (slots) => live.apply(slots),
    readRoster: () => readRoster().catch(sayError),
    event: (kind, data) => {
      patrol.event(kind, data);
      cases.event(kind, data);
      announce(app, toast, kind, data, (id) => camera.goTo(id));
    },
  });
  mountBanner(byId("banner"), app, { retryNow: () => socket.retryNow() });
  if (!startView && state.values.selected !== null) whenPlaced(app, () => camera.goTo(state.values.selected ?? 0));
  Object.defineProperty(window, "sanxun", {
    value: Object.freeze({ state, world, workers: app.workers, map, layer, replayLayer, app, patrol }),
  });
}

/**
 * Villages whose own plan this account may read.
 * @param {import("./map/plan.js").Collection} villages
 * @param {string} area division or grid
 */
function ownVillages(villages, area) {
  const features = villages.features.filter(({ properties }) => gridInArea(properties.code, area.slice(0, 12)));
  return { ...villages, features };
}

/**
 * The box of the account's own area: what it opens on, and what "show everything" shows.
 * @param {string} code of a division or a grid
 * @param {Record<string, import("./map/plan.js").Collection>} layers
 * @param {import("./map/plan.js").Collection} grids
 */
function areaBounds(code, { townships, villages }, grids) {
  const drawn = [townships, villages, grids].flatMap((layer) => layer?.features ?? []);
  const own = drawn.find(({ properties }) => properties.code === code);
  return own ? boxOf(own.geometry) : null;
}

/**
 * @param {App} app
 * @param {() => void} run
 */
function whenPlaced(app, run) {
  const stop = app.world.on(["changes"], () => {
    stop();
    run();
  });
}

/** @param {App} app */
function stepBack(app) {
  const { state } = app;
  if (document.activeElement instanceof HTMLElement && document.activeElement !== document.body)
    document.activeElement.blur();
  if (state.values.follow) state.set({ follow: false });
  else if (state.values.replayMs !== null) goLive(app);
  else app.select(null);
}

/**
 * @param {App} app
 * @param {Toast} toast
 * @param {string} kind
 * @param {any} data
 * @param {(id: number) => void} goTo
 */
function announce(app, toast, kind, data, goTo) {
  if (kind !== "help") return;
  const person = app.person(data.worker_id);
  if (!person) return;
  const show = () => {
    app.select(person.id);
    goTo(person.id);
  };
  toast.show(app.t("event.help", { name: person.name, place: person.gridName }), {
    label: app.t("event.help.show"),
    run: show,
  });
}
