/** Starts the phone page: wires the state to the elements and the thumb to the state. */

import { PHONE_WORDS } from "../../i18n/phone.js";
import { PHONE_CASE_WORDS } from "../../i18n/phone_cases.js";
import { QUESTION_WORDS } from "../../i18n/questions.js";
import { createI18n, rememberLanguage, translateTree } from "../core/i18n.js";
import { Cases } from "./cases.js";
import { CasesPage } from "./cases_page.js";
import { codeFromHash, codeFromText } from "./code.js";
import { fetchConfig, NO_CONFIG, noticeVersion, readConfig } from "./config.js";
import { byId } from "./dom.js";
import { onHold } from "./hold.js";
import { prepareOffline } from "./offline.js";
import { Patrol } from "./patrol.js";
import { PatrolPage } from "./patrol_page.js";
import { Phone } from "./phone.js";
import { Queue } from "./queue.js";
import { enrolProblem, screenOf } from "./screens.js";
import { Sender } from "./sender.js";
import { Store } from "./store.js";
import { VERSION } from "./version.js";
import { renderHome, renderSettings } from "./view.js";
import { ScreenWake } from "./wake.js";

const CODE_KEY = "sanxun.enrol";
const UNDO_MS = 10_000;
const DOUBLE_TAP_MS = 700;
const SCREENS = ["loading", "enrol", "notice", "home", "settings", "past", "write", "report", "tasks"];
const URGED_PATTERN_MS = [300, 150, 300];

const i18n = createI18n(PHONE_WORDS);
const caseI18n = createI18n([PHONE_CASE_WORDS, QUESTION_WORDS]);
const store = new Store();
const queue = new Queue(store);
const wake = new ScreenWake();
/** What only the page knows. One owner, changed by `show` alone. */
const page = {
  code: /** @type {string | null} */ (null),
  problem: "",
  busy: false,
  settings: false,
  asking: false,
  offAtMs: 0,
  toggledAtMs: 0,
  callPhone: "",
  config: NO_CONFIG,
  newVersion: false,
  goingBack: false,
};
const phone = new Phone({
  store,
  queue,
  sender: new Sender({ store, queue }),
  now: Date.now,
  onChange: () => {
    patrol.follow(phone.state);
    cases.follow(phone.state);
    render();
  },
  askForSync: () => void offline.then((it) => it.askForSync()),
});
const patrol = new Patrol({
  store,
  now: Date.now,
  random: Math.random,
  onChange: () => render(),
  onUrged: () => {
    navigator.vibrate?.(URGED_PATTERN_MS);
    patrolPage.showUrging();
  },
  onRevoked: () => void phone.refresh(),
});
const patrolPage = new PatrolPage({
  patrol,
  phoneState: () => phone.state,
  i18n,
  now: Date.now,
  onChange: () => render(),
});
const cases = new Cases({
  store,
  now: Date.now,
  random: Math.random,
  onChange: () => render(),
  onNewTask: () => navigator.vibrate?.(URGED_PATTERN_MS),
});
const casesPage = new CasesPage({
  cases,
  phoneState: () => phone.state,
  i18n: caseI18n,
  now: Date.now,
  onChange: () => render(),
});
const offline = prepareOffline({ onChange: () => render(), onNewVersion: () => show({ newVersion: true }) });
/** @type {import("./offline.js").Offline | null} */
let offlineNow = null;

void begin();

async function begin() {
  if (history.state?.over) history.replaceState(null, ""); // read anew, the page begins at home
  document.documentElement.lang = i18n.locale;
  document.title = i18n.t("title");
  useConfig(await readConfig(store));
  takeCode();
  wireEnrolment();
  wireDuty();
  wireSettings();
  patrolPage.wire();
  casesPage.wire();
  wireWorld();
  page.callPhone = (await readValue("call_phone")) ?? "";
  await phone.start();
  void renewConfig();
  offlineNow = await offline;
  await applyWake();
  setInterval(everySecond, 1000);
}

function everySecond() {
  phone.tick();
  if (document.visibilityState === "visible") {
    patrol.tick();
    cases.tick();
  }
  render();
}

/** What the county says of itself goes into the notice; another notice has another version. */
function useConfig(/** @type {import("./config.js").PhoneConfig} */ config) {
  const { t } = i18n;
  const contact = config.contact || t("notice.contact.station");
  const params = {
    handler: config.handler || t("notice.handler"),
    contact: config.call_phone ? t("notice.contact.call", { contact, phone: config.call_phone }) : contact,
    days: config.retention_days,
  };
  translateTree(document, (key) => (key in PHONE_CASE_WORDS.zh ? caseI18n.t(key) : t(key, params)));
  phone.useNotice(noticeVersion(config));
  show({ config });
}

async function renewConfig() {
  const config = await fetchConfig(store);
  if (noticeVersion(config) === noticeVersion(page.config)) return useConfig(config);
  // A changed notice is put before the worker when the shift is over, not in the middle of a patrol.
  if (phone.state.duty.on) return;
  /** @type {HTMLInputElement} */ (byId("consent")).checked = false; // it was given to other words
  useConfig(config);
}

/** @param {Partial<typeof page>} change */
function show(change) {
  Object.assign(page, change);
  render();
}

function render() {
  const { state } = phone;
  const screen = screenOf({
    loaded: state.loaded,
    enrolled: state.identity !== null,
    revoked: state.identity?.revoked === true,
    noticeAccepted: phone.noticeAccepted,
    code: page.code,
  });
  const over = page.settings ? "settings" : screen === "home" ? patrolPage.over || casesPage.over : "";
  showScreen(over || screen);
  followHistory(over !== "");
  byId("new-version").hidden = !page.newVersion || state.duty.on;
  renderEnrolment();
  renderHome(state, surroundings(), i18n);
  renderSettings(state, surroundings(), i18n);
  if (screen !== "home") return;
  patrolPage.render();
  casesPage.render();
}

/** @param {string} wanted a new screen is read from its top */
function showScreen(wanted) {
  if (!byId(`screen-${wanted}`).hidden) return;
  for (const name of SCREENS) byId(`screen-${name}`).hidden = name !== wanted;
  window.scrollTo(0, 0);
}

/**
 * What lies over the home screen has its own step in the history: the phone's way back closes it and does not leave the page.
 * @param {boolean} isOver
 */
function followHistory(isOver) {
  const isNoted = history.state?.over === true;
  if (isOver && !isNoted) history.pushState({ over: true }, "");
  if (isOver || !isNoted || page.goingBack) return;
  page.goingBack = true; // it arrives later, and must be asked for once
  history.back();
}

function onBack() {
  const closed = page.goingBack;
  page.goingBack = false;
  if (closed || history.state?.over) return;
  if (page.settings) show({ settings: false });
  else if (patrolPage.over) patrolPage.back();
  else casesPage.back();
}

/** @returns {import("./view.js").Surroundings} */
function surroundings() {
  return {
    nowMs: Date.now(),
    online: navigator.onLine,
    wakeSupported: wake.supported,
    wakeHeld: wake.held,
    offlineReady: offlineNow?.ready() ?? false,
    callPhone: page.callPhone || page.config.call_phone,
    undoOff: Date.now() - page.offAtMs < UNDO_MS,
    unsent: cases.unsent + patrol.unsent,
    asking: page.asking,
    version: VERSION,
  };
}

function renderEnrolment() {
  const { identity, queue: waiting } = phone.state;
  const revoked = identity?.revoked === true;
  byId("revoked").hidden = !revoked;
  byId("revoked-kept").textContent = i18n.t("revoked.kept", { n: waiting.waiting });
  byId("insecure").hidden = isSecureContext;
  const problem = byId("enrol-problem");
  problem.hidden = page.problem === "";
  if (page.problem) problem.textContent = i18n.t(page.problem);
  byId("notice-replaces").hidden = !(page.code && identity && !revoked);
  byId("notice-replaces").textContent = i18n.t("notice.replaces", { name: identity?.worker.name ?? "" });
  byId("notice-version").textContent = i18n.t("notice.version", { version: noticeVersion(page.config) });
  const accept = /** @type {HTMLButtonElement} */ (byId("accept"));
  accept.disabled = page.busy || !(/** @type {HTMLInputElement} */ (byId("consent")).checked);
  accept.textContent = i18n.t(page.busy ? "notice.busy" : page.code ? "notice.accept.enrol" : "notice.accept");
}

/** Takes the code out of the address, so that it is neither shared nor kept in the history; a reload still knows it. */
function takeCode() {
  const code = codeFromHash(location.hash);
  if (code) {
    history.replaceState(null, "", location.pathname + location.search);
    sessionStorage.setItem(CODE_KEY, code);
  }
  page.code = code ?? sessionStorage.getItem(CODE_KEY);
}

function dropCode() {
  sessionStorage.removeItem(CODE_KEY);
  page.code = null;
}

function wireEnrolment() {
  window.addEventListener("hashchange", () => {
    takeCode();
    render();
  });
  byId("enrol-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (byId("code"));
    const code = codeFromText(input.value);
    if (!code) return show({ problem: "enrol.problem.shape" });
    sessionStorage.setItem(CODE_KEY, code);
    input.value = "";
    show({ code, problem: "" });
  });
  byId("consent").addEventListener("change", render);
  byId("accept").addEventListener("click", () => void accept());
  byId("refuse").addEventListener("click", () => {
    dropCode();
    show({ problem: phone.state.identity ? "" : "enrol.problem.refused" });
  });
  byId("try-again").addEventListener("click", () => void phone.tryAgain());
}

async function accept() {
  if (!page.code) {
    await phone.acceptNotice();
    return patrol.renewConsent(noticeVersion(page.config));
  }
  show({ busy: true });
  try {
    await phone.enrol({ code: page.code, language: i18n.language, agent: navigator.userAgent });
    show({ problem: "" });
    dropCode();
  } catch (error) {
    const problem = enrolProblem(/** @type {{status: number, code: string}} */ (error));
    // Without an answer the code may still be good. A phone that is enrolled already stays here to read why not.
    if (problem === "enrol.problem.code" && !phone.state.identity) dropCode();
    show({ problem });
    byId("notice-problem").textContent = i18n.t(problem);
  }
  byId("notice-problem").hidden = page.problem === "" || page.code === null;
  show({ busy: false });
}

function wireDuty() {
  byId("duty").addEventListener("click", () => void toggleDuty());
  byId("undo-off").addEventListener("click", () => void phone.goOn().then(applyWake));
  onHold(byId("help"), { onHeld: () => void askForHelp(), onTap: () => show({ asking: true }) });
  byId("help-yes").addEventListener("click", () => void askForHelp());
  byId("help-no").addEventListener("click", () => show({ asking: false }));
  byId("help-clear").addEventListener("click", () => void phone.setHelp(false));
  byId("wake").addEventListener("change", async (event) => {
    await store.write("wake", /** @type {HTMLInputElement} */ (event.target).checked);
    await applyWake();
  });
}

async function toggleDuty() {
  // The word under the thumb has just changed: the second half of a double tap must not undo the first.
  if (Date.now() - page.toggledAtMs < DOUBLE_TAP_MS) return;
  show({ toggledAtMs: Date.now() });
  if (phone.state.duty.on) {
    await phone.goOff();
    show({ offAtMs: Date.now() });
  } else await phone.goOn();
  await applyWake();
}

async function askForHelp() {
  show({ asking: false });
  await phone.setHelp(true);
  await applyWake();
}

/** The screen stays on while on duty, unless the worker has switched that off. */
async function applyWake() {
  const wished = (await readValue("wake")) ?? true;
  /** @type {HTMLInputElement} */ (byId("wake")).checked = wished;
  await wake.want(wished && phone.state.duty.on);
  render();
}

function wireSettings() {
  const number = /** @type {HTMLInputElement} */ (byId("call-phone"));
  byId("open-settings").addEventListener("click", () => {
    number.value = page.callPhone;
    show({ settings: true });
  });
  byId("close-settings").addEventListener("click", () => show({ settings: false }));
  number.addEventListener("change", async () => {
    const callPhone = number.value.replace(/[^\d+]/g, "");
    await store.write("call_phone", callPhone);
    show({ callPhone });
  });
  for (const button of document.querySelectorAll("[data-action=language]"))
    button.addEventListener("click", otherLanguage);
  byId("send-now").addEventListener("click", sendEverything);
  byId("leave").addEventListener("click", () => {
    sendEverything();
    byId("leave-ask").hidden = false;
  });
  byId("leave-no").addEventListener("click", () => {
    byId("leave-ask").hidden = true;
  });
  byId("leave-yes").addEventListener("click", async () => {
    const worker = phone.state.identity?.worker.id;
    await phone.leave();
    if (worker !== undefined) await Promise.all([patrol.forget(worker), cases.forget(worker)]);
    byId("leave-ask").hidden = true;
    show({ settings: false });
  });
  byId("use-new").addEventListener("click", () => offlineNow?.useNewVersion());
}

function otherLanguage() {
  rememberLanguage(i18n.language === "zh" ? "en" : "zh");
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.replace(url);
}

function sendEverything() {
  phone.send({ force: true });
  void patrol.refresh();
  void cases.refresh();
}

function wireWorld() {
  window.addEventListener("online", sendEverything);
  window.addEventListener("offline", render);
  window.addEventListener("popstate", onBack);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    void phone.refresh();
    void patrol.refresh();
    void cases.refresh();
    void wake.renew();
    phone.send();
    offlineNow?.lookForUpdate();
  });
  void watchBattery();
}

async function watchBattery() {
  const manager = await /** @type {any} */ (navigator).getBattery?.().catch(() => null);
  if (!manager) return;
  const take = () => phone.setBattery({ level: manager.level, charging: manager.charging });
  for (const type of ["levelchange", "chargingchange"]) manager.addEventListener(type, take);
  take();
}

/** @param {string} key */
function readValue(key) {
  return store.read(key).catch(() => undefined);
}
