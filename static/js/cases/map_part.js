/** Open cases on the map page: signs that gather into counts, a card that leads to the desk, the urgent ones heard and seen. */

import words from "../../i18n/case_map.js";
import { Popup } from "../../vendor/maplibre-gl.mjs";
import { beep } from "../core/beep.js";
import { createI18n } from "../core/i18n.js";
import { remaining } from "../desk/bits.js";
import { Camera } from "../map/camera.js";
import { get } from "../net/api.js";
import { button, el, setText } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { mountHeat } from "./heat.js";
import { nearest } from "./nearest.js";
import { drawSign, signName } from "./signs.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */
/** @typedef {import("../desk/desk.js").Case} Case */
/** @typedef {import("../panel/toast.js").Toast} Toast */

const SOURCE = "cases";
const PAGE = 1000;
const MOST = 3000; // more signs than this would hide the map; the count says how many there are
const GATHER_MS = 1000;
const KEY = "sanxun.map.cases";
const FONT = ["sans-serif"];
const SIGN_PX = 12; // from the middle of a sign to its edge

/**
 * @param {App} app
 * @param {{map: MapLibre, edge: import("../core/datum.js").Edge, tools: HTMLElement, top: HTMLElement, toast: Toast, sayError: (error: unknown) => void, goTo: (worker: number) => void}} parts
 * @returns {{event: (kind: string, data: any) => void}}
 */
export function mountCases(app, { map, edge, tools, top, toast, sayError, goTo }) {
  mountHeat(app, { map, edge, tools, sayError });
  if (!app.may("case.view")) return { event: () => {} };
  const { t } = createI18n(words, { language: app.language });
  let shown = stored();
  let timer = 0;
  addLayers(map);
  const numbers = topNumber(top, t);
  const read = async () => {
    timer = 0;
    const cases = await openCases();
    numbers(cases);
    for (const name of new Set(cases.map(signName))) addSign(map, name);
    /** @type {any} */ (map.getSource(SOURCE)).setData(collection(cases, edge));
  };
  const show = (/** @type {boolean} */ on) => {
    shown = on;
    keep(on);
    toggle.setAttribute("aria-pressed", String(on));
    for (const { id } of layers()) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
  };
  const toggle = button({ label: t("map.cases"), icon: icon("alert"), pressed: shown, onclick: () => show(!shown) });
  tools.querySelector(".tool-group")?.append(toggle);
  show(shown);
  listen(map, app, t, goTo);
  void read().catch(sayError);
  return {
    event: (kind, data) => {
      if (kind !== "case") return;
      if (!timer) timer = setTimeout(() => void read().catch(() => {}), GATHER_MS);
      for (const told of data.grids ?? []) if (told.what === "new" && told.urgent) call(told);
    },
  };

  /** @param {any} told */
  function call(told) {
    toast.show(t("map.urgent", { number: told.number ?? "" }), {
      label: t("map.show"),
      run: () => {
        show(true);
        if (told.lat !== null)
          map.easeTo({ center: edge.toMap([told.lon, told.lat]), zoom: Math.max(map.getZoom(), 15) });
      },
    });
    beep();
  }
}

/** Every open case that the account may see, the most urgent first. */
async function openCases() {
  /** @type {Case[]} */
  const found = [];
  let cursor = "";
  do {
    const page = await get(
      `/api/v1/cases?queue=open&limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    found.push(...page.cases);
    cursor = page.next ?? "";
  } while (cursor && found.length < MOST);
  return found;
}

/**
 * @param {readonly Case[]} cases
 * @param {import("../core/datum.js").Edge} edge
 */
export function collection(cases, edge) {
  const features = cases
    .filter((one) => one.lat !== null && one.lon !== null)
    .map((one, rank) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: edge.toMap([one.lon ?? 0, one.lat ?? 0]) },
      properties: {
        id: one.id,
        sign: signName(one),
        rank,
        title: one.title,
        facts: [one.category_name, one.area_name, one.department_name].filter(Boolean).join(" · "),
        red_ms: one.red_ms,
        red: Number(one.light === "red"),
        yellow: Number(one.light === "yellow"),
      },
    }));
  return { type: "FeatureCollection", features };
}

/** @param {MapLibre} map */
function addLayers(map) {
  map.addSource(SOURCE, {
    type: "geojson",
    data: { type: "FeatureCollection", features: [] },
    cluster: true,
    clusterRadius: 44,
    clusterMaxZoom: 14,
    clusterProperties: { red: ["+", ["get", "red"]], yellow: ["+", ["get", "yellow"]] },
  });
  for (const layer of layers()) map.addLayer(layer);
}

/**
 * @param {MapLibre} map
 * @param {string} name
 */
function addSign(map, name) {
  const image = map.hasImage(name) ? null : drawSign(name);
  if (image) map.addImage(name, image, { pixelRatio: 2 });
}

/** @returns {any[]} */
function layers() {
  const worst = ["case", [">", ["get", "red"], 0], "#c22e24", [">", ["get", "yellow"], 0], "#e69f00", "#009e73"];
  return [
    {
      id: "case-cluster",
      type: "circle",
      source: SOURCE,
      filter: ["has", "point_count"],
      paint: {
        "circle-color": "#ffffff",
        "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 13, 50, 22, 500, 30],
        "circle-stroke-width": 4,
        "circle-stroke-color": worst,
      },
    },
    {
      id: "case-count",
      type: "symbol",
      source: SOURCE,
      filter: ["has", "point_count"],
      layout: {
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": FONT,
        "text-size": 13,
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#17211c" },
    },
    {
      id: "case-sign",
      type: "symbol",
      source: SOURCE,
      filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["get", "sign"],
        "icon-size": 0.85,
        "icon-allow-overlap": true,
        "symbol-sort-key": ["-", 0, ["get", "rank"]],
      },
    },
  ];
}

/**
 * @param {MapLibre} map
 * @param {App} app
 * @param {import("../core/i18n.js").Translate} t
 * @param {(worker: number) => void} goTo
 */
function listen(map, app, t, goTo) {
  map.on("click", "case-cluster", async ({ features }) => {
    const found = features?.[0];
    if (!found) return;
    const source = /** @type {any} */ (map.getSource(SOURCE));
    const zoom = await source.getClusterExpansionZoom(found.properties.cluster_id);
    map.easeTo({ center: /** @type {any} */ (found.geometry).coordinates, zoom: zoom + 0.3 });
  });
  map.on("click", "case-sign", ({ features }) => {
    const found = features?.[0];
    if (!found) return;
    const { id, title, facts, red_ms } = found.properties;
    const left = red_ms ? remaining(Number(red_ms), app.clock.nowMs(), { t, language: app.language }) : "";
    const card = el(
      "div",
      { class: "case-popup" },
      el("b", {}, title),
      el("p", {}, facts),
      left ? el("p", {}, left) : null,
      nearest(app, Number(id), t, goTo),
      el("a", { href: `/desk?queue=open&case=${id}` }, t("map.desk")),
    );
    const popup = new Popup({ maxWidth: "264px", anchor: "bottom", offset: SIGN_PX })
      .setLngLat(/** @type {any} */ (found.geometry).coordinates)
      .setDOMContent(card)
      .addTo(map);
    // It grows when somebody asks who is nearest.
    const size = new ResizeObserver(() => uncover(popup.getElement(), map, Camera.padding(app.state.values)));
    size.observe(card);
    popup.on("close", () => size.disconnect());
  });
}

/**
 * Moves the map just so far that the card stands clear of the panels.
 * @param {HTMLElement} card
 * @param {MapLibre} map
 * @param {{left: number, right: number, top: number, bottom: number}} panels the room that they take
 */
function uncover(card, map, panels) {
  const [box, whole] = [card.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
  const right = Math.max(0, whole.left + panels.left - box.left) - Math.max(0, box.right - whole.right + panels.right);
  const down = Math.max(0, whole.top + panels.top - box.top) - Math.max(0, box.bottom - whole.bottom + panels.bottom);
  if (right || down) map.panBy([-right, -down]);
}

/**
 * How many are open, and how many of them are overdue; it leads to the desk.
 * @param {HTMLElement} top
 * @param {import("../core/i18n.js").Translate} t
 */
function topNumber(top, t) {
  const value = el("b", { class: "number-value" }, "–");
  const word = el("span", { class: "number-word" }, t("map.top"));
  top
    .querySelector(".numbers")
    ?.append(
      el("a", { class: "number number-cases", href: "/desk", title: t("map.top.hint") }, icon("alert"), value, word),
    );
  return (/** @type {readonly Case[]} */ cases) => {
    const red = cases.filter((one) => one.light === "red").length;
    setText(value, cases.length >= MOST ? `${MOST}+` : String(cases.length));
    setText(word, red ? t("map.top.red", { n: red }) : t("map.top"));
  };
}

function stored() {
  try {
    return localStorage.getItem(KEY) !== "0";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
function keep(on) {
  try {
    localStorage.setItem(KEY, on ? "1" : "0");
  } catch {
    // Storage may be refused: the choice then lives as long as the page.
  }
}
