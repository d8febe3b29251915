/** Starts the page of settings: reads who is there, shows its tabs to the county's administrator and to nobody else. */

import { CASE_ERROR_WORDS, STATE_WORDS } from "../../i18n/case_errors.js";
import { COMMON_WORDS } from "../../i18n/common.js";
import words from "../../i18n/setup.js";
import { createI18n } from "../core/i18n.js";
import { failure } from "../desk/bits.js";
import { topBar, wholePage } from "../desk/frame.js";
import { get } from "../net/api.js";
import { byId, el } from "../panel/dom.js";
import { Toast } from "../panel/toast.js";
import { applyTheme, storedTheme } from "../theme.js";
import { mountHistory } from "./history_tab.js";
import { mountHooks } from "./hooks_tab.js";
import { mountKeys } from "./keys_tab.js";
import { Setup } from "./setup.js";
import { mountThings, THINGS } from "./things.js";

const i18n = createI18n([COMMON_WORDS, CASE_ERROR_WORDS, STATE_WORDS, words]);
const { t, language } = i18n;
const root = byId("setup");
const TABS = [...Object.keys(THINGS), "keys", "hooks", "history"];

start().catch((error) => {
  if (error?.status === 401) return;
  wholePage(root, t, { title: t("error.title"), text: failure(error, t) });
  throw error;
});

async function start() {
  applyTheme(storedTheme());
  document.documentElement.lang = i18n.locale;
  document.title = t("page.title");
  const me = await get("/api/v1/session", { language });
  if (!me.permissions.includes("case.admin") || me.area.level !== 1)
    return wholePage(root, t, { title: t("denied.title"), text: t("denied.text", { name: me.display_name }), me });
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
  root.replaceChildren(topBar(i18n, { me: setup.me, title: t("title"), tabs: buttons }), pane);
  const asked = new URLSearchParams(location.search).get("tab") ?? "";
  open(TABS.includes(asked) ? asked : "categories");
}
