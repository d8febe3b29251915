/** What the server says may be done with a case now, each as a button with the form that it needs. */

import { ApiError } from "../net/api.js";
import { el } from "../panel/dom.js";
import { formFields } from "./action_fields.js";
import { failure, problemLine, say } from "./bits.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */

// Turning away and voiding stand apart, so that nobody presses them by habit.
const GRAVE = new Set(["rejected", "void_req", "voided", "return_req"]);

// The way on: of several steps the one that brings the case nearer to its answer is offered first.
const ON = ["closed", "reply_due", "checking", "handled", "suspended", "handling", "dispatched", "filed", "accepted"];

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function actionBar(desk, detail) {
  const { t } = desk;
  const changes = desk.may("case.change") ? (detail.changes ?? []) : [];
  if (changes.length === 0) {
    const open = desk.states.get(detail.case.state)?.open;
    return open ? el("p", { class: "actions quiet" }, t("actions.none")) : "";
  }
  const main = ON.find((state) => changes.some((/** @type {any} */ change) => change.to === state));
  const ordered = [...changes].sort(
    (a, b) => Number(b.to === main) - Number(a.to === main) || Number(GRAVE.has(a.to)) - Number(GRAVE.has(b.to)),
  );
  const buttons = ordered.map((/** @type {any} */ change) =>
    el(
      "button",
      {
        type: "button",
        class: `button ${GRAVE.has(change.to) ? "is-grave" : change.to === main ? "is-main" : ""}`,
        onclick: () => openAction(desk, change),
      },
      desk.name(change),
    ),
  );
  return el("div", { class: "actions", role: "toolbar", "aria-label": t("actions") }, ...buttons);
}

/**
 * @param {Desk} desk
 * @param {{to: string, zh: string, en: string, needs: string[]}} change
 */
export function openAction(desk, change) {
  const { t, dialog, world } = desk;
  const fields = formFields(desk, world.values.detail, change);
  const problem = problemLine();
  const submit = el(
    "button",
    { type: "submit", class: `button ${GRAVE.has(change.to) ? "is-grave" : "is-main"}` },
    desk.name(change),
  );
  const form = el(
    "form",
    {},
    el("h2", {}, desk.name(change)),
    el("p", { class: "quiet" }, `${desk.stateName(world.values.detail.case.state)} → ${desk.stateName(change.to)}`),
    ...fields.nodes,
    problem,
    el(
      "p",
      { class: "dialog-foot" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel")),
      submit,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    say(problem, "");
    try {
      const { version } = world.values.detail.case;
      await desk.send("changes", { to: change.to, version, ...(await fields.read()) });
      dialog.close();
      desk.say(t("actions.done", { name: desk.name(change) }));
    } catch (error) {
      say(problem, await explained(desk, change, error));
      submit.disabled = world.values.detail === null;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  /** @type {HTMLElement | null} */ (form.querySelector("textarea, input") ?? form.querySelector("select"))?.focus();
}

/**
 * When somebody else was faster, the case is read anew; what was typed stays, and may be sent again where that still makes sense.
 * @param {Desk} desk
 * @param {{to: string}} change
 * @param {unknown} error
 */
async function explained(desk, change, error) {
  const isLate = error instanceof ApiError && ["case.changed", "case.no_way"].includes(error.reason);
  if (!isLate) return failure(error, desk.t);
  await desk.loadCase();
  const { detail } = desk.world.values;
  const still = detail?.changes.some((/** @type {any} */ one) => one.to === change.to);
  const state = detail ? desk.stateName(detail.case.state) : "";
  return desk.t(still ? "conflict.again" : "conflict.over", { state });
}
