/** Where a report is: the patrol's own last fix where it is fresh, else the phone is asked once. */

import { el } from "../panel/dom.js";

/** @typedef {{lat: number, lon: number, acc: number}} Place */

const FRESH_MS = 60_000;
const PATIENCE_MS = 20_000;

/**
 * @param {{last: () => import("./queue.js").Fix | null, now: () => number, t: import("../core/i18n.js").Translate}} parts
 * @returns {{node: HTMLElement, place: () => Place | null, ask: () => void}}
 */
export function placeRow({ last, now, t }) {
  /** @type {Place | null} */
  let place = null;
  const said = el("p", { role: "status" });
  const again = el("button", { type: "button", class: "quiet" }, t("place.again"));
  /** @param {Place | null} found @param {string} key */
  const show = (found, key) => {
    place = found;
    said.textContent = t(key, { metres: Math.max(5, Math.round((found?.acc ?? 0) / 5) * 5) });
    said.dataset.level = found ? "good" : "weak";
    again.disabled = key === "place.asking";
  };
  const ask = () => {
    const fix = last();
    if (fix && now() - fix.t < FRESH_MS) return show({ lat: fix.lat, lon: fix.lon, acc: fix.acc ?? 0 }, "place.got");
    if (!("geolocation" in navigator)) return show(null, "place.cannot");
    show(null, "place.asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => show({ lat: coords.latitude, lon: coords.longitude, acc: coords.accuracy }, "place.got"),
      ({ code }) => show(null, code === 1 ? "place.denied" : "place.failed"),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: FRESH_MS },
    );
  };
  again.addEventListener("click", ask);
  ask();
  return { node: el("div", { class: "place-row" }, said, again), place: () => place, ask };
}
