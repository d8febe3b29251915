/** The page's icons, and the workers' signs as in the map: the same shapes, so that the list is the map's legend. */

/** @typedef {import("../core/status.js").StatusName} StatusName */

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Strokes on a 24 x 24 field. */
const PATHS = {
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M20 20l-4.8-4.8",
  close: "M6 6l12 12M18 6L6 18",
  fold: "M14.5 6l-6 6 6 6",
  unfold: "M9.5 6l6 6-6 6",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  heat: "M12 3l4 2.3v4.6L12 12.2 8 9.9V5.3zM8 9.9l-4 2.3v4.6l4 2.3 4-2.3v-4.6M12 12.2v4.6l4 2.3 4-2.3v-4.6l-4-2.3",
  layers: "M12 4l9 5-9 5-9-5 9-5M4 14l8 4.5L20 14",
  follow: "M12 3v4M12 17v4M3 12h4M17 12h4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
  trail: "M5 19c5 0 2-7 7-7s2-7 7-7M5 19h.01M19 5h.01",
  replay: "M4 5v5h5M4.6 10A8 8 0 1 1 4 13.5M12 8.5V13l3 2",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1M11 18h2",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8 5v14M16 5v14",
  before: "M14 6l-6 6 6 6",
  after: "M10 6l6 6-6 6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10",
  auto: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 4v16M14 8h3.5M14 12h5.5M14 16h3.5",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5h.01",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  alert: "M12 4l9 16H3l9-16M12 10v4M12 17h.01",
  hexagon: "M12 3l7.8 4.5v9L12 21l-7.8-4.5v-9z",
  rounds: "M12 3l7.8 4.5v9L12 21l-7.8-4.5v-9zM8.5 12l2.5 2.5 4.5-5",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11M12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * @param {IconName} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const root = svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" });
  root.append(svg("path", { d: PATHS[name] }));
  return root;
}

const STAR = "M0-6.4 1.9-2 6.3-1.8 2.9 1.2 4 5.6 0 3.2-4 5.6-2.9 1.2-6.3-1.8-1.9-2z";
const ARROW = "M0-10 7 7.4 0 3.6-7 7.4z";

/**
 * A worker's sign, as the map draws it.
 * @param {StatusName} status
 * @param {boolean} leader
 * @param {number} [bearing] degrees, for one that moves
 * @returns {SVGElement}
 */
export function sign(status, leader, bearing = 45) {
  const root = svg("svg", {
    viewBox: "-14 -14 28 28",
    class: `sign sign-${status}${leader ? " sign-leader" : ""}`,
    "aria-hidden": "true",
  });
  const turn = { transform: `rotate(${Math.round(bearing)})` };
  if (status === "help") root.append(svg("circle", { r: 12, class: "sign-ring" }));
  if (status === "moving" && leader)
    root.append(svg("path", { d: "M0-13.5 6-7h-12z", ...turn }), svg("circle", { r: 8.6 }));
  else if (status === "moving") root.append(svg("path", { d: ARROW, ...turn }));
  else
    root.append(
      svg("circle", {
        r: status === "off" ? 4.4 : leader ? 8.6 : 7,
        class: status === "stale" || status === "offline" ? "sign-hollow" : "",
      }),
    );
  if (leader && status !== "off") root.append(svg("path", { d: STAR, class: "sign-star" }));
  else if (status === "help") root.append(svg("path", { d: "M0-4V.8M0 3.6v.2", class: "sign-mark" }));
  if (status === "offline") root.append(svg("path", { d: "M-8 8 8-8", class: "sign-bar" }));
  return root;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElement}
 */
export function svg(tag, attributes) {
  const node = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== "") node.setAttribute(name, String(value));
  return node;
}
