/** The top bar: whose county, the few numbers that matter now, the stream, the clock, language, appearance, account. */

import { rememberLanguage } from "../core/i18n.js";
import { HELP_CODE, MOVING_CODE, OFFLINE_CODE, STALE_CODE } from "../core/status.js";
import { clock, longDay } from "../core/time.js";
import { button, el, setText } from "./dom.js";
import { icon, sign } from "./icons.js";
import { accountMenu } from "./places.js";
import { delayText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/status.js").StatusName} StatusName */
/** @typedef {import("../core/page_state.js").Theme} Theme */

/** @type {readonly {key: string, status: StatusName, code: number}[]} */
const NUMBERS = [
  { key: "top.moving", status: "moving", code: MOVING_CODE },
  { key: "top.stale", status: "stale", code: STALE_CODE },
  { key: "top.offline", status: "offline", code: OFFLINE_CODE },
  { key: "top.help", status: "help", code: HELP_CODE },
];
/** @type {readonly Theme[]} */
const THEMES = ["auto", "light", "dark"];
const THEME_ICONS = /** @type {const} */ ({ auto: "auto", light: "sun", dark: "moon" });

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {{openHelp: () => void, openQuarantine: () => void}} actions
 */
export function mountTopBar(root, app, { openHelp, openQuarantine }) {
  const { t } = app;
  root.replaceChildren(
    el(
      "div",
      { class: "brand" },
      el("img", { src: "/static/icons/sanxun.svg", alt: "", width: 28, height: 28 }),
      el("strong", { class: "brand-name" }, t("product")),
      el(
        "span",
        { class: "brand-place" },
        app.me.area.level === 1 ? app.countyName : `${app.countyName} · ${app.me.area.name}`,
      ),
    ),
    numbers(app),
    stream(app),
    clockNode(app),
    el(
      "div",
      { class: "top-actions" },
      languageButton(app),
      themeButton(app),
      button({ label: t("top.help.open"), icon: icon("help"), onclick: openHelp, className: "button-quiet" }),
      account(app, openQuarantine),
    ),
  );
}

/** @param {App} app */
function numbers(app) {
  const { t, state, world } = app;
  const onDuty = el("b", { class: "number-value" }, "–");
  const cells = NUMBERS.map(({ key, status, code }) => {
    const value = el("b", { class: "number-value" }, "–");
    const node = el(
      "button",
      { type: "button", class: `number number-${status}`, onclick: () => toggle(status) },
      sign(status, false),
      value,
      el("span", { class: "number-word" }, t(key)),
    );
    return { node, value, status, code };
  });
  /** @param {StatusName} status */
  const toggle = (status) => {
    const only = state.values.statuses.length === 1 && state.values.statuses[0] === status;
    state.set({ statuses: only ? [] : [status], listOpen: true });
  };
  const show = () => {
    const { counts } = world.values;
    setText(onDuty, counts ? counts.onDuty.toLocaleString() : "–");
    for (const { node, value, code, status } of cells) {
      const n = counts?.byStatus[code] ?? 0;
      setText(value, counts ? n.toLocaleString() : "–");
      node.classList.toggle("is-zero", n === 0);
      node.setAttribute("aria-pressed", String(state.values.statuses.includes(status)));
    }
  };
  world.on(["counts"], show);
  state.on(["statuses"], show);
  show();
  return el(
    "div",
    { class: "numbers", role: "group", "aria-label": t("top.numbers") },
    el("div", { class: "number number-duty" }, onDuty, el("span", { class: "number-word" }, t("top.on_duty"))),
    ...cells.map(({ node }) => node),
  );
}

/** @param {App} app */
function stream({ t, world }) {
  const text = el("span", {});
  const node = el(
    "div",
    { class: "stream", role: "status", title: t("top.stream") },
    el("i", { class: "stream-light" }),
    text,
  );
  const show = () => {
    const { connection, delayMs } = world.values;
    const live = connection.phase === "live";
    node.dataset.phase = connection.phase;
    setText(
      text,
      live
        ? t("top.stream.live", { delay: delayText(delayMs, t) })
        : t(connection.phase === "connecting" ? "top.stream.connecting" : "top.stream.lost"),
    );
  };
  world.on(["connection", "second"], show);
  show();
  return node;
}

/** @param {App} app */
function clockNode({ t, world, clock: serverClock, language }) {
  const time = el("b", {});
  const date = el("span", {});
  const show = () => {
    const now = serverClock.nowMs();
    setText(time, clock(now, { seconds: true }));
    setText(date, longDay(now, language));
  };
  world.on(["second"], show);
  show();
  return el("div", { class: "clock", title: t("top.clock") }, time, date);
}

/** @param {App} app */
function languageButton({ t, language }) {
  const other = language === "zh" ? "en" : "zh";
  const go = () => {
    rememberLanguage(other);
    const url = new URL(location.href);
    url.searchParams.set("lang", other);
    location.assign(url);
  };
  return el(
    "button",
    {
      type: "button",
      class: "button button-quiet",
      title: t("top.language.title"),
      lang: other === "zh" ? "zh-CN" : "en",
      onclick: go,
    },
    t("top.language"),
  );
}

/** @param {App} app */
function themeButton({ t, state }) {
  const node = button({
    label: "",
    icon: icon("auto"),
    className: "button-quiet",
    onclick: () => {
      const next = THEMES[(THEMES.indexOf(state.values.theme) + 1) % THEMES.length] ?? "auto";
      state.set({ theme: next });
    },
  });
  const show = () => {
    const { theme } = state.values;
    const label = t(`top.theme.${theme}`);
    node.title = label;
    node.setAttribute("aria-label", label);
    node.replaceChildren(icon(THEME_ICONS[theme]));
  };
  state.on(["theme"], show);
  show();
  return node;
}

/**
 * @param {App} app
 * @param {() => void} openQuarantine
 */
function account(app, openQuarantine) {
  const { t, me } = app;
  return el(
    "details",
    { class: "account" },
    el(
      "summary",
      { class: "button button-quiet", title: t("top.account"), "aria-label": t("top.account") },
      icon("person"),
      el("span", { class: "account-name" }, me.display_name),
    ),
    accountMenu(
      me,
      t,
      "/",
      app.may("quarantine.view") &&
        el("button", { type: "button", class: "button button-wide", onclick: openQuarantine }, t("quarantine.open")),
    ),
  );
}
