/** One change for several cases that stand in the same state: the form once, the answers one by one. */

import { ApiError, post } from "../net/api.js";
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
    const change = { to: rows[Number(choice.value)].to, ...(await fields.read()) };
    const wanted = cases.map(({ id, version }) => ({ id, version }));
    try {
      const { done, results } = await post("/api/v1/case-bulk/changes", { cases: wanted, change });
      const lost = results.filter((/** @type {any} */ one) => !one.ok);
      result.replaceChildren(
        el("li", {}, t("bulk.done", { done, all: cases.length })),
        ...lost.map((/** @type {any} */ one) => lostItem(desk, cases, one)),
      );
    } catch (error) {
      result.replaceChildren(el("li", { class: "problem" }, failure(error, t)));
      submit.disabled = false; // nothing was done: what is wrong stands in the form
    }
    void desk.loadQueues();
    void desk.loadList({ quiet: true });
  });
  draw();
  dialog.replaceChildren(form);
  dialog.showModal();
}

/**
 * A case that could not be changed, and why: often somebody else was faster.
 * @param {Desk} desk
 * @param {readonly Case[]} cases
 * @param {{id: number, error: {code: string, message: string, field?: string, allowed?: unknown}}} lost
 */
function lostItem({ t }, cases, { id, error }) {
  const number = cases.find((one) => one.id === id)?.number ?? `#${id}`;
  const status = error.field ? 400 : 409;
  return el("li", { class: "problem" }, t("colon", { name: number }), failure(new ApiError({ ...error, status }), t));
}
