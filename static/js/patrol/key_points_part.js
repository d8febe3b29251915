/** Key points of an area with their checklists: listed, added, ended. */

import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { openWindow } from "../panel/patrol_urge.js";
import { errorText } from "../panel/words.js";
import { field, input, nothing, put, reading, select } from "./parts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{id: number, grid_code: string, name: string, kind: string, lon: number, lat: number, radius_m: number, checklist: string[], valid_from: string, valid_to: string | null}} KeyPoint */

const KINDS = ["fire", "well", "school", "bridge", "water", "road", "other"];
const SHOWN = 60;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountKeyPoints(root, desk) {
  const { t } = desk;
  const isVillage = !desk.area.endsWith("000");
  const list = el("div", {});
  const read = () =>
    reading(
      list,
      desk,
      () => get(`/api/v1/patrol/key-points?area=${desk.area}`, { language: desk.language }),
      (answer) => drawn(desk, answer.points, read),
    );
  const add = desk.may("duty.edit")
    ? el(
        "button",
        {
          type: "button",
          class: "button button-small",
          disabled: !isVillage,
          title: isVillage ? "" : t("point.choose"),
        },
        icon("plus"),
        t("point.add"),
      )
    : null;
  if (add) add.onclick = () => openPointForm(desk, read);
  put(root, [
    el("h2", {}, t("point.title"), add),
    el("p", { class: "note" }, t(isVillage ? "point.note" : "point.choose")),
    list,
  ]);
  read();
}

/**
 * @param {Desk} desk
 * @param {readonly KeyPoint[]} points
 * @param {() => void} again
 */
function drawn(desk, points, again) {
  const { t } = desk;
  if (points.length === 0) return [nothing(t("point.none"), t("point.none.text"))];
  const rest = points.length - SHOWN;
  return [
    el("ul", { class: "points" }, ...points.slice(0, SHOWN).map((point) => pointLine(desk, point, again))),
    rest > 0 ? el("p", { class: "note" }, t("point.more", { n: rest })) : null,
  ];
}

/**
 * @param {Desk} desk
 * @param {KeyPoint} point
 * @param {() => void} again
 */
function pointLine(desk, point, again) {
  const { t } = desk;
  const end = async () => {
    try {
      await request(`/api/v1/patrol/key-points/${point.id}`, { method: "DELETE", language: desk.language });
      desk.say(t("point.ended", { name: point.name }));
      again();
    } catch (error) {
      desk.say(errorText(error, t));
    }
  };
  return el(
    "li",
    { class: "point" },
    el("span", { class: "tag" }, t(`point.kind.${point.kind}`)),
    el(
      "div",
      {},
      el("b", {}, point.name),
      el("small", {}, `${desk.name(point.grid_code)} · ${t("point.radius", { n: point.radius_m })}`),
      point.checklist.length
        ? el("ul", { class: "checklist" }, ...point.checklist.map((line) => el("li", {}, line)))
        : null,
    ),
    el(
      "a",
      {
        class: "button button-quiet",
        href: `/?at=${point.lon.toFixed(5)},${point.lat.toFixed(5)},16.5&cov=1&tab=patrol`,
        title: t("desk.on_map"),
        "aria-label": t("desk.on_map"),
      },
      icon("pin"),
    ),
    desk.may("duty.edit") && point.valid_to === null
      ? el(
          "button",
          {
            type: "button",
            class: "button button-quiet",
            title: t("point.end"),
            "aria-label": t("point.end"),
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
function openPointForm(desk, saved) {
  const { t, dialog, area } = desk;
  const grids = [...desk.grids.values()].filter(({ properties }) => properties.code.startsWith(area));
  const grid = select(
    grids.map(({ properties }) => ({ value: properties.code, text: properties.name })),
    grids[0]?.properties.code ?? "",
    () => place(),
  );
  const name = input({ type: "text", required: true, maxlength: 40 });
  const kind = select(
    KINDS.map((value) => ({ value, text: t(`point.kind.${value}`) })),
    "fire",
  );
  const lon = input({ type: "number", step: "0.000001", required: true });
  const lat = input({ type: "number", step: "0.000001", required: true });
  const radius = input({ type: "number", value: 30, min: 10, max: 200, required: true });
  const checklist = el("textarea", { class: "textarea", rows: 3, placeholder: t("point.checklist.example") });
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const place = () => {
    const found = desk.grids.get(grid.value)?.properties;
    lon.value = String(found?.lon?.toFixed(6) ?? "");
    lat.value = String(found?.lat?.toFixed(6) ?? "");
  };
  place();
  const submit = el("button", { type: "submit", class: "button button-main" }, t("point.save"));
  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const body = {
      grid_code: grid.value,
      name: name.value.trim(),
      kind: kind.value,
      lon: Number(lon.value),
      lat: Number(lat.value),
      radius_m: Number(radius.value),
      checklist: checklist.value
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    };
    try {
      await post("/api/v1/patrol/key-points", body, { language: desk.language });
      dialog.close();
      desk.say(t("point.saved", { name: body.name }));
      saved();
    } catch (error) {
      problem.textContent = errorText(error, t);
      problem.hidden = false;
    } finally {
      submit.disabled = false;
    }
  };
  openWindow(
    dialog,
    t,
    t("point.add"),
    el(
      "form",
      { class: "form", onsubmit },
      el(
        "div",
        { class: "fields" },
        field(t("desk.col.grid"), grid),
        field(t("point.kind"), kind),
        field(t("point.name"), name),
        field(t("point.radius.label"), radius),
        field(t("point.lon"), lon, t("point.place.hint")),
        field(t("point.lat"), lat),
      ),
      field(t("point.checklist"), checklist, t("point.checklist.hint")),
      problem,
      el("div", { class: "form-actions" }, submit),
    ),
  );
}
