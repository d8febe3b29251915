/** The window with uploads that could not be stored: when, whose, why, and what the phone sent. */

import { clock, day } from "../core/time.js";
import { get } from "../net/api.js";
import { openDialog } from "./dialogs.js";
import { el } from "./dom.js";
import { errorText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{id: number, received_at_ms: number, worker_id: number | null, reason: string, field: string, value: string, body: string}} Part */

/**
 * @param {HTMLDialogElement} dialog
 * @param {App} app
 */
export function openQuarantine(dialog, app) {
  const { t } = app;
  const rows = el("tbody", {});
  const state = el("p", { class: "note" }, t("dialog.loading"));
  const more = el("button", { type: "button", class: "button", hidden: true }, t("quarantine.more"));
  const headings = ["quarantine.at", "quarantine.who", "quarantine.reason", "quarantine.value"];
  const table = el(
    "table",
    { class: "listing", hidden: true },
    el("thead", {}, el("tr", {}, ...headings.map((word) => el("th", {}, t(word))))),
    rows,
  );
  openDialog(dialog, t, t("quarantine.title"), el("p", { class: "note" }, t("quarantine.note")), table, state, more);
  /** @param {string | null} cursor */
  const load = async (cursor) => {
    try {
      const page = await get(`/api/v1/quarantine?limit=50${cursor ? `&cursor=${cursor}` : ""}`, {
        language: app.language,
      });
      rows.append(...page.parts.map((/** @type {Part} */ part) => row(app, part)));
      table.hidden = rows.childElementCount === 0;
      state.hidden = !table.hidden;
      state.textContent = t("quarantine.none");
      more.hidden = !page.next;
      more.onclick = () => load(page.next);
    } catch (error) {
      state.hidden = false;
      state.classList.add("note-error");
      state.textContent = errorText(error, t);
    }
  };
  load(null);
}

/**
 * @param {App} app
 * @param {Part} part
 */
function row(app, part) {
  const { t } = app;
  const person = part.worker_id === null ? null : app.person(part.worker_id);
  const reason = t(`reason.${part.reason}`);
  const value = [part.field, part.value].filter(Boolean).join(" = ");
  return el(
    "tr",
    {},
    el("td", { class: "numeric" }, `${day(part.received_at_ms)} ${clock(part.received_at_ms, { seconds: true })}`),
    el("td", {}, person?.name ?? t("quarantine.unknown")),
    el("td", {}, reason.startsWith("reason.") ? part.reason : reason),
    el("td", { title: part.body }, value),
  );
}
