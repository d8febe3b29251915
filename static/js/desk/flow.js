/** The table of states, drawn from the data that the server works by: what leads where, who decides, what it needs. */

import { el } from "../panel/dom.js";
import { svg } from "../panel/icons.js";
import { drawn, spots } from "./flow_plan.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./flow_plan.js").Spot} Spot */

const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [112, 44, 62, 26];
const MOST_LETTERS = 14;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountFlow(root, desk) {
  const { t, config } = desk;
  const { lines, hubs } = drawn(config.transitions);
  const places = spots(config.states, lines);
  const words = hubs.map((code) => el("p", { class: "quiet" }, t("flow.hub", { name: desk.stateName(code) })));
  const table = el("div", {});
  const show = (/** @type {string} */ code) => {
    table.replaceChildren(transitionTable(desk, code));
    for (const node of picture.querySelectorAll("[data-from]")) {
      const { from, to } = /** @type {SVGElement} */ (node).dataset;
      node.classList.toggle("is-lit", code !== "" && (from === code || to === code));
    }
  };
  const picture = draw(desk, lines, places, show);
  root.replaceChildren(
    el(
      "div",
      { class: "page" },
      el("h2", {}, t("tab.flow")),
      el("p", { class: "quiet" }, t("flow.hint")),
      el("div", { class: "flow" }, picture),
      ...words,
      table,
    ),
  );
  show("");
}

/**
 * @param {Desk} desk
 * @param {readonly any[]} lines
 * @param {ReadonlyMap<string, Spot>} places
 * @param {(code: string) => void} show
 */
function draw(desk, lines, places, show) {
  const all = [...places.values()];
  const width = (Math.max(...all.map(({ column }) => column)) + 1) * (WIDTH + GAP_X);
  const height = (Math.max(...all.map(({ row }) => row)) + 1) * (HEIGHT + GAP_Y) + GAP_Y;
  const root = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": desk.t("tab.flow"),
  });
  const head = svg("marker", {
    id: "arrow",
    viewBox: "0 0 8 8",
    refX: 7,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: "auto-start-reverse",
  });
  head.append(svg("path", { d: "M0 0L8 4L0 8z" }));
  const definitions = svg("defs", {});
  definitions.append(head);
  root.append(definitions);
  for (const row of lines) {
    const [from, to] = [places.get(row.from), places.get(row.to)];
    if (!from || !to) continue;
    const line = svg("path", {
      d: way(from, to),
      class: "edge",
      "marker-end": "url(#arrow)",
      "data-from": row.from,
      "data-to": row.to,
    });
    const name = svg("title", {});
    name.textContent = desk.name(row);
    line.append(name);
    root.append(line);
  }
  for (const [code, spot] of places) root.append(box(desk, code, spot, show));
  return root;
}

/** @param {Spot} spot */
function corner({ column, row }) {
  return { x: column * (WIDTH + GAP_X) + GAP_X / 2, y: row * (HEIGHT + GAP_Y) + GAP_Y };
}

/**
 * Forward from side to side, backward in an arc below, in one column beside it.
 * @param {Spot} from
 * @param {Spot} to
 */
function way(from, to) {
  const [a, b] = [corner(from), corner(to)];
  const middle = HEIGHT / 2;
  if (to.column > from.column) {
    const [x1, x2] = [a.x + WIDTH, b.x];
    const bend = Math.max(24, (x2 - x1) / 2);
    return `M${x1} ${a.y + middle}C${x1 + bend} ${a.y + middle} ${x2 - bend} ${b.y + middle} ${x2} ${b.y + middle}`;
  }
  if (to.column === from.column) {
    const x = a.x + WIDTH;
    return `M${x} ${a.y + middle}C${x + 40} ${a.y + middle} ${x + 40} ${b.y + middle} ${x} ${b.y + middle}`;
  }
  const [x1, x2] = [a.x + WIDTH / 3, b.x + (WIDTH * 2) / 3];
  const low = Math.max(a.y, b.y) + HEIGHT + 22;
  return `M${x1} ${a.y + HEIGHT}C${x1} ${low} ${x2} ${low} ${x2} ${b.y + HEIGHT}`;
}

/**
 * @param {Desk} desk
 * @param {string} code
 * @param {Spot} spot
 * @param {(code: string) => void} show
 */
function box(desk, code, spot, show) {
  const { x, y } = corner(spot);
  const state = desk.states.get(code);
  const group = svg("g", {
    class: `node ${state?.open ? "" : "is-end"}`,
    transform: `translate(${x} ${y})`,
    tabindex: 0,
    role: "button",
  });
  group.append(svg("rect", { width: WIDTH, height: HEIGHT, rx: 8 }));
  const name = desk.stateName(code);
  // English names may be long: those are set closer, inside their box.
  /** @type {Record<string, string | number>} */
  const fit = name.length > MOST_LETTERS ? { textLength: WIDTH - 8, lengthAdjust: "spacingAndGlyphs" } : {};
  const text = svg("text", { x: WIDTH / 2, y: HEIGHT / 2 + 5, "text-anchor": "middle", ...fit });
  text.textContent = name;
  group.append(text);
  group.addEventListener("click", () => show(code));
  group.addEventListener("keydown", (event) => event.key === "Enter" && show(code));
  return group;
}

/**
 * @param {Desk} desk
 * @param {string} code "" for all
 */
function transitionTable(desk, code) {
  const { t, config } = desk;
  const rows = config.transitions.filter(
    (/** @type {any} */ row) => code === "" || row.from === code || row.to === code,
  );
  const head = ["no", "from", "to", "what", "who", "needs"].map((key) => el("th", { scope: "col" }, t(`flow.${key}`)));
  const body = rows.map((/** @type {any} */ row) =>
    el(
      "tr",
      {},
      el("td", {}, String(row.no)),
      el("td", {}, desk.stateName(row.from)),
      el("td", {}, desk.stateName(row.to)),
      el("td", {}, desk.name(row)),
      el("td", {}, row.roles.map((/** @type {string} */ role) => t(`role.${role}`)).join(t("comma"))),
      el("td", {}, row.needs.map((/** @type {string} */ need) => needName(desk, need)).join(t("comma"))),
    ),
  );
  return el(
    "section",
    {},
    el("h3", {}, code ? t("flow.of", { name: desk.stateName(code) }) : t("flow.all", { n: rows.length })),
    el(
      "div",
      { class: "wide-table" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)),
    ),
  );
}

/**
 * @param {Desk} desk
 * @param {string} need
 */
function needName({ t }, need) {
  const [what, role] = need.split(":");
  return role ? t("field.media", { role: t(`media.${role}`) }) : t(`field.${what}`);
}
