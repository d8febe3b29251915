/** The frame of the desk and of its settings: the bar at the top, and a message where the page cannot be shown. */

import { rememberLanguage } from "../core/i18n.js";
import { placesFor } from "../core/places.js";
import { request } from "../net/api.js";
import { el } from "../panel/dom.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("../app.js").Me} Me */

/**
 * @param {I18n} i18n
 * @param {{me: Me, title: string, tabs: HTMLElement[]}} what
 */
export function topBar({ t, language }, { me, title, tabs }) {
  return el(
    "header",
    { class: "top" },
    el("img", { src: "/static/icons/app.svg", alt: "", width: 28, height: 28 }),
    el("h1", {}, title),
    el("nav", { class: "tabs", "aria-label": t("tabs") }, ...tabs),
    el("span", { class: "gap" }),
    el("span", { class: "who" }, `${me.display_name} · ${me.area.name}`),
    ...ways(me, t),
    el(
      "button",
      { type: "button", class: "link", onclick: () => speak(language === "zh" ? "en" : "zh") },
      t("language.other"),
    ),
    el("button", { type: "button", class: "link", onclick: signOut }, t("sign_out")),
  );
}

/**
 * A message instead of the page: with the ways that this account has, or, where nobody is known, with another try.
 * @param {HTMLElement} root
 * @param {import("../core/i18n.js").Translate} t
 * @param {{title: string, text: string, me?: Me}} what
 */
export function wholePage(root, t, { title, text, me }) {
  const again = el("button", { type: "button", class: "button is-main", onclick: () => location.reload() }, t("retry"));
  const out = el("button", { type: "button", class: "link", onclick: signOut }, t("sign_out"));
  root.className = "";
  root.replaceChildren(
    el(
      "main",
      { class: "whole", role: "alert" },
      el("h1", {}, title),
      el("p", {}, text),
      el("p", { class: "ways" }, ...(me ? [...ways(me, t), out] : [again])),
    ),
  );
}

/**
 * @param {Me} me
 * @param {import("../core/i18n.js").Translate} t
 */
function ways(me, t) {
  return placesFor(me.permissions, location.pathname).map(({ key, href }) => el("a", { href }, t(`to.${key}`)));
}

/** @param {import("../core/i18n.js").Language} language */
function speak(language) {
  rememberLanguage(language);
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.replace(url);
}

async function signOut() {
  await request("/api/v1/session", { method: "DELETE", signIn: false }).catch(() => null);
  location.assign("/login");
}
