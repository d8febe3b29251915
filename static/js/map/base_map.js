/** The map itself, with the plan's style or a configured base map below it; north stays up. */

import * as maplibregl from "../../vendor/maplibre-gl.mjs";
import { PLAN_GROUP, SOURCES, styleLayers } from "./style_layers.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {{url: string, attribution: string, datum?: "wgs84" | "gcj02", min_zoom?: number, max_zoom?: number}} RasterConfig */
/** @typedef {{raster: RasterConfig | null, pmtiles: {url: string, attribution: string} | null, county: {code: string, name: string, lon: number, lat: number, bounds: [number, number, number, number]}, cells?: {resolution: number}}} MapConfig */

const FONTS = '"PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const EMPTY = /** @type {const} */ ({ type: "FeatureCollection", features: [] });
const MAX_ZOOM = 19.5;

/**
 * @param {{container: HTMLElement, palette: Palette, config: MapConfig, edge: Edge, base: string, view: {lon: number, lat: number, zoom: number} | null, bounds: [number, number, number, number], attribution: string, padding: {left: number, right: number, top: number, bottom: number}}} options
 * @returns {Promise<maplibregl.Map>}
 */
export async function createMap({ container, palette, config, edge, base, view, bounds, attribution, padding }) {
  const real = base === "raster" ? await rasterBase(config) : null;
  const [west, south, east, north] = config.county.bounds;
  const sw = edge.toMap([west, south]);
  const ne = edge.toMap([east, north]);
  const own = /** @type {[[number, number], [number, number]]} */ ([
    edge.toMap([bounds[0], bounds[1]]),
    edge.toMap([bounds[2], bounds[3]]),
  ]);
  const place = view
    ? { center: edge.toMap([view.lon, view.lat]), zoom: view.zoom }
    : { bounds: own, fitBoundsOptions: { padding } };
  const map = new maplibregl.Map({
    container,
    style: {
      version: 8,
      sources: {
        ...real?.sources,
        ...Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson", data: EMPTY, tolerance: 0.3 }])),
      },
      layers: withBase(styleLayers(palette), real?.layers ?? []),
    },
    localIdeographFontFamily: FONTS,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    // Before an import there is no county yet, and the map opens on the whole country.
    minZoom: config.county.name ? 7.5 : 3,
    maxZoom: MAX_ZOOM,
    maxBounds: [
      [sw[0] - 0.9, sw[1] - 0.7],
      [ne[0] + 0.9, ne[1] + 0.7],
    ],
    fadeDuration: 120,
    keyboard: false,
    ...place,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(
    new maplibregl.AttributionControl({
      compact: false,
      customAttribution: [attribution, real?.attribution ?? ""].filter(Boolean),
    }),
    "bottom-right",
  );
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-right");
  await new Promise((done) => map.once("style.load", done));
  return map;
}

/**
 * Repaints every layer in another palette, without loading anything anew.
 * @param {maplibregl.Map} map
 * @param {Palette} palette
 */
export function repaint(map, palette) {
  for (const layer of styleLayers(palette)) {
    if (!map.getLayer(layer.id)) continue;
    for (const [name, value] of Object.entries(layer.paint ?? {})) {
      map.setPaintProperty(layer.id, /** @type {any} */ (name), value);
    }
  }
}

/**
 * @param {maplibregl.Map} map
 * @param {readonly string[]} ids
 * @param {boolean} shown
 */
export function showLayers(map, ids, shown) {
  for (const id of ids) if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
}

/**
 * The base map's tiles under our own lines; the plan's ground then stays away.
 * @param {import("./style_layers.js").Layer[]} layers
 * @param {import("./style_layers.js").Layer[]} base
 */
function withBase(layers, base) {
  if (base.length === 0) return layers;
  const [background, ...rest] = layers.filter(({ id }) => !PLAN_GROUP.includes(id));
  return background ? [background, ...base, ...rest] : base;
}

/**
 * @param {MapConfig} config
 * @returns {Promise<{sources: Record<string, any>, layers: any[], attribution: string} | null>}
 */
async function rasterBase({ raster, pmtiles }) {
  const layers = [{ id: "base", type: "raster", source: "base", paint: { "raster-fade-duration": 120 } }];
  if (raster) {
    const source = {
      type: "raster",
      tiles: [raster.url],
      tileSize: 256,
      minzoom: raster.min_zoom ?? 0,
      maxzoom: raster.max_zoom ?? 18,
    };
    return { sources: { base: source }, layers, attribution: raster.attribution };
  }
  if (pmtiles) {
    const { Protocol } = await import("../../vendor/pmtiles.mjs");
    maplibregl.addProtocol("pmtiles", new Protocol().tile);
    const url = new URL(pmtiles.url, location.href).href;
    return {
      sources: { base: { type: "raster", url: `pmtiles://${url}`, tileSize: 256 } },
      layers,
      attribution: pmtiles.attribution,
    };
  }
  return null;
}
