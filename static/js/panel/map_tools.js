/** The map's own buttons: zoom, everything, layers with the legend. */

import { STATUSES } from "../core/status.js";
import { button, el } from "./dom.js";
import { icon, sign, svg } from "./icons.js";
import { statusHint } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{zoomIn: () => void, zoomOut: () => void, home: () => void, show: (what: "grids" | "names" | "people", shown: boolean) => void}} ToolActions */

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {ToolActions & {hasBase: boolean}} actions
 */
export function mountMapTools(root, app, { zoomIn, zoomOut, home, show, hasBase }) {
  const { t } = app;
  const menu = el(
    "div",
    { class: "layers", hidden: true },
    el("h3", {}, t("layers.title")),
    toggle(t("layers.grids"), (on) => show("grids", on)),
    toggle(t("layers.names"), (on) => show("names", on)),
    toggle(t("layers.people"), (on) => show("people", on)),
    hasBase ? baseSelect(app) : null,
    legend(app),
  );
  const layers = button({
    label: t("tools.layers"),
    icon: icon("layers"),
    pressed: false,
    onclick: () => {
      menu.hidden = !menu.hidden;
      layers.setAttribute("aria-pressed", String(!menu.hidden));
    },
  });
  root.replaceChildren(
    menu,
    el("div", { class: "tool-group" }, layers),
    el(
      "div",
      { class: "tool-group" },
      button({ label: t("tools.in"), icon: icon("plus"), onclick: zoomIn }),
      button({ label: t("tools.out"), icon: icon("minus"), onclick: zoomOut }),
      button({ label: t("tools.home"), icon: icon("home"), onclick: home }),
    ),
  );
}

/**
 * @param {string} text
 * @param {(on: boolean) => void} change
 */
function toggle(text, change) {
  const box = el("input", { type: "checkbox", checked: true, onchange: () => change(box.checked) });
  return el("label", { class: "toggle" }, box, text);
}

/** @param {App} app */
function baseSelect({ t, state }) {
  // Another base map may have another datum: every coordinate on the map changes, so the page starts anew.
  const select = el(
    "select",
    {
      class: "select",
      onchange: () => {
        state.set({ base: select.value });
        setTimeout(() => location.reload(), 400);
      },
    },
    el("option", { value: "plan" }, t("layers.base.plan")),
    el("option", { value: "raster" }, t("layers.base.raster")),
  );
  select.value = state.values.base;
  return el("label", { class: "toggle" }, t("layers.base"), select);
}

/** @param {App} app */
function legend(app) {
  const { t } = app;
  const lines = svg("svg", { viewBox: "0 0 28 28", class: "sign sign-lines" });
  lines.append(
    svg("path", { d: "M2 6h24", class: "line-township" }),
    svg("path", { d: "M2 14h24", class: "line-village" }),
    svg("path", { d: "M2 22h24", class: "line-grid" }),
  );
  return el(
    "div",
    {},
    el("h3", {}, t("legend.title")),
    el(
      "ul",
      { class: "legend" },
      ...STATUSES.map((status) =>
        el("li", { title: statusHint(app, status) }, sign(status, false), t(`status.${status}`)),
      ),
      el("li", {}, sign("still", true), t("legend.leader")),
      el("li", {}, lines, t("legend.borders")),
    ),
  );
}
