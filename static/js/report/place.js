/** Where it is: asked of the phone only when people tap the button, and only once. */

import { el } from "../panel/dom.js";

const PATIENCE_MS = 15_000;

/** @param {import("../core/i18n.js").Translate} t */
export function placePart(t) {
  /** @type {{lat: number, lon: number} | null} */
  let place = null;
  const said = el("p", { class: "hint", role: "status" }, t(can() ? "place.hint" : "place.cannot"));
  const button = el("button", { type: "button", class: "wide-button", hidden: !can() }, t("place.ask"));
  button.addEventListener("click", async () => {
    if (place) {
      place = null;
      button.textContent = t("place.ask");
      said.textContent = t("place.hint");
      return;
    }
    button.disabled = true;
    said.textContent = t("place.asking");
    try {
      const { coords } = await here();
      place = { lat: round(coords.latitude), lon: round(coords.longitude) };
      said.textContent = t("place.got", { metres: Math.max(5, Math.round(coords.accuracy / 5) * 5) });
      button.textContent = t("place.drop");
    } catch (error) {
      const denied = /** @type {GeolocationPositionError} */ (error).code === 1;
      said.textContent = t(denied ? "place.denied" : "place.failed");
    }
    button.disabled = false;
  });
  return { node: el("div", {}, button, said), chosen: () => place };
}

function can() {
  return isSecureContext && "geolocation" in navigator;
}

/** @returns {Promise<GeolocationPosition>} */
function here() {
  return new Promise((resolve, reject) =>
    navigator.geolocation.getCurrentPosition(resolve, reject, {
      enableHighAccuracy: true,
      timeout: PATIENCE_MS,
      maximumAge: 30_000,
    }),
  );
}

/**
 * Six digits are a tenth of a metre; more would only look exact.
 * @param {number} degrees
 */
function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}
