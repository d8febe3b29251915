/** A small map with the county's plan: for a piece of evidence, and to draw on. */

import { edgeOf, moveGeoJson } from "../core/datum.js";
import { clock } from "../core/time.js";
import { createMap } from "../map/base_map.js";
import { paletteOf } from "../map/palette.js";
import { boxOf, pointFeature, setData, showOverview, VillagePlans } from "../map/plan.js";
import { lineFeature } from "../map/trail_view.js";
import { get } from "../net/api.js";

/** @typedef {import("./evidence.js").Spot} Spot */

/** @type {Promise<[any, any]> | null} */
let ground = null;

/** The county's plan is read once for all small maps. */
function readGround() {
  ground ??= Promise.all([get("/api/v1/map-config"), get("/api/v1/plan/overview")]);
  ground.catch(() => {
    ground = null;
  });
  return ground;
}

/**
 * The plan in WGS-84, with some grids.
 * @param {HTMLElement} root
 * @param {{grids: readonly any[], box: [number, number, number, number], dark: boolean, attribution: string}} options
 */
export async function smallMap(root, { grids, box, dark, attribution }) {
  const [config, overview] = await readGround();
  const edge = edgeOf("wgs84");
  const palette = paletteOf(dark);
  const map = await createMap({
    container: root,
    palette,
    config,
    edge,
    base: "plan",
    view: null,
    attribution: overview.attribution || attribution,
    padding: { left: 28, right: 28, top: 28, bottom: 28 },
    .../** @type {any} */ ({ bounds: padded(box) }),
  });
  map.fitBounds(padded(box), { padding: 28, maxZoom: 16.5, duration: 0 });
  showOverview(map, overview, edge);
  const plans = new VillagePlans(map, {
    edge,
    load: (code) => get(`/api/v1/plan/villages/${code}`),
    onError: () => {},
  });
  plans.setVillages(overview.layers.villages);
  setData(map, "grids", moveGeoJson({ type: "FeatureCollection", features: [...grids] }, edge.toMap));
  return { map, palette };
}

/**
 * The grid, and the places in the order of time.
 * @param {HTMLElement} root
 * @param {{grid: any, spots: readonly Spot[], dark: boolean, attribution: string}} options
 * @returns {Promise<() => void>} takes the map away
 */
export async function drawEvidence(root, { grid, spots, dark, attribution }) {
  const places = spots.map(([, lon, lat]) => /** @type {[number, number]} */ ([lon, lat]));
  const box = boxOf({ coordinates: [places, ...(grid && spots.length < 2 ? [grid.geometry.coordinates] : [])] });
  const { map, palette } = await smallMap(root, { grids: grid ? [grid] : [], box, dark, attribution });
  setData(map, "trail", {
    type: "FeatureCollection",
    features: places.length > 1 ? [lineFeature(places, { hue: 1, part: "done" })] : [],
  });
  const last = spots.length - 1;
  const marks = spots.filter((_, i) => i === 0 || i === last || i % Math.ceil(spots.length / 12) === 0);
  setData(map, "stops", {
    type: "FeatureCollection",
    features: marks.map(([ms, lon, lat]) => pointFeature(lon, lat, { hue: 1, minutes: 3, at: clock(ms) })),
  });
  map.addLayer({
    id: "evidence-time",
    type: "symbol",
    source: "stops",
    layout: {
      "text-field": ["get", "at"],
      "text-font": ["sans-serif"],
      "text-size": 12,
      "text-offset": [0, 1.1],
      "text-anchor": "top",
    },
    paint: { "text-color": palette.text, "text-halo-color": palette.halo, "text-halo-width": 1.8 },
  });
  return () => map.remove();
}

/**
 * A box of one place alone would have no size.
 * @param {[number, number, number, number]} box
 * @returns {[number, number, number, number]}
 */
function padded([west, south, east, north]) {
  const least = 0.0012;
  return [west - least, south - least, east + least, north + least];
}
