/** One change for several cases that stand in the same state: the form once, the answers one by one. */

import { post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { formFields } from "./action_fields.js";
import { failure, select } from "./bits.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Case} Case */

// Each of these is decided by looking at one case: who goes there, what it is joined with, what was done.
const NOT_TOGETHER = ["merge_into", "worker_id", "media", "result"];

/**
 * @param {any[]} transitions of the table
 * @param {readonly Case[]} cases
 * @param {string} role
 */
export function together(transitions, cases, role) {
  const states = new Set(cases.map((one) => one.state));
  if (states.size !== 1) return [];
  return transitions.filter(
    (row) =>
      states.has(row.from) &&
      row.roles.includes(role) &&
      !row.needs.some((/** @type {string} */ need) => NOT_TOGETHER.some((one) => need.startsWith(one))),
  );
}

/**
 * @param {Desk} desk
 * @param {readonly Case[]} cases
 */
export function openBulk(desk, cases) {
  const { t, dialog } = desk;
  const rows = together(desk.config.transitions, cases, desk.me.role);
  const close = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("close"));
  const title = el("h2", {}, t("bulk.title", { n: cases.length }));
  if (rows.length === 0) {
    dialog.replaceChildren(title, el("p", {}, t("bulk.none")), el("p", { class: "dialog-foot" }, close));
    return dialog.showModal();
  }
  const choice = select(
    rows.map((row, i) => [String(i), desk.name(row)]),
    "0",
    { "aria-label": t("bulk.what") },
  );
  const box = el("div", {});
  const result = el("ul", { class: "plain-list", role: "status" });
  let fields = formFields(desk, null, rows[0]);
  const draw = () => {
    fields = formFields(desk, null, rows[Number(choice.value)]);
    box.replaceChildren(...fields.nodes);
  };
  choice.addEventListener("change", draw);
  const submit = el("button", { type: "submit", class: "button is-main" }, t("bulk.run"));
  const form = el("form", {}, title, choice, box, result, el("p", { class: "dialog-foot" }, close, submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const body = { to: rows[Number(choice.value)].to, ...(await fields.read()) };
    let done = 0;
    for (const one of cases) {
      try {
        await post(`/api/v1/cases/${one.id}/changes`, { ...body, version: one.version });
        done += 1;
      } catch (error) {
        result.append(el("li", { class: "problem" }, `${one.number}：${failure(error, t)}`));
      }
    }
    result.prepend(el("li", {}, t("bulk.done", { done, all: cases.length })));
    void desk.loadQueues();
    void desk.loadList({ quiet: true });
  });
  draw();
  dialog.replaceChildren(form);
  dialog.showModal();
}
