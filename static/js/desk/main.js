/** Starts the desk: reads who is there and the table of states, makes the parts, joins them. */

import { CASE_ERROR_WORDS, STATE_WORDS } from "../../i18n/case_errors.js";
import { COMMON_WORDS } from "../../i18n/common.js";
import words from "../../i18n/desk.js";
import { QUESTION_WORDS } from "../../i18n/questions.js";
import { createI18n } from "../core/i18n.js";
import { get } from "../net/api.js";
import { byId, el } from "../panel/dom.js";
import { Toast } from "../panel/toast.js";
import { applyTheme, storedTheme } from "../theme.js";
import { fromSearch, toSearch } from "./address.js";
import { failure } from "./bits.js";
import { mountCase } from "./case_page.js";
import { mountCodes } from "./codes.js";
import { Desk, EMPTY } from "./desk.js";
import { mountFlow } from "./flow.js";
import { topBar, wholePage } from "./frame.js";
import { mountIntake } from "./intake.js";
import { listenToDeskKeys } from "./keys.js";
import { mountKpi } from "./kpi.js";
import { mountList } from "./list.js";
import { listenLive } from "./live.js";
import { mountQueues } from "./queues.js";

const i18n = createI18n([COMMON_WORDS, CASE_ERROR_WORDS, STATE_WORDS, QUESTION_WORDS, words]);
const { t, language } = i18n;
const root = byId("desk");

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
  if (!me.permissions.includes("case.view"))
    return wholePage(root, t, { title: t("denied.title"), text: t("denied.text", { name: me.display_name }), me });
  const [config, { divisions }] = await Promise.all([
    get("/api/v1/cases/config"),
    me.permissions.includes("map.view") ? get("/api/v1/divisions") : { divisions: [] }, // a department has no areas
  ]);
  const toast = new Toast(byId("toast"));
  const desk = new Desk({
    me,
    i18n,
    config,
    initial: { ...EMPTY, ...fromSearch(location.search) },
    divisions,
    say: (text, action) => toast.show(text, action),
    dialog: /** @type {HTMLDialogElement} */ (byId("dialog")),
  });
  openPage(desk);
}

/** @param {Desk} desk */
function openPage(desk) {
  const panes = {
    cases: el("div", { class: "pane cases-pane" }),
    new: el("main", { class: "pane scroll" }),
    kpi: el("main", { class: "pane scroll" }),
    flow: el("main", { class: "pane scroll" }),
    codes: el("main", { class: "pane scroll" }),
  };
  const [queues, list, page] = [
    el("nav", { class: "queues" }),
    el("section", { class: "list" }),
    el("main", { class: "case" }),
  ];
  panes.cases.append(queues, list, page);
  root.className = "";
  root.replaceChildren(deskBar(desk), ...Object.values(panes));
  mountQueues(queues, desk);
  const rows = mountList(list, desk);
  mountCase(page, desk);
  /** @type {Record<string, () => void>} */
  const mounts = {
    new: () => mountIntake(panes.new, desk),
    kpi: () => mountKpi(panes.kpi, desk),
    flow: () => mountFlow(panes.flow, desk),
    codes: () => mountCodes(panes.codes, desk),
  };
  const mounted = new Set();
  const showTab = () => {
    const { tab } = desk.state.values;
    for (const [key, pane] of Object.entries(panes)) pane.hidden = key !== tab;
    if (!mounted.has(tab)) mounts[tab]?.();
    mounted.add(tab);
  };
  desk.state.on(["tab"], showTab);
  desk.state.on(
    Object.keys(EMPTY).map((key) => /** @type {keyof import("./desk.js").DeskState} */ (key)),
    (values) => history.replaceState(null, "", `${location.pathname}${toSearch(values, location.search)}`),
  );
  desk.state.on(["queue", "area", "department", "category", "channel", "light", "words"], () => void desk.loadList());
  desk.state.on(["area"], () => void desk.loadQueues());
  listenToDeskKeys(desk, rows);
  setInterval(() => desk.world.set({ minute: Math.floor(Date.now() / 60_000) }), 10_000);
  showTab();
  void openQueues(desk);
  if (desk.state.values.caseId !== null) void desk.loadCase();
  listenLive(desk);
}

/**
 * Opens on the first queue where something waits, unless the address or the reader says otherwise.
 * @param {Desk} desk
 */
async function openQueues(desk) {
  const asked = new URLSearchParams(location.search).has("queue") || desk.state.values.words !== "";
  await desk.loadQueues().catch(() => {}); // the list says what is wrong
  const { queues } = desk.world.values;
  const first = queues?.find((one) => one.total > 0) ?? queues?.[0];
  if (!asked && first && desk.state.values.queue === "") desk.state.set({ queue: first.key });
  else void desk.loadList();
}

/** @param {Desk} desk */
function deskBar(desk) {
  /** @type {[import("./desk.js").Tab, boolean][]} */
  const tabs = [
    ["cases", true],
    ["new", desk.may("case.intake")],
    ["kpi", desk.may("case.kpi")],
    ["flow", true],
    ["codes", true],
  ];
  const buttons = tabs
    .filter(([, shown]) => shown)
    .map(([key]) =>
      el(
        "button",
        { type: "button", class: "tab", "data-tab": key, onclick: () => desk.state.set({ tab: key }) },
        t(`tab.${key}`),
      ),
    );
  const mark = () => {
    for (const one of buttons) one.setAttribute("aria-current", String(one.dataset.tab === desk.state.values.tab));
  };
  desk.state.on(["tab"], mark);
  mark();
  return topBar(i18n, { me: desk.me, title: t("title"), tabs: buttons });
}
