/** A signal's evidence as plain figures and as places on a map. */

import { clock } from "../core/time.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** A place of a piece of evidence: [time in ms, lon, lat]. @typedef {[number, number, number]} Spot */

/** Keys that are places or times, not figures. */
const PLACES = new Set(["spots", "jumps", "stays", "from_ms", "to_ms", "spot", "other_spots"]);

/**
 * Every place of the evidence, wherever it stands in it, in the order of time.
 * @param {unknown} evidence
 * @returns {Spot[]}
 */
export function spotsOf(evidence) {
  /** @type {Spot[]} */
  const found = [];
  const walk = (/** @type {unknown} */ node) => {
    if (Array.isArray(node)) {
      if (isSpot(node)) found.push(/** @type {Spot} */ (node));
      else for (const child of node) walk(child);
    } else if (node && typeof node === "object") for (const child of Object.values(node)) walk(child);
  };
  walk(evidence);
  return found.sort((a, b) => a[0] - b[0]);
}

/** @param {readonly unknown[]} node */
function isSpot(node) {
  const [ms, lon, lat] = node;
  return (
    node.length === 3 &&
    typeof ms === "number" &&
    ms > 1e11 &&
    typeof lon === "number" &&
    Math.abs(lon) <= 180 &&
    typeof lat === "number" &&
    Math.abs(lat) <= 90
  );
}

/**
 * The figures in words; keys without words of their own are shown as they came.
 * @param {Record<string, unknown>} evidence
 * @param {Translate} t
 * @returns {[string, string][]}
 */
export function figuresOf(evidence, t) {
  /** @type {[string, string][]} */
  const rows = [];
  const { from_ms: from, to_ms: to } = evidence;
  if (typeof from === "number" && typeof to === "number")
    rows.push([t("evidence.time"), `${clock(from)}–${clock(to)}`]);
  for (const [key, value] of Object.entries(evidence)) {
    if (PLACES.has(key) || typeof value === "object") continue;
    const word = t(`evidence.${key}`);
    rows.push([word.startsWith("evidence.") ? key : word, valueText(key, value)]);
  }
  return rows;
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function valueText(key, value) {
  if (typeof value !== "number") return String(value);
  if (key.endsWith("share") || key === "claims_to_walk") return `${(value * 100).toFixed(1)}%`;
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
}
