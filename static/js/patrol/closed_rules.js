/** What can be closed to patrols: an outline of corners, or the shapes of a GeoJSON file. */

/** @typedef {[number, number]} Corner longitude, latitude */
/** @typedef {{id: number, area_code: string, grids: number, reason: string, from_day: string, to_day: string | null}} Closed */

const SHAPES = ["Polygon", "MultiPolygon", "Feature", "FeatureCollection", "GeometryCollection"];

/**
 * @param {readonly Corner[]} corners
 * @returns {{type: "Polygon", coordinates: Corner[][]} | null} null while there are too few
 */
export function outlineOf(corners) {
  const [first] = corners;
  return first && corners.length > 2 ? { type: "Polygon", coordinates: [[...corners, first]] } : null;
}

/**
 * The server says what is wrong with the places; this only tells GeoJSON from other files.
 * @param {string} text of a file
 * @returns {{type: string} | null}
 */
export function shapesOf(text) {
  try {
    const found = JSON.parse(text);
    return SHAPES.includes(found?.type) ? found : null;
  } catch {
    return null;
  }
}

/**
 * @param {Closed} one
 * @param {string} today
 * @returns {"coming" | "holding" | "last"} a closed area whose last day is today cannot be ended any sooner
 */
export function closedPhase({ from_day, to_day }, today) {
  if (from_day > today) return "coming";
  return to_day === today ? "last" : "holding";
}
