/** Makes the map, the panels and the stream for one reader, and joins them. */

import { edgeOf, moveGeoJson } from "./core/datum.js";
import { wanted } from "./core/filter.js";
import { ON_DUTY } from "./core/frames.js";
import { toSearch, URL_KEYS } from "./core/page_state.js";
import { gridInArea, joinRoster } from "./core/roster.js";
import { createMap, repaint, showLayers } from "./map/base_map.js";
import { Camera } from "./map/camera.js";
import { LiveView } from "./map/live_view.js";
import { NAMES_ZOOM, NamesOverlay } from "./map/names_overlay.js";
import { paletteOf } from "./map/palette.js";
import { boxOf, divisionLabels, gridLabels, setData, showOverview, VillagePlans } from "./map/plan.js";
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
import { goLive, mountTimeBar, togglePlay } from "./panel/time_bar.js";
import { Toast } from "./panel/toast.js";
import { mountTopBar } from "./panel/top_bar.js";
import { errorText } from "./panel/words.js";
import { mountWorkerCard } from "./panel/worker_card.js";
import { mountWorkerList } from "./panel/worker_list.js";
import { applyTheme, isDark, rememberTheme } from "./theme.js";

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
  const say = (/** @type {string} */ text) => toast.show(text);
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
  plans.setVillages(overview.layers.villages);

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
  mountWorkerCard(byId("card"), app, { enrol: (person) => openEnrolment(dialog, app, person, { say }) });
  mountTopBar(byId("top"), app, { openHelp: () => openHelp(dialog, app) });
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
  listenToPointer(app, { map, live: layer, replay: replayLayer, card: byId("hover") });
  listenToKeys(document, {
    search: () => list.focusSearch(),
    move: (steps) => list.move(steps),
    enter: () => (state.values.selected === null ? list.move(1) : camera.goTo(state.values.selected, true)),
    escape: () => stepBack(app),
    follow: () => state.values.selected !== null && state.set({ follow: !state.values.follow }),
    live: () => goLive(app),
    trail: () => state.set({ trail: !state.values.trail }),
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
    event: (kind, data) => announce(app, toast, kind, data, (id) => camera.goTo(id)),
  });
  mountBanner(byId("banner"), app, { retryNow: () => socket.retryNow() });
  if (!startView && state.values.selected !== null) whenPlaced(app, () => camera.goTo(state.values.selected ?? 0));
  Object.defineProperty(window, "sanxun", {
    value: Object.freeze({ state, world, workers: app.workers, map, layer, replayLayer, app }),
  });
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
 * The list and the map show the same people: chosen again when a wish changes, and each second while a status is wished.
 * @param {App} app
 */
function keepWanted({ state, world, workers }) {
  const choose = () => world.set({ wanted: wanted(world.values.roster.people, workers, state.values) });
  let helps = -1;
  state.on(["query", "area", "statuses", "sort"], choose);
  world.on(["roster"], choose);
  world.on(["counts"], ({ counts }) => {
    const now = counts?.byStatus.at(-1) ?? 0;
    if (state.values.statuses.length || state.values.sort === "updated" || now !== helps) choose();
    helps = now;
  });
}

/**
 * Everything that was chosen stands in the address.
 * @param {App} app
 */
function keepAddress({ state }) {
  let timer = 0;
  const write = () => {
    timer = 0;
    history.replaceState(null, "", location.pathname + toSearch(state.values, location.search));
  };
  // Browsers refuse more than some hundred changes in half a minute, and a replay changes with every frame.
  state.on(URL_KEYS, () => {
    if (timer === 0) timer = setTimeout(write, 400);
  });
}

/**
 * @param {App} app
 * @param {import("../vendor/maplibre-gl.mjs").Map} map
 * @param {readonly WorkersLayer[]} layers
 */
function keepTheme({ state }, map, layers) {
  const paint = () => {
    applyTheme(state.values.theme);
    const palette = paletteOf(isDark(state.values.theme));
    repaint(map, palette);
    for (const layer of layers) layer.setPalette(palette);
  };
  state.on(["theme"], () => {
    rememberTheme(state.values.theme);
    paint();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

/**
 * Under each township's name: how many are on duty there.
 * @param {App} app
 * @param {import("../vendor/maplibre-gl.mjs").Map} map
 * @param {import("./core/datum.js").Edge} edge
 */
function keepTownNotes({ t, world, workers }, map, edge) {
  let shown = "";
  const draw = () => {
    const towns = [...world.values.divisions.values()].filter(({ level }) => level === 2);
    const notes = new Map(towns.map(({ code }) => [code, { on: 0, all: 0 }]));
    for (const { id, grid } of world.values.roster.people) {
      const note = notes.get(`${grid.slice(0, 9)}000`);
      if (!note || !gridInArea(grid, grid.slice(0, 12))) continue;
      note.all++;
      if ((workers.state[workers.slotOf(id)] ?? 0) & ON_DUTY) note.on++;
    }
    const text = JSON.stringify([...notes]);
    if (text === shown) return;
    shown = text;
    const words = (/** @type {string} */ code) => (notes.get(code)?.all ? t("town.note", notes.get(code)) : "");
    setData(map, "division-labels", moveGeoJson(divisionLabels(world.values.divisions.values(), words), edge.toMap));
  };
  const stop = world.on(["counts"], () => {
    stop();
    draw();
  });
  world.on(["roster"], draw);
  world.on(["second"], ({ second }) => second % 5 === 0 && draw());
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

/**
 * The names to show, the most important first.
 * @param {App} app
 * @param {{map: import("../vendor/maplibre-gl.mjs").Map, layer: WorkersLayer, replay: ReplayView, live: LiveView, edge: import("./core/datum.js").Edge}} parts
 * @returns {import("./map/names_overlay.js").Name[]}
 */
function namesInView(app, { map, layer, replay, live, edge }) {
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
