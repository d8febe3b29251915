/** The window with a worker's phones and weekly schedule. */

import { exact } from "../core/time.js";
import { request } from "../net/api.js";
import { openDialog } from "./dialogs.js";
import { el } from "./dom.js";
import { errorText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {{id: number, name: string, app: string, last_seen_ms: number | null, revoked_at_ms: number | null}} Phone */
/** @typedef {{weekday: number, starts: string, ends: string}} Window */

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const MOST_WINDOWS = 14;

/**
 * @param {HTMLDialogElement} dialog
 * @param {App} app
 * @param {Person} person
 * @param {{say: (text: string) => void}} actions
 */
export function openPhones(dialog, app, person, { say }) {
  const { t } = app;
  const phones = el("section", {}, el("p", { class: "note" }, t("dialog.loading")));
  const schedule = el("section", {}, el("p", { class: "note" }, t("dialog.loading")));
  openDialog(dialog, t, t("phones.title", { name: person.name }), phones, schedule);
  const base = `/api/v1/workers/${person.id}`;
  fill(phones, app, app.may("device.enrol"), async () => phoneList(app, await ask(app, `${base}/devices`), say));
  fill(schedule, app, app.may("duty.edit"), async () =>
    scheduleForm(app, base, await ask(app, `${base}/schedule`), say),
  );
}

/**
 * @param {App} app
 * @param {string} path
 * @param {{method?: string, body?: unknown}} [options]
 */
function ask({ language }, path, options = {}) {
  return request(path, { language, ...options });
}

/**
 * @param {HTMLElement} section
 * @param {App} app
 * @param {boolean} allowed
 * @param {() => Promise<Node[]>} make
 */
async function fill(section, { t }, allowed, make) {
  section.hidden = !allowed;
  if (!allowed) return;
  try {
    section.replaceChildren(...(await make()));
  } catch (error) {
    section.replaceChildren(el("p", { class: "note note-error" }, errorText(error, t)));
  }
}

/**
 * @param {App} app
 * @param {{devices: Phone[]}} answer
 * @param {(text: string) => void} say
 */
function phoneList(app, { devices }, say) {
  const { t } = app;
  const active = devices.filter((phone) => phone.revoked_at_ms === null);
  const heading = el("h3", {}, t("phones.list"));
  if (active.length === 0) return [heading, el("p", { class: "note" }, t("phones.none"))];
  return [heading, el("ul", { class: "plain-list" }, ...active.map((phone) => phoneRow(app, phone, say)))];
}

/**
 * @param {App} app
 * @param {Phone} phone
 * @param {(text: string) => void} say
 */
function phoneRow(app, phone, say) {
  const { t } = app;
  const seen = phone.last_seen_ms === null ? t("phones.seen.never") : exact(phone.last_seen_ms);
  const row = el("li", {});
  const revoke = async () => {
    try {
      await ask(app, `/api/v1/devices/${phone.id}`, { method: "DELETE" });
      row.remove();
      say(t("phones.revoked"));
    } catch (error) {
      say(errorText(error, t));
    }
  };
  row.append(
    el("b", {}, phone.name || t("phones.name")),
    el("span", {}, `${phone.app ? `${phone.app} · ` : ""}${t("phones.seen")} ${seen}`),
    el("button", { type: "button", class: "button", onclick: revoke }, t("phones.revoke")),
  );
  return row;
}

/**
 * @param {App} app
 * @param {string} base
 * @param {{windows: Window[]}} answer
 * @param {(text: string) => void} say
 */
function scheduleForm(app, base, { windows }, say) {
  const { t } = app;
  const rows = el("div", { class: "schedule-rows" }, ...windows.map((one) => windowRow(app, one)));
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const add = () => {
    if (rows.childElementCount < MOST_WINDOWS)
      rows.append(windowRow(app, { weekday: (rows.childElementCount % 7) + 1, starts: "08:00", ends: "18:00" }));
  };
  const save = async () => {
    try {
      await ask(app, `${base}/schedule`, { method: "PUT", body: { windows: readRows(rows) } });
      problem.hidden = true;
      say(t("schedule.saved"));
    } catch (error) {
      problem.hidden = false;
      problem.textContent = errorText(error, t);
    }
  };
  return [
    el("h3", {}, t("schedule.title")),
    el("p", { class: "note" }, t("schedule.note")),
    rows,
    problem,
    el(
      "p",
      { class: "dialog-actions" },
      el("button", { type: "button", class: "button", onclick: add }, t("schedule.add")),
      el("button", { type: "button", class: "button button-main", onclick: save }, t("schedule.save")),
    ),
  ];
}

/**
 * @param {App} app
 * @param {Window} one
 */
function windowRow({ t }, { weekday, starts, ends }) {
  const days = WEEKDAYS.map((n) => el("option", { value: n, selected: n === weekday }, t(`weekday.${n}`)));
  const row = el(
    "div",
    { class: "schedule-row" },
    el("select", { name: "weekday", "aria-label": t("schedule.day") }, ...days),
    el("input", { type: "time", name: "starts", value: starts, required: true, "aria-label": t("schedule.from") }),
    el("span", {}, "–"),
    el("input", { type: "time", name: "ends", value: ends, required: true, "aria-label": t("schedule.to") }),
    el("button", { type: "button", class: "button", onclick: () => row.remove() }, t("schedule.remove")),
  );
  return row;
}

/**
 * @param {HTMLElement} rows
 * @returns {Window[]}
 */
function readRows(rows) {
  /** @param {Element} row @param {string} name */
  const value = (row, name) => /** @type {HTMLInputElement} */ (row.querySelector(`[name="${name}"]`)).value;
  return [...rows.children].map((row) => ({
    weekday: Number(value(row, "weekday")),
    starts: value(row, "starts"),
    ends: value(row, "ends"),
  }));
}
