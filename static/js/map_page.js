/** The live map page: reads what it needs, makes the parts, joins them. No rules here. */

import { COMMON_WORDS } from "../i18n/common.js";
import words from "../i18n/map.js";
import patrolWords from "../i18n/patrol.js";
import peopleWords from "../i18n/people.js";
import { App } from "./app.js";
import { createI18n, pageLanguage, translateTree } from "./core/i18n.js";
import { EMPTY, fromSearch } from "./core/page_state.js";
import { get } from "./net/api.js";
import { openPage } from "./open_page.js";
import { el } from "./panel/dom.js";
import { placeLinks } from "./panel/places.js";
import { errorText } from "./panel/words.js";
import { applyTheme, storedTheme } from "./theme.js";

const i18n = createI18n([COMMON_WORDS, words, patrolWords, peopleWords], { language: pageLanguage() });
const { t } = i18n;

/** Reads who is there, and opens the page for them. */
async function start() {
  const found = fromSearch(location.search);
  const initial = { ...EMPTY, theme: storedTheme(), listOpen: innerWidth > 760, ...found };
  applyTheme(initial.theme);
  document.documentElement.lang = i18n.locale;
  translateTree(document, t);
  const me = await get("/api/v1/session", { language: i18n.language });
  if (!me.permissions.includes("map.view")) {
    // Whoever has signed in comes here first; departments have a desk and no map.
    if (me.permissions.includes("case.view")) return location.replace("/desk");
    return wholePage(
      t("error.denied.title"),
      t("error.denied.text", { name: me.display_name }),
      ...placeLinks(me, t, "/"),
    );
  }
  if (!canDraw()) return wholePage(t("error.graphics.title"), t("error.graphics.text"));
  const config = await get("/api/v1/map-config");
  document.title = config.county.name ? t("page.title", { county: config.county.name }) : t("product");
  const app = new App({ me, i18n, initial, countyName: config.county.name });
  await openPage(app, config);
  document.body.classList.remove("is-loading");
}

function canDraw() {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/**
 * A message instead of the map: what happened, what it means, what to do.
 * @param {string} title
 * @param {string} text
 * @param {...HTMLElement} ways out
 */
function wholePage(title, text, ...ways) {
  document.body.classList.remove("is-loading");
  document.body.replaceChildren(
    el(
      "main",
      { class: "whole-page", role: "alert" },
      el("img", { src: "/static/icons/sanxun.svg", alt: "", width: 48, height: 48 }),
      el("h1", {}, title),
      el("p", {}, text),
      ...ways,
    ),
  );
}

start().catch((error) => {
  if (error?.status === 401) return;
  const again = el("button", { type: "button", class: "button button-main" }, t("retry"));
  again.onclick = () => location.reload();
  wholePage(t("error.page.title"), errorText(error, t), again);
  throw error;
});
