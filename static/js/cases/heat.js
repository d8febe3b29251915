/** Where reports came from: hexagons on the map for a range of days and hours of the week. */

import mapWords from "../../i18n/case_map.js";
import words from "../../i18n/case_stats.js";
import { COMMON_WORDS } from "../../i18n/common.js";
import { moveGeoJson } from "../core/datum.js";
import { createI18n } from "../core/i18n.js";
import { DAY_MS, day, dayStart } from "../core/time.js";
import { get } from "../net/api.js";
import { button, el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("../core/i18n.js").Translate} Translate */

const SOURCE = "case-heat";
const DAYS = 366; // how far back the slider goes
const GATHER_MS = 250;
// Light to dark, readable without colour; the same steps as the table of the desk.
const RAMP = ["#fdeac8", "#fcd48f", "#e58a2e", "#a8480a", "#6b2303"];
const HOURS = { "": [0, 24], morning: [6, 12], afternoon: [12, 18], evening: [18, 24], night: [0, 6] };

/**
 * @param {App} app
 * @param {{map: MapLibre, edge: import("../core/datum.js").Edge, tools: HTMLElement, sayError: (error: unknown) => void}} parts
 */
export function mountHeat(app, { map, edge, tools, sayError }) {
  const { t } = createI18n([COMMON_WORDS, words, mapWords], { language: app.language });
  const asked = new URLSearchParams(new URLSearchParams(location.search).get("heat") ?? "");
  const panel = controls(app, t, asked);
  let shown = false;
  let timer = 0;
  let turn = 0;
  const read = async () => {
    const mine = ++turn;
    const [found, { cellToBoundary }] = await Promise.all([
      get(`/api/v1/case-heat?${panel.query()}`),
      import("../../vendor/h3-js.mjs"),
    ]);
    if (mine !== turn || !shown) return;
    addLayers(map);
    const drawn = moveGeoJson(hexagons(found, cellToBoundary), edge.toMap);
    /** @type {any} */ (map.getSource(SOURCE)).setData(drawn);
    panel.say(found, drawn.features.length);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void read().catch(sayError), GATHER_MS);
  };
  const show = (/** @type {boolean} */ on) => {
    shown = on;
    panel.root.hidden = !on;
    toggle.setAttribute("aria-pressed", String(on));
    for (const id of [`${SOURCE}-fill`, `${SOURCE}-coarse`])
      if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
    if (on) later();
  };
  const toggle = button({ label: t("map.heat"), icon: icon("heat"), pressed: false, onclick: () => show(!shown) });
  panel.root.addEventListener("input", later);
  tools.querySelector(".tool-group")?.append(toggle);
  tools.append(panel.root);
  if ([...asked].length) show(true);
}

/**
 * @param {App} app
 * @param {Translate} t
 * @param {URLSearchParams} asked what the desk passed on
 */
function controls(app, t, asked) {
  const now = app.clock.nowMs();
  const today = dayStart(day(now)) ?? 0;
  const ago = (/** @type {string} */ key, /** @type {number} */ fallback) =>
    asked.has(key) ? Math.round((today - Number(asked.get(key))) / DAY_MS) : fallback;
  const slider = (/** @type {number} */ value, /** @type {string} */ label) =>
    el("input", {
      type: "range",
      min: 0,
      max: DAYS,
      value: DAYS - Math.min(DAYS, Math.max(0, value)),
      "aria-label": label,
    });
  const first = slider(ago("from", 29), t("from"));
  const last = slider(ago("to", -1) + 1, t("to"));
  const weekday = choice(["", "work", "rest"].map((key) => [key, t(`map.heat.${key || "all"}`)]));
  const hours = choice(Object.keys(HOURS).map((key) => [key, t(`map.heat.${key || "any"}`)]));
  const span = el("output", {});
  const said = el("p", { class: "heat-said", role: "status" });
  const category = asked.get("category") ?? "";
  const dayOf = (/** @type {HTMLInputElement} */ one) => today - (DAYS - Number(one.value)) * DAY_MS;
  const range = () => [Math.min(dayOf(first), dayOf(last)), Math.max(dayOf(first), dayOf(last))];
  const tell = () => {
    const [from = 0, to = 0] = range();
    span.textContent = `${day(from)} – ${day(to)}`;
  };
  tell();
  const root = el(
    "div",
    { class: "heat-panel", hidden: true },
    el("h3", {}, t("map.heat")),
    span,
    el("label", {}, t("from"), first),
    el("label", {}, t("to"), last),
    el("div", { class: "heat-choices" }, weekday, hours),
    el("ul", { class: "heat-legend" }, ...RAMP.map((color) => swatch(color))),
    said,
  );
  root.addEventListener("input", tell);
  return { root, query, say };

  function query() {
    const [from = 0, to = 0] = range();
    const [hourFrom = 0, hourTo = 24] = HOURS[/** @type {keyof typeof HOURS} */ (hours.value)] ?? [];
    const wish = new URLSearchParams({ from: String(from), to: String(to + DAY_MS) });
    if (category) wish.set("category", category);
    if (weekday.value) wish.set("weekday", weekday.value);
    if (hours.value) {
      wish.set("hour_from", String(hourFrom));
      wish.set("hour_to", String(hourTo));
    }
    return wish;
  }

  /**
   * @param {any} found
   * @param {number} drawn
   */
  function say(found, drawn) {
    const most = Math.max(0, ...found.cells.map((/** @type {any} */ one) => one.n));
    const bounds = steps(most);
    for (const [i, one] of root.querySelectorAll(".heat-legend span").entries()) one.textContent = bounds[i] ?? "";
    said.textContent = [
      t(drawn ? "map.heat.said" : "heat.none", { n: found.total, cells: found.cells.length }),
      found.is_guarded ? t("map.heat.guarded", { least: found.least }) : "",
    ].join(" ");
  }
}

/** @param {string[][]} options */
function choice(options) {
  return el("select", {}, ...options.map(([value, text]) => el("option", { value: value ?? "" }, text ?? "")));
}

/** @param {string} color */
function swatch(color) {
  const box = el("i", {});
  box.style.background = color;
  return el("li", {}, box, el("span", {}));
}

/**
 * What each colour stands for, as "n1–n2"; by square roots, so that one busy place does not pale all others.
 * @param {number} most
 */
function steps(most) {
  const edge = (/** @type {number} */ i) => Math.floor((i / RAMP.length) ** 2 * most);
  return RAMP.map((_, i) => {
    const [low, high] = [edge(i) + 1, edge(i + 1)];
    return high < low ? "" : low === high ? String(low) : `${low}–${high}`;
  });
}

/**
 * @param {any} found
 * @param {(cell: string, asGeoJson: boolean) => number[][]} toBoundary
 * @returns {any}
 */
export function hexagons(found, toBoundary) {
  const most = Math.max(1, ...found.cells.map((/** @type {any} */ one) => one.n));
  const feature = (/** @type {any} */ one, /** @type {boolean} */ coarse) => ({
    type: "Feature",
    geometry: { type: "Polygon", coordinates: [toBoundary(one.cell, true)] },
    properties: { n: one.n, coarse, level: Math.max(1, Math.ceil(Math.sqrt(one.n / most) * RAMP.length)) },
  });
  return {
    type: "FeatureCollection",
    features: [
      ...found.coarse.map((/** @type {any} */ one) => feature(one, true)),
      ...found.cells.map((/** @type {any} */ one) => feature(one, false)),
    ],
  };
}

/** @param {MapLibre} map */
function addLayers(map) {
  if (map.getSource(SOURCE)) return;
  map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  /** @type {any} */
  const color = ["match", ["get", "level"], ...RAMP.flatMap((one, i) => [i + 1, one]), RAMP.at(-1)];
  // Above the grids, under names and the signs of cases.
  const below = map.getStyle().layers.find(({ id, type }) => type === "symbol" || id === "case-cluster")?.id;
  map.addLayer(
    {
      id: `${SOURCE}-fill`,
      type: "fill",
      source: SOURCE,
      filter: ["!", ["get", "coarse"]],
      paint: { "fill-color": color, "fill-opacity": 0.72, "fill-outline-color": "#6b2303" },
    },
    below,
  );
  map.addLayer(
    {
      id: `${SOURCE}-coarse`,
      type: "line",
      source: SOURCE,
      filter: ["get", "coarse"],
      paint: { "line-color": "#6b2303", "line-width": 2, "line-dasharray": [3, 2] },
    },
    below,
  );
}
