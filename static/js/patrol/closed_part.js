/** Land that is closed to patrols for a time: listed, drawn or read from a file, opened again. */

import { boxOf } from "../map/plan.js";
import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { openWindow } from "../panel/patrol_urge.js";
import { errorText } from "../panel/words.js";
import { isDark } from "../theme.js";
import { closedPhase, outlineOf, shapesOf } from "./closed_rules.js";
import { moveSpan } from "./desk_state.js";
import { dayInput, field, input, nothing, put, reading } from "./parts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./closed_rules.js").Closed} Closed */
/** @typedef {{show: (geometry: any) => void, remove: () => void}} Sketch */

const MOST_REASON = 80;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountClosed(root, desk) {
  const { t } = desk;
  const list = el("div", {});
  const read = () =>
    reading(
      list,
      desk,
      () => get(`/api/v1/patrol/closed?area=${desk.area}`, { language: desk.language }),
      ({ features }) =>
        features.length
          ? [el("ul", { class: "points" }, ...features.map((/** @type {any} */ one) => closedLine(desk, one, read)))]
          : [nothing(t("closed.none"), t("closed.none.text"))],
    );
  const add = desk.may("duty.edit")
    ? el("button", { type: "button", class: "button button-small" }, icon("plus"), t("closed.add"))
    : null;
  if (add) add.onclick = () => openClosedForm(desk, read);
  put(root, [el("h2", {}, t("closed.title"), add), el("p", { class: "note" }, t("closed.note")), list]);
  read();
}

/**
 * @param {Desk} desk
 * @param {{properties: Closed, geometry: any}} one
 * @param {() => void} again
 */
function closedLine(desk, { properties, geometry }, again) {
  const { t, today } = desk;
  const { id, area_code, grids, reason, from_day, to_day } = properties;
  const phase = closedPhase(properties, today);
  const [west, south, east, north] = boxOf(geometry);
  const end = async () => {
    try {
      await request(`/api/v1/patrol/closed/${id}`, { method: "DELETE", language: desk.language });
      desk.say(t(`closed.ended.${phase}`, { reason }));
      again();
    } catch (error) {
      desk.say(errorText(error, t));
    }
  };
  const word = t(phase === "coming" ? "closed.drop" : "closed.end");
  const may = desk.may("duty.edit") && phase !== "last" && desk.chain(area_code).includes(desk.me.area.code);
  return el(
    "li",
    { class: "point" },
    el("span", { class: "tag" }, t(phase === "coming" ? "closed.coming" : "closed.holding")),
    el(
      "div",
      {},
      el("b", {}, reason),
      el("small", {}, `${desk.name(area_code)} · ${t("closed.grids", { n: grids })}`),
      el("small", {}, to_day ? t("closed.days", { from: from_day, to: to_day }) : t("closed.from", { from: from_day })),
    ),
    el(
      "a",
      {
        class: "button button-quiet",
        href: `/?at=${((west + east) / 2).toFixed(5)},${((south + north) / 2).toFixed(5)},15&cov=1&tab=patrol`,
        title: t("desk.on_map"),
        "aria-label": t("desk.on_map"),
      },
      icon("pin"),
    ),
    may
      ? el(
          "button",
          {
            type: "button",
            class: "button button-quiet",
            title: word,
            "aria-label": `${word} ${reason}`,
            onclick: end,
          },
          icon("close"),
        )
      : el("span", {}),
  );
}

/**
 * @param {Desk} desk
 * @param {() => void} saved
 */
function openClosedForm(desk, saved) {
  const { t, dialog, today } = desk;
  const tomorrow = moveSpan("day", today, 1);
  const reason = input({
    type: "text",
    required: true,
    maxlength: MOST_REASON,
    placeholder: t("closed.reason.example"),
  });
  const from = dayInput({ required: true, min: tomorrow, value: tomorrow });
  const to = dayInput({ min: tomorrow });
  from.onchange = () => {
    to.min = from.value;
  };
  const file = input({ type: "file", accept: ".geojson,.json,application/geo+json" });
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const box = el("div", { class: "small-map", role: "application", "aria-label": t("closed.draw") });
  const undo = el("button", { type: "button", class: "button", disabled: true }, t("closed.undo"));
  const submit = el("button", { type: "submit", class: "button button-main", disabled: true }, t("closed.save"));
  /** @type {[number, number][]} */
  let corners = [];
  /** @type {any} */
  let geometry = null;
  /** @type {Sketch | null} */
  let sketch = null;
  const say = (/** @type {string} */ text) => {
    problem.textContent = text;
    problem.hidden = text === "";
  };
  const take = (/** @type {any} */ found) => {
    geometry = found;
    submit.disabled = geometry === null;
    undo.disabled = corners.length === 0;
    sketch?.show(geometry ?? (corners.length ? { type: "LineString", coordinates: corners } : null));
  };
  const place = (/** @type {[number, number]} */ corner) => {
    file.value = "";
    corners.push(corner);
    take(outlineOf(corners));
  };
  undo.onclick = () => {
    corners.pop();
    take(outlineOf(corners));
  };
  file.onchange = async () => {
    const found = shapesOf((await file.files?.[0]?.text()) ?? "");
    corners = [];
    say(found ? "" : t("closed.file.bad"));
    take(found);
  };
  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const body = { reason: reason.value.trim(), from_day: from.value, to_day: to.value || null, geometry };
    try {
      await post("/api/v1/patrol/closed", body, { language: desk.language });
      dialog.close();
      desk.say(t("closed.saved", { reason: body.reason, from: body.from_day }));
      saved();
    } catch (error) {
      say(errorText(error, t));
    } finally {
      submit.disabled = false;
    }
  };
  openWindow(
    dialog,
    t,
    t("closed.add"),
    el(
      "form",
      { class: "form", onsubmit },
      el("p", { class: "note" }, t("closed.draw")),
      box,
      el("div", { class: "form-actions" }, undo),
      el(
        "div",
        { class: "fields" },
        field(t("closed.file"), file, t("closed.file.hint")),
        field(t("closed.reason"), reason),
        field(t("desk.span.from"), from),
        field(t("desk.span.to"), to, t("closed.to.hint")),
      ),
      problem,
      el("div", { class: "form-actions" }, submit),
    ),
  );
  drawOn(box, desk, place).then(
    (made) => {
      sketch = made;
      if (!dialog.open) made.remove();
    },
    (error) => put(box, [el("p", { class: "note" }, errorText(error, t))]),
  );
  dialog.addEventListener("close", () => sketch?.remove(), { once: true });
}

/**
 * A map of the chosen area; each click is a corner.
 * @param {HTMLElement} box
 * @param {Desk} desk
 * @param {(corner: [number, number]) => void} place
 * @returns {Promise<Sketch>}
 */
async function drawOn(box, desk, place) {
  const [{ smallMap }, { drawClosed, SOURCE }, { setData }] = await Promise.all([
    import("./small_map.js"),
    import("../map/closed_layer.js"),
    import("../map/plan.js"),
  ]);
  const prefix = desk.area.replace(/(000)+$/, "");
  const grids = [...desk.grids.values()].filter(({ properties }) => properties.code.startsWith(prefix));
  const dark = isDark(desk.state.values.theme);
  const whole = boxOf({ coordinates: grids.map(({ geometry }) => geometry.coordinates) });
  const { map, palette } = await smallMap(box, { grids, box: whole, dark, attribution: desk.t("attribution.plan") });
  drawClosed(map, palette, dark);
  map.getCanvas().style.cursor = "crosshair";
  map.on("click", ({ lngLat }) => place([lngLat.lng, lngLat.lat]));
  return {
    remove: () => map.remove(),
    show: (geometry) => {
      const drawn = geometry
        ? [geometry.type.startsWith("Feature") ? geometry : { type: "Feature", properties: {}, geometry }]
        : [];
      setData(map, SOURCE, { type: "FeatureCollection", features: drawn.flatMap((one) => one.features ?? one) });
    },
  };
}
