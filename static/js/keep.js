/** What the page keeps true by itself: the chosen people, the address, the appearance, the townships' numbers. */

import { moveGeoJson } from "./core/datum.js";
import { wanted } from "./core/filter.js";
import { ON_DUTY } from "./core/frames.js";
import { toSearch, URL_KEYS } from "./core/page_state.js";
import { townshipCode } from "./core/roster.js";
import { repaint } from "./map/base_map.js";
import { paletteOf } from "./map/palette.js";
import { divisionLabels, setData } from "./map/plan.js";
import { applyTheme, isDark, rememberTheme } from "./theme.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./map/workers_layer.js").WorkersLayer} WorkersLayer */

/**
 * The list and the map show the same people: chosen again when a wish changes, and each second while a status is wished.
 * @param {App} app
 */
export function keepWanted({ state, world, workers }) {
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
export function keepAddress({ state }) {
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
export function keepTheme({ state }, map, layers) {
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
export function keepTownNotes({ t, world, workers }, map, edge) {
  let shown = "";
  const draw = () => {
    const towns = [...world.values.divisions.values()].filter(({ level }) => level === 2);
    const notes = new Map(towns.map(({ code }) => [code, { on: 0, all: 0 }]));
    for (const { id, grid } of world.values.roster.people) {
      const note = notes.get(townshipCode(grid));
      if (!note) continue;
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
