/** Where else an account can go: in its menu, and where it has come to a page that is not for it. */

import { placesFor } from "../core/places.js";
import { request } from "../net/api.js";
import { el } from "./dom.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */
/** @typedef {import("../app.js").Me} Me */

/**
 * Links to the other pages, and the way out.
 * @param {Me} me
 * @param {Translate} t
 * @param {string} here the open page
 */
export function placeLinks(me, t, here) {
  const leave = async () => {
    await request("/api/v1/session", { method: "DELETE", signIn: false }).catch(() => null);
    location.assign("/login");
  };
  return [
    ...placesFor(me.permissions, here).map(({ key, href }) =>
      el("a", { class: "button button-wide", href }, t(`place.${key}`)),
    ),
    el("button", { type: "button", class: "button button-wide", onclick: leave }, t("top.sign_out")),
  ];
}

/**
 * What the menu of the account holds.
 * @param {Me} me
 * @param {Translate} t
 * @param {string} here
 * @param {...import("./dom.js").Child} more
 */
export function accountMenu(me, t, here, ...more) {
  return el(
    "div",
    { class: "menu" },
    el("p", { class: "menu-name" }, me.display_name, el("small", {}, me.name)),
    el("p", {}, el("small", {}, t("top.area")), me.area.name),
    ...more,
    ...placeLinks(me, t, here),
  );
}
