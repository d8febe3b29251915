/** Icons of case categories by their names in the category table: strokes on a 24 x 24 field, the same on every page and on the map. */

/** @type {Readonly<Record<string, string>>} */
export const CASE_ICONS = {
  building: "M4 20V9l8-5 8 5v11zM9 20v-6h6v6",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  droplet: "M12 3s6 6.5 6 11a6 6 0 0 1-12 0c0-4.5 6-11 6-11",
  broom: "M14 4l-4 9M6 13h9l2 7H4zM8 20l1-4M12 20v-4",
  flame: "M12 3c1 4 5 6 5 11a5 5 0 0 1-10 0c0-2 1-3 2-4 .5 1.5 1 2 2 2 0-3-1-5 1-9",
  waves: "M3 8c3-3 6 3 9 0s6 3 9 0M3 13c3-3 6 3 9 0s6 3 9 0M3 18c3-3 6 3 9 0s6 3 9 0",
  road: "M8 3L4 21M16 3l4 18M12 4v3M12 10.5v3M12 17v3",
  lamp: "M6 21V7a4 4 0 0 1 8 0v1M11 8h6l2 4H9zM4 21h5M14 15v2",
  manhole: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M8 9.5h8M7 12h10M8 14.5h8",
  tap: "M4 9h9a4 4 0 0 1 4 4v2h-4v-2H4zM9 9V5M6 5h6M15 18v3",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  well: "M5 12h14v8H5zM7 12V6M17 12V6M4 6l8-3 8 3M12 6v6",
  pole: "M12 3v18M6 7h12M8 11h8M6 7v2M18 7v2",
  fire: "M12 3c1 4 5 6 5 11a5 5 0 0 1-10 0c0-2 1-3 2-4 .5 1.5 1 2 2 2 0-3-1-5 1-9M10 21h4",
  "house-crack": "M4 20V10l8-6 8 6v10zM12 4l-2 5 4 3-3 4 1 4",
  gas: "M8 8h8v12H8zM10 8V5h4v3M8 13h8M12 3v2",
  lifebuoy:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5.6 5.6l3.6 3.6M14.8 14.8l3.6 3.6M18.4 5.6l-3.6 3.6M9.2 14.8l-3.6 3.6",
  helmet: "M4 16a8 8 0 0 1 16 0zM3 16h18v3H3zM10 9V6h4v3",
  people:
    "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M16 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M2.5 19c.5-3.5 2.5-5.5 5.5-5.5s4 1.5 4 1.5 1-1.5 4-1.5 5 2 5.5 5.5",
  shield: "M12 3l8 3v6c0 5-3.5 7.5-8 9-4.5-1.5-8-4-8-9V6z",
  field: "M3 7l9-4 9 4v10l-9 4-9-4zM3 7l9 4 9-4M12 11v10M7.5 9v10M16.5 9v10",
  hand: "M12 20s-8-4.5-8-10a4 4 0 0 1 8-1.5A4 4 0 0 1 20 10c0 5.5-8 10-8 10",
  medical: "M9 4h6v5h5v6h-5v5H9v-5H4V9h5z",
  elder: "M11 3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M11 8v6l-3 7M11 14l3 3v4M11 10l5 2M17.5 11v10",
  school: "M3 9l9-5 9 5-9 5zM7 11.5V17c2 2 8 2 10 0v-5.5M21 9v6",
  wheat:
    "M12 21V9M12 9c-3 0-4-2-4-4 3 0 4 2 4 4M12 9c3 0 4-2 4-4-3 0-4 2-4 4M12 15c-3 0-4-2-4-4 3 0 4 2 4 4M12 15c3 0 4-2 4-4-3 0-4 2-4 4",
  shop: "M4 9l1.5-5h13L20 9M4 9a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0A2.7 2.7 0 0 0 20 9M5 12v8h14v-8M10 20v-5h4v5",
  question: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5h.01",
  bulb: "M9 17h6M10 20h4M12 3a6 6 0 0 0-3.5 10.9c.5.6.5 1.1.5 3.1h6c0-2 0-2.5.5-3.1A6 6 0 0 0 12 3",
  complaint: "M4 5h16v11h-7l-5 4v-4H4zM12 8v4M12 13.5h.01",
  sos: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v6M12 16.5h.01",
  plus: "M12 5v14M5 12h14",
  other: "M5 12h.01M12 12h.01M19 12h.01",
};

/**
 * The strokes of a category's icon; one that the table names and nobody drew gets three dots.
 * @param {string} name
 */
export function caseIconPath(name) {
  return CASE_ICONS[name] ?? /** @type {string} */ (CASE_ICONS.other);
}

/**
 * @param {string} name
 * @returns {SVGElement}
 */
export function caseIcon(name) {
  const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  root.setAttribute("viewBox", "0 0 24 24");
  root.setAttribute("class", "case-icon");
  root.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", caseIconPath(name));
  root.append(path);
  return root;
}
