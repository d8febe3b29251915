/** Where it is and what it looks like: photos by what they show, the place on the map. */

import { day } from "../core/time.js";
import { el } from "../panel/dom.js";
import { isDark, storedTheme } from "../theme.js";
import { moment, note } from "./bits.js";
import { part } from "./part.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function mediaPart(desk, { media }) {
  const { t } = desk;
  if (!media?.length) return "";
  const photos = media.map((/** @type {any} */ one) => {
    const alt = t("media.alt", { role: t(`media.${one.role}`), time: day(one.at_ms) });
    const image = el("img", {
      src: `/api/v1/media/${one.ref}?size=thumb`,
      alt,
      loading: "lazy",
      width: 160,
      height: 120,
    });
    image.addEventListener("error", () => image.replaceWith(el("span", { class: "no-photo" }, t("media.gone"))));
    return el(
      "figure",
      {},
      el("a", { href: `/api/v1/media/${one.ref}`, target: "_blank", rel: "noopener" }, image),
      el("figcaption", {}, t(`media.${one.role}`), " ", moment(one.at_ms)),
    );
  });
  return part(t("part.media", { n: media.length }), el("div", { class: "photos" }, ...photos));
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function placePart(desk, { case: one }) {
  const { t } = desk;
  if (one.lat === null || one.lon === null) return "";
  const box = el("div", { class: "small-map", hidden: true });
  const show = el("button", { type: "button", class: "button" }, t("place.show"));
  show.addEventListener("click", async () => {
    show.hidden = true;
    box.hidden = false;
    box.replaceChildren(note(t("loading")));
    const { drawEvidence } = await import("../patrol/small_map.js");
    box.replaceChildren();
    await drawEvidence(box, {
      grid: null,
      spots: [[one.reported_ms, one.lon, one.lat]],
      dark: isDark(storedTheme()),
      attribution: "",
    }).catch(() => box.replaceChildren(note(t("place.failed"), { bad: true })));
  });
  return part(
    t("part.place"),
    el(
      "p",
      { class: "line" },
      el("span", {}, `${one.lat.toFixed(5)}, ${one.lon.toFixed(5)}`),
      desk.may("map.view") ? show : null,
      desk.may("map.view")
        ? el("a", { href: `/?at=${one.lon.toFixed(5)},${one.lat.toFixed(5)},17` }, t("place.map"))
        : null,
    ),
    box,
  );
}
