/** Who is nearest to a case, in its card on the map: asked when somebody opens it, a click shows the worker. */

import { ago } from "../core/time.js";
import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { errorText } from "../panel/words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {{worker_id: number, name: string, grid_name: string, on_duty: boolean, distance_m: number | null, position_age_s: number | null, open_tasks: number}} Candidate */

const MOST = 5;

/**
 * @param {App} app
 * @param {number} id of the case
 * @param {Translate} t
 * @param {(worker: number) => void} goTo
 */
export function nearest(app, id, t, goTo) {
  const list = el("ol", { class: "case-nearest" });
  const details = el("details", {}, el("summary", {}, t("map.nearest")), list);
  const read = async () => {
    list.replaceChildren(el("li", {}, t("map.nearest.loading")));
    try {
      const { candidates } = await get(`/api/v1/cases/${id}/nearest?limit=${MOST}`);
      list.replaceChildren(
        ...(candidates.length > 0
          ? candidates.map((/** @type {Candidate} */ one) => line(app, one, t, goTo))
          : [el("li", {}, t("map.nearest.none"))]),
      );
    } catch (error) {
      list.replaceChildren(el("li", { role: "alert" }, errorText(error, app.t)));
    }
  };
  details.addEventListener("toggle", () => details.open && void read());
  return details;
}

/**
 * @param {App} app
 * @param {Candidate} one
 * @param {Translate} t
 * @param {(worker: number) => void} goTo
 */
function line(app, one, t, goTo) {
  const facts = [
    one.grid_name,
    one.on_duty ? t("map.nearest.on_duty") : t("map.nearest.off_duty"),
    one.position_age_s === null ? "" : ago(one.position_age_s * 1000, app.language),
    one.open_tasks > 0 ? t("map.nearest.tasks", { n: one.open_tasks }) : "",
  ];
  return el(
    "li",
    {},
    el("button", { type: "button", onclick: () => goTo(one.worker_id) }, one.name),
    one.distance_m === null ? null : el("b", {}, ` ${metres(one.distance_m, t)}`),
    el("small", {}, facts.filter(Boolean).join(" · ")),
  );
}

/**
 * @param {number} length_m
 * @param {Translate} t
 */
function metres(length_m, t) {
  if (length_m < 950) return t("map.nearest.m", { n: Math.round(length_m / 10) * 10 });
  return t("map.nearest.km", { n: (length_m / 1000).toFixed(1) });
}
