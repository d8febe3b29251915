/** Puts the state into the page's elements; holds nothing itself. */

import { ago, duration, exact } from "../core/time.js";
import { byId, element, put } from "./dom.js";
import { accuracyWord, FIX_LATE_MS, FIX_LOST_MS, fixAgeMs, healthOf, QUEUE_LATE_MS } from "./health.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./phone.js").State} State */
/** @typedef {import("./health.js").Health} Health */
/** @typedef {import("./health.js").Notice} Notice */
/** @typedef {{nowMs: number, online: boolean, wakeSupported: boolean, wakeHeld: boolean, offlineReady: boolean, callPhone: string, undoOff: boolean, unsent: number, asking: boolean, version: string}} Surroundings */

/**
 * @param {State} state
 * @param {Surroundings} around
 * @param {I18n} i18n
 */
export function renderHome(state, around, i18n) {
  const facts = { ...state, nowMs: around.nowMs, online: around.online };
  const health = healthOf(facts);
  renderWorker(state, i18n);
  renderState(state, health, around, i18n);
  renderNotices(health.notices, i18n);
  renderRows(state, around, i18n);
  renderActions(state, around, i18n);
}

/**
 * @param {State} state
 * @param {Surroundings} around
 * @param {I18n} i18n
 */
export function renderSettings(state, around, { t }) {
  put("set-worker", state.identity?.worker.name ?? t("none"));
  put("set-version", around.version);
  put("set-offline", t(around.offlineReady ? "settings.offline.ready" : "settings.offline.not"));
  put("set-sent", t("settings.sent.value", { n: state.status.sent }));
  put(
    "set-odd",
    t("settings.odd.value", {
      quarantined: state.status.quarantined,
      off: state.status.off_duty,
      refused: state.queue.refused,
    }),
  );
  put("set-others", t("settings.others.value", { n: state.others }));
  byId("set-others-row").hidden = state.others === 0;
  byId("leave").hidden = state.identity === null;
  byId("leave-unsent").hidden = around.unsent === 0;
  put("leave-unsent", t("leave.unsent", { n: around.unsent }));
}

/**
 * @param {State} state
 * @param {I18n} i18n
 */
function renderWorker({ identity }, { t }) {
  const worker = identity?.worker;
  put("worker-name", worker?.name ?? "");
  put("worker-grid", placeOf(worker) || t("none"));
}

/**
 * Village and grid; most grids carry their village's name already.
 * @param {import("./identity.js").Worker | undefined} worker
 */
function placeOf(worker) {
  const grid = worker?.grid_name ?? worker?.grid ?? "";
  const village = worker?.village ?? "";
  return [grid.includes(village) ? "" : village, grid].filter(Boolean).join(" · ");
}

/**
 * @param {State} state
 * @param {Health} health
 * @param {Surroundings} around
 * @param {I18n} i18n
 */
function renderState({ duty, elsewhere }, health, { nowMs }, { t, language }) {
  byId("state").dataset.level = health.level;
  put("headline", t(health.headline));
  if (!duty.on) return put("subline", t("state.off.sub"));
  const since = duration(Math.max(0, nowMs - duty.since_ms), language);
  put("subline", t(elsewhere ? "state.elsewhere" : "state.on.sub", { since }));
}

/**
 * @param {readonly Notice[]} notices
 * @param {I18n} i18n
 */
function renderNotices(notices, { t }) {
  const list = byId("notices");
  const said = notices.map(({ key, params }) => [t(`notice.${key}.title`, params), t(`notice.${key}.do`, params)]);
  const text = JSON.stringify([said, notices.map((notice) => notice.level)]);
  if (list.dataset.shown === text) return; // a screen reader would read an unchanged list again every second
  list.dataset.shown = text;
  list.replaceChildren(
    ...said.map(([title, action], i) => {
      const item = element("li", "notice");
      item.dataset.level = notices[i]?.level ?? "info";
      item.append(element("strong", "", title), element("span", "", action));
      return item;
    }),
  );
}

/**
 * @param {State} state
 * @param {Surroundings} around
 * @param {I18n} i18n
 */
function renderRows(state, { nowMs, online }, { t, language }) {
  const { duty, status, queue, battery } = state;
  const last = duty.last;
  const age = fixAgeMs({ nowMs, duty });
  row(
    "fix",
    last ? ago(age, language) : t(duty.on ? "fix.none" : "fix.off"),
    duty.on ? ageLevel(age) : "",
    last ? exact(last.t) : "",
  );
  byId("row-accuracy").hidden = !last;
  const accuracy = accuracyWord(last?.acc);
  const metres = Math.round(last?.acc ?? 0);
  row(
    "accuracy",
    last ? t(`accuracy.${accuracy}`, { n: metres }) : t("none"),
    last && accuracy === "poor" ? "weak" : "",
  );
  const oldest = queue.oldestMs;
  const late = oldest !== null && nowMs - oldest > QUEUE_LATE_MS;
  const waiting =
    oldest === null ? t("queue.empty") : t("queue.waiting", { n: queue.waiting, ago: ago(nowMs - oldest, language) });
  row("queue", waiting, late ? "weak" : "");
  row(
    "upload",
    status.upload_ms ? ago(nowMs - status.upload_ms, language) : t("upload.never"),
    "",
    status.upload_ms ? exact(status.upload_ms) : "",
  );
  row("network", t(online ? networkWord(state) : "network.offline"), online && status.failures === 0 ? "" : "weak");
  const brief = { fix: last ? ago(age, language) : t("fix.none"), n: queue.waiting };
  put("technical-brief", t(duty.on ? "technical.brief" : "technical.off", brief));
  byId("row-battery").hidden = !battery;
  if (!battery) return;
  const percent = Math.round(battery.level * 100);
  row(
    "battery",
    t(battery.charging ? "battery.charging" : "battery.level", { n: percent }),
    percent <= 15 && !battery.charging ? "weak" : "",
  );
}

/** @param {State} state */
function networkWord({ status }) {
  if (status.failures === 0) return "network.online";
  return status.asked_to_wait ? "network.busy" : "network.no_server";
}

/**
 * @param {State} state
 * @param {Surroundings} around
 * @param {I18n} i18n
 */
function renderActions(state, around, i18n) {
  const { duty } = state;
  byId("duty").dataset.on = String(duty.on);
  put("duty-word", i18n.t(duty.on ? "duty.off" : "duty.on"));
  byId("wake-row").hidden = !duty.on || !around.wakeSupported;
  byId("undo-off").hidden = !around.undoOff || duty.on;
  const call = /** @type {HTMLAnchorElement} */ (byId("call"));
  call.hidden = around.callPhone === "";
  const above = byId(duty.help ? "help-on" : "round"); // in need it stands beside the call for help
  if (above.nextElementSibling !== call) above.after(call);
  call.href = `tel:${around.callPhone}`;
  put("call-number", around.callPhone);
  byId("help").hidden = duty.help || around.asking;
  byId("help-ask").hidden = !around.asking || duty.help;
  byId("help-on").hidden = !duty.help;
  put("help-hint", i18n.t(duty.on ? "help.hint" : "help.hint.off"));
  if (duty.help) put("help-state", helpWord(state, around, i18n));
}

/**
 * @param {State} state
 * @param {Surroundings} around
 * @param {I18n} i18n
 */
function helpWord({ duty, status }, { nowMs, callPhone }, { t, language }) {
  if (status.help_sent_ms >= duty.help_since_ms)
    return t("help.sent", { ago: ago(nowMs - status.help_sent_ms, language) });
  return t(callPhone ? "help.waiting.call" : "help.waiting");
}

/** @param {number} ageMs */
function ageLevel(ageMs) {
  if (ageMs > FIX_LOST_MS) return "bad";
  return ageMs > FIX_LATE_MS ? "weak" : "";
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} level
 * @param {string} [title]
 */
function row(name, text, level, title = "") {
  const el = byId(`value-${name}`);
  put(`value-${name}`, text);
  el.dataset.level = level;
  el.title = title;
}
