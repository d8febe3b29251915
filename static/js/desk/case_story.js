/** What happened so far, internal notes, and cases that look alike. */

import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { field, lightMark, moment } from "./bits.js";
import { openForm } from "./case_clocks.js";
import { caseLink, part } from "./part.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */

const SIMILAR_DAYS = 30;

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function timelinePart(desk, { timeline }) {
  const { t } = desk;
  const items = [...timeline]
    .reverse()
    .map((/** @type {any} */ one) =>
      el(
        "li",
        { class: `is-${one.kind}` },
        moment(one.at_ms),
        el(
          "div",
          {},
          el("strong", {}, title(desk, one)),
          " ",
          el(
            "span",
            { class: "quiet" },
            [t(`role.${one.actor}`), one.name, one.department].filter(Boolean).join(" · "),
          ),
          one.text ? el("p", {}, one.text) : null,
        ),
      ),
    );
  return part(t("part.timeline"), el("ol", { class: "timeline" }, ...items));
}

/**
 * @param {Desk} desk
 * @param {any} one
 */
function title(desk, one) {
  if (one.kind !== "change" || desk.language === "en") {
    if (one.kind === "change" && one.to)
      return one.from ? `${desk.stateName(one.from)} → ${desk.stateName(one.to)}` : desk.stateName(one.to);
    return one.zh && desk.language === "zh" ? one.zh : desk.t(`event.${one.kind}`);
  }
  return one.zh || desk.stateName(one.to);
}

/** @param {Desk} desk */
export function notePart(desk) {
  if (!desk.may("case.change")) return "";
  const { t } = desk;
  const text = el("textarea", { rows: 2, maxlength: 2000 });
  return part(
    t("part.note"),
    openForm(t("note.new"), t("note.send"), t, [field(t("note.text"), text)], () =>
      desk.send("notes", { text: text.value.trim() }),
    ),
  );
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function similarPart(desk, { case: one, description }) {
  const { t } = desk;
  if (one.lat === null) return "";
  const list = el("ul", { class: "plain-list" });
  const section = part(t("part.similar"), list);
  section.hidden = true;
  void similar({ lat: one.lat, lon: one.lon, category: one.category, text: description })
    .then((found) => {
      const others = found.filter((other) => other.id !== one.id);
      section.hidden = others.length === 0;
      list.replaceChildren(...others.map((other) => similarRow(desk, other)));
    })
    .catch(() => {}); // only a help: the case stands without it
  return section;
}

/**
 * @param {{lat: number, lon: number, category?: string | null, text: string}} wish
 * @returns {Promise<any[]>}
 */
export async function similar({ lat, lon, category, text }) {
  const query = new URLSearchParams({
    lat: String(lat),
    lon: String(lon),
    days: String(SIMILAR_DAYS),
    text: text.slice(0, 200),
  });
  if (category) query.set("category", category);
  return (await get(`/api/v1/case-helpers/similar?${query}`)).cases;
}

/**
 * @param {Desk} desk
 * @param {any} other
 */
export function similarRow(desk, other) {
  const { t } = desk;
  const how = [
    other.distance_m === null || other.distance_m === undefined
      ? ""
      : t("similar.metres", { n: Math.round(other.distance_m) }),
    other.likeness === null || other.likeness === undefined
      ? ""
      : t("similar.likeness", { n: Math.round(other.likeness * 100) }),
  ];
  return el(
    "li",
    { class: "line" },
    lightMark(other.light, t),
    caseLink(desk, other.id, other.title),
    el("span", { class: "quiet" }, [desk.stateName(other.state), ...how].filter(Boolean).join(" · ")),
    moment(other.reported_ms),
  );
}
