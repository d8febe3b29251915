/** The coverage's legend, on the map while the coverage is shown. */

import { CELLS_ZOOM } from "../map/coverage_layers.js";
import { el, setText } from "./dom.js";
import { svg } from "./icons.js";

/** @typedef {import("../app.js").App} App */

/**
 * @param {HTMLElement} stage
 * @param {App} app
 * @param {{store: import("../patrol/store.js").PatrolStore, map: import("../../vendor/maplibre-gl.mjs").Map}} parts
 */
export function mountCoverageLegend(stage, app, { store, map }) {
  const { t, state } = app;
  const title = el("b", {});
  const far = el("div", { class: "legend-ramp" }, el("span", {}, "0%"), el("i", {}), el("span", {}, "100%"));
  const near = el(
    "ul",
    { class: "legend-cells" },
    el("li", {}, hexagon("seen"), t("patrol.legend.seen")),
    el("li", {}, hexagon("unseen"), t("patrol.legend.unseen")),
  );
  const trouble = el(
    "ul",
    { class: "legend-cells" },
    el("li", {}, el("i", { class: "legend-line legend-miss" }), t("patrol.legend.miss")),
    el("li", {}, el("i", { class: "legend-line legend-risk" }), t("patrol.legend.risk")),
  );
  const node = el(
    "aside",
    { class: "coverage-legend", "aria-label": t("patrol.legend.title") },
    title,
    far,
    near,
    trouble,
  );
  stage.append(node);
  const show = () => {
    const { round } = store.values;
    const close = map.getZoom() >= CELLS_ZOOM;
    node.hidden = !state.values.coverage;
    setText(title, round ? t("patrol.legend.round", { round: round.name }) : t("patrol.legend.title"));
    far.hidden = close;
    near.hidden = !close;
  };
  map.on("zoomend", show);
  state.on(["coverage"], show);
  store.state.on(["round"], show);
  show();
}

/** @param {string} kind */
function hexagon(kind) {
  const root = svg("svg", { viewBox: "-10 -10 20 20", class: `hexagon hexagon-${kind}`, "aria-hidden": "true" });
  root.append(svg("path", { d: "M0-9 7.8-4.5v9L0 9l-7.8-4.5v-9z" }));
  return root;
}
