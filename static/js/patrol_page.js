/** The management page of the patrols: reads who is there and what the county is, and mounts the tabs. */

import mapWords from "./../i18n/map.js";
import patrolWords from "./../i18n/patrol.js";
import deskWords from "./../i18n/patrol_desk.js";
import { createI18n, pageLanguage, rememberLanguage } from "./core/i18n.js";
import { get } from "./net/api.js";
import { byId, el } from "./panel/dom.js";
import { icon } from "./panel/icons.js";
import { accountMenu, placeLinks } from "./panel/places.js";
import { Toast } from "./panel/toast.js";
import { errorText } from "./panel/words.js";
import { Desk } from "./patrol/desk.js";
import { DESK_KEYS, deskFrom, deskSearch } from "./patrol/desk_state.js";
import { mountPlans } from "./patrol/plans_tab.js";
import { mountReview } from "./patrol/review_tab.js";
import { mountStats } from "./patrol/stats_tab.js";
import { mountToday } from "./patrol/today_tab.js";
import { applyTheme, rememberTheme, storedTheme } from "./theme.js";

/** @typedef {import("./patrol/desk_state.js").DeskTab} DeskTab */

const i18n = createI18n([mapWords, patrolWords, deskWords], { language: pageLanguage() });
const { t } = i18n;
/** What a tab needs, and who makes it. @type {Record<DeskTab, {permission: string, mount: (root: HTMLElement, desk: Desk) => void}>} */
const TABS = {
  today: { permission: "map.view", mount: mountToday },
  stats: { permission: "history.view", mount: mountStats },
  plans: { permission: "map.view", mount: mountPlans },
  review: { permission: "history.view", mount: mountReview },
};
const THEMES = /** @type {const} */ (["auto", "light", "dark"]);
const THEME_ICONS = /** @type {const} */ ({ auto: "auto", light: "sun", dark: "moon" });

/** Reads who is there, and opens the page for them. */
async function start() {
  const found = deskFrom(location.search);
  const initial = { ...found, theme: found.theme === "auto" ? storedTheme() : found.theme };
  applyTheme(initial.theme);
  document.documentElement.lang = i18n.locale;
  document.title = t("desk.title");
  const me = await get("/api/v1/session", { language: i18n.language });
  if (!me.permissions.includes("map.view"))
    return message(t("desk.denied"), t("desk.denied.text"), ...placeLinks(me, t, "/patrol"));
  const [divisions, grids] = await Promise.all([get("/api/v1/divisions"), get("/api/v1/grids")]);
  const toast = new Toast(byId("toast"));
  const desk = new Desk({
    me,
    i18n,
    initial,
    divisions: divisions.divisions,
    grids,
    say: (text, action) => toast.show(text, action),
    dialog: /** @type {HTMLDialogElement} */ (byId("dialog")),
  });
  mountTop(byId("top"), desk);
  mountTabs(byId("desk"), desk);
  desk.state.on(DESK_KEYS, (values) =>
    history.replaceState(null, "", location.pathname + deskSearch(values, location.search)),
  );
  Object.defineProperty(window, "sanxun", { value: Object.freeze({ desk }) });
}

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
function mountTabs(root, desk) {
  /** @type {Partial<Record<DeskTab, HTMLElement>>} */
  const made = {};
  const show = () => {
    const { tab } = desk.state.values;
    let pane = made[tab];
    if (!pane) {
      pane = el("section", { class: `desk-pane desk-${tab}`, "aria-label": t(`desk.tab.${tab}`) });
      made[tab] = pane;
      if (desk.may(TABS[tab].permission)) TABS[tab].mount(pane, desk);
      else
        pane.replaceChildren(
          el(
            "div",
            { class: "desk-none" },
            icon("alert"),
            el("strong", {}, t("desk.denied")),
            el("p", {}, t("desk.denied.text")),
          ),
        );
    }
    root.replaceChildren(pane);
    scrollTo({ top: 0 });
  };
  desk.state.on(["tab"], show);
  show();
}

/**
 * The same bar as on the map, with the tabs where the map has its numbers.
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
function mountTop(root, { me, state, language }) {
  const tabs = /** @type {DeskTab[]} */ (Object.keys(TABS)).map((tab) =>
    el("button", { type: "button", class: "tab", onclick: () => state.set({ tab }) }, t(`desk.tab.${tab}`)),
  );
  const showTab = () => {
    for (const [i, tab] of /** @type {DeskTab[]} */ (Object.keys(TABS)).entries())
      if (state.values.tab === tab) tabs[i]?.setAttribute("aria-current", "page");
      else tabs[i]?.removeAttribute("aria-current");
  };
  state.on(["tab"], showTab);
  showTab();
  const other = language === "zh" ? "en" : "zh";
  const speak = () => {
    rememberLanguage(other);
    const url = new URL(location.href);
    url.searchParams.set("lang", other);
    location.assign(url);
  };
  const theme = el("button", { type: "button", class: "button button-quiet" });
  theme.onclick = () => state.set({ theme: THEMES[(THEMES.indexOf(state.values.theme) + 1) % 3] ?? "auto" });
  const showTheme = () => {
    applyTheme(state.values.theme);
    theme.title = t(`top.theme.${state.values.theme}`);
    theme.setAttribute("aria-label", theme.title);
    theme.replaceChildren(icon(THEME_ICONS[state.values.theme]));
  };
  state.on(["theme"], () => {
    rememberTheme(state.values.theme);
    showTheme();
  });
  showTheme();
  root.replaceChildren(
    el(
      "a",
      { class: "brand", href: "/", title: t("desk.map") },
      el("img", { src: "/static/icons/sanxun.svg", alt: "", width: 28, height: 28 }),
      el("strong", { class: "brand-name" }, t("product")),
      el("span", { class: "brand-place" }, me.area.name),
    ),
    el("nav", { class: "desk-tabs", "aria-label": t("desk.title") }, ...tabs),
    el(
      "div",
      { class: "top-actions" },
      el("a", { class: "button", href: "/?tab=patrol&cov=1" }, icon("hexagon"), el("span", {}, t("desk.map"))),
      el(
        "button",
        { type: "button", class: "button button-quiet", title: t("top.language.title"), onclick: speak },
        t("top.language"),
      ),
      theme,
      el(
        "details",
        { class: "account" },
        el(
          "summary",
          { class: "button button-quiet", title: t("top.account"), "aria-label": t("top.account") },
          icon("person"),
          el("span", { class: "account-name" }, me.display_name),
        ),
        accountMenu(me, t, "/patrol"),
      ),
    ),
  );
}

/**
 * A message instead of the page.
 * @param {string} title
 * @param {string} text
 * @param {...HTMLElement} ways out
 */
function message(title, text, ...ways) {
  byId("desk").replaceChildren(
    el(
      "div",
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
  message(t("desk.error"), errorText(error, t), again);
  throw error;
});
