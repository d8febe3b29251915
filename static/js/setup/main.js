/** Starts the page of settings: reads who is there, shows its tabs to the county's administrator and to nobody else. */

import { CASE_ERROR_WORDS, STATE_WORDS } from "../../i18n/case_errors.js";
import words from "../../i18n/setup.js";
import { createI18n, rememberLanguage } from "../core/i18n.js";
import { failure } from "../desk/bits.js";
import { get } from "../net/api.js";
import { byId, el } from "../panel/dom.js";
import { Toast } from "../panel/toast.js";
import { applyTheme, storedTheme } from "../theme.js";
import { mountHistory } from "./history_tab.js";
import { mountHooks } from "./hooks_tab.js";
import { mountKeys } from "./keys_tab.js";
import { Setup } from "./setup.js";
import { mountThings, THINGS } from "./things.js";

const i18n = createI18n([CASE_ERROR_WORDS, STATE_WORDS, words]);
const { t, language } = i18n;
const root = byId("setup");
const TABS = [...Object.keys(THINGS), "keys", "hooks", "history"];

start().catch((error) => {
  if (error?.status === 401) return;
  whole(t("error.title"), failure(error, t), true);
  throw error;
});

async function start() {
  applyTheme(storedTheme());
  document.documentElement.lang = i18n.locale;
  document.title = t("page.title");
  const me = await get("/api/v1/session", { language });
  if (!me.permissions.includes("case.admin") || me.area.level !== 1)
    return whole(t("denied.title"), t("denied.text", { name: me.display_name }), false);
  const [{ departments }, { divisions }] = await Promise.all([get("/api/v1/departments"), get("/api/v1/divisions")]);
  const toast = new Toast(byId("toast"));
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog"));
  openPage(new Setup({ me, i18n, departments, divisions, say: (text) => toast.show(text), dialog }));
}

/** @param {Setup} setup */
function openPage(setup) {
  const pane = el("main", { class: "pane scroll" });
  const buttons = TABS.map((key) =>
    el("button", { type: "button", class: "tab", "data-tab": key, onclick: () => open(key) }, t(`tab.${key}`)),
  );
  /** @param {string} key */
  const open = (key) => {
    setup.now = key;
    for (const one of buttons) one.setAttribute("aria-current", String(one.dataset.tab === key));
    const url = new URL(location.href);
    url.searchParams.set("tab", key);
    history.replaceState(null, "", url);
    if (key === "keys") mountKeys(pane, setup);
    else if (key === "hooks") mountHooks(pane, setup);
    else if (key === "history") mountHistory(pane, setup);
    else mountThings(pane, setup, key);
    pane.scrollTop = 0;
  };
  root.className = "";
  root.replaceChildren(topBar(setup, buttons), pane);
  const asked = new URLSearchParams(location.search).get("tab") ?? "";
  open(TABS.includes(asked) ? asked : "categories");
}

/**
 * @param {Setup} setup
 * @param {HTMLElement[]} buttons
 */
function topBar({ me }, buttons) {
  const may = (/** @type {string} */ permission) => me.permissions.includes(permission);
  return el(
    "header",
    { class: "top" },
    el("img", { src: "/static/icons/app.svg", alt: "", width: 28, height: 28 }),
    el("h1", {}, t("title")),
    el("nav", { class: "tabs", "aria-label": t("tabs") }, ...buttons),
    el("span", { class: "gap" }),
    el("span", { class: "who" }, me.display_name),
    may("case.view") ? el("a", { href: "/desk" }, t("to.desk")) : null,
    may("map.view") ? el("a", { href: "/" }, t("to.map")) : null,
    el("button", { type: "button", class: "link", onclick: otherLanguage }, t("language.other")),
  );
}

function otherLanguage() {
  rememberLanguage(language === "zh" ? "en" : "zh");
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.replace(url);
}

/**
 * A message instead of the page.
 * @param {string} title
 * @param {string} text
 * @param {boolean} again
 */
function whole(title, text, again) {
  root.className = "";
  root.replaceChildren(
    el(
      "main",
      { class: "whole", role: "alert" },
      el("h1", {}, title),
      el("p", {}, text),
      again
        ? el("button", { type: "button", class: "button is-main", onclick: () => location.reload() }, t("retry"))
        : el("a", { href: "/" }, t("to.map")),
    ),
  );
}
