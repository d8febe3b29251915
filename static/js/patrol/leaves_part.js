/** Leave of an area's workers: listed, entered, ended early or taken back. Its rounds are excused. */

import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { openWindow } from "../panel/patrol_urge.js";
import { errorText } from "../panel/words.js";
import { moveSpan } from "./desk_state.js";
import { BACK_DAYS, byPhase, daysOf, findWalkers, leavePhase, leaveProblem, usualEnd } from "./leave_rules.js";
import { dayInput, field, input, nothing, put, reading } from "./parts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./leave_rules.js").Leave} Leave */
/** @typedef {import("./leave_rules.js").Walker} Walker */

const SHOWN = 60;
const FOUND = 8;
const MOST_PAGES = 10;
const MOST_REASON = 200;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountLeaves(root, desk) {
  const { t } = desk;
  if (!desk.may("duty.edit"))
    return put(root, [el("h2", {}, t("leave.title")), el("p", { class: "note" }, t("desk.denied.text"))]);
  const list = el("div", {});
  const read = () =>
    reading(
      list,
      desk,
      () => readLeaves(desk),
      (leaves) => drawn(desk, leaves, read),
    );
  const add = el("button", { type: "button", class: "button button-small" }, icon("plus"), t("leave.add"));
  add.onclick = () => openLeaveForm(desk, read);
  put(root, [el("h2", {}, t("leave.title"), add), el("p", { class: "note" }, t("leave.note")), list]);
  read();
}

/**
 * Those that run or come, and those of the last days.
 * @param {Desk} desk
 * @returns {Promise<Leave[]>}
 */
async function readLeaves({ area, language, today }) {
  const from = moveSpan("day", today, -BACK_DAYS);
  const leaves = [];
  let cursor = "";
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = new URLSearchParams({ area, from, ...(cursor && { cursor }) });
    const answer = await get(`/api/v1/patrol/leaves?${query}`, { language });
    leaves.push(...answer.leaves);
    if (!answer.next) break;
    cursor = answer.next;
  }
  return leaves;
}

/**
 * @param {Desk} desk
 * @param {readonly Leave[]} leaves
 * @param {() => void} again
 */
function drawn(desk, leaves, again) {
  const { t, today } = desk;
  if (leaves.length === 0) return [nothing(t("leave.none"), t("leave.none.text"))];
  const sorted = byPhase(leaves, today);
  const rest = sorted.length - SHOWN;
  return [
    el("ul", { class: "points" }, ...sorted.slice(0, SHOWN).map((leave) => leaveLine(desk, leave, again))),
    rest > 0 ? el("p", { class: "note" }, t("leave.more", { n: rest })) : null,
  ];
}

/**
 * @param {Desk} desk
 * @param {Leave} leave
 * @param {() => void} again
 */
function leaveLine(desk, leave, again) {
  const { t, today } = desk;
  const phase = leavePhase(leave, today);
  const { name, grid, from_day: from, to_day: to, reason } = leave;
  const days = t("leave.days", { from: shortDay(from, today), to: shortDay(to, today), n: daysOf(from, to) });
  return el(
    "li",
    { class: `point leave is-${phase}` },
    el("span", { class: "tag" }, t(`leave.phase.${phase}`)),
    el(
      "div",
      {},
      el("b", {}, name),
      el("small", {}, `${desk.name(grid)} · ${days}`),
      reason ? el("small", { class: "leave-reason" }, reason) : null,
    ),
    phase === "over"
      ? el("span", {})
      : el(
          "button",
          { type: "button", class: "button button-small", onclick: () => openEndForm(desk, leave, again) },
          t("leave.end"),
        ),
  );
}

/**
 * @param {string} day
 * @param {string} today the year is left out where it is this one
 */
function shortDay(day, today) {
  const text = `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`;
  return day.slice(0, 4) === today.slice(0, 4) ? text : `${day.slice(0, 4)}/${text}`;
}

/**
 * @param {Desk} desk
 * @param {() => void} saved
 */
function openLeaveForm(desk, saved) {
  const { t, today, dialog, language } = desk;
  const search = workerSearch(desk);
  const earliest = moveSpan("day", today, -BACK_DAYS);
  const from = dayInput({ value: today, min: earliest, required: true });
  const to = dayInput({ value: today, min: earliest, required: true });
  from.onchange = () => {
    to.min = from.value;
    if (to.value < from.value) to.value = from.value;
  };
  const reason = input({ type: "text", maxlength: MOST_REASON, placeholder: t("leave.reason.example") });
  const send = async () => {
    const chosen = search.chosen();
    const wrong = leaveProblem({ worker: chosen?.id ?? null, from: from.value, to: to.value }, today);
    if (wrong || !chosen) {
      if (!chosen) search.field.focus();
      return t(wrong ?? "leave.problem.worker", { n: BACK_DAYS });
    }
    const body = { worker_id: chosen.id, from_day: from.value, to_day: to.value, reason: reason.value.trim() };
    await post("/api/v1/patrol/leaves", body, { language });
    dialog.close();
    desk.say(t("leave.saved", { name: chosen.name, n: daysOf(from.value, to.value) }));
    saved();
    return "";
  };
  openForm(desk, t("leave.add"), send, [
    field(t("leave.worker"), search.field, t("leave.worker.hint")),
    search.found,
    el("div", { class: "fields" }, field(t("leave.from"), from), field(t("leave.to"), to, t("leave.to.hint"))),
    field(t("leave.reason"), reason),
    el("p", { class: "note" }, t("leave.excused")),
  ]);
  search.field.focus();
}

/**
 * Ended early, made longer, or taken back as a whole.
 * @param {Desk} desk
 * @param {Leave} leave
 * @param {() => void} saved
 */
function openEndForm(desk, leave, saved) {
  const { t, today, dialog, language } = desk;
  const path = `/api/v1/patrol/leaves/${leave.id}`;
  const oldest = moveSpan("day", today, -BACK_DAYS - 1);
  const min = [leave.from_day, oldest].sort()[1] ?? oldest;
  const to = dayInput({ value: usualEnd(leave, today), min, required: true });
  const done = (/** @type {string} */ text) => {
    dialog.close();
    desk.say(text);
    saved();
    return "";
  };
  const send = async () => {
    await request(path, { method: "PATCH", body: { to_day: to.value }, language });
    return done(t("leave.changed", { name: leave.name, day: to.value }));
  };
  const drop = async () => {
    await request(path, { method: "DELETE", language });
    return done(t("leave.dropped", { name: leave.name }));
  };
  const mayDrop = leave.from_day >= moveSpan("day", today, -BACK_DAYS);
  openForm(
    desk,
    t("leave.end.title", { name: leave.name }),
    send,
    [
      el("p", { class: "note" }, t("leave.end.note", { from: leave.from_day, to: leave.to_day })),
      field(t("leave.to"), to, t("leave.to.hint")),
    ],
    mayDrop ? { text: t("leave.drop"), hint: t("leave.drop.hint"), run: drop } : null,
  );
}

/**
 * A window with a form. What a run gives back is shown as the problem; "" where all went well.
 * @param {Desk} desk
 * @param {string} title
 * @param {() => Promise<string>} send
 * @param {readonly HTMLElement[]} fields
 * @param {{text: string, hint: string, run: () => Promise<string>} | null} [other] another way to end it
 */
function openForm(desk, title, send, fields, other = null) {
  const { t, dialog } = desk;
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const submit = el("button", { type: "submit", class: "button button-main" }, t("leave.save"));
  const second = other
    ? el("button", { type: "button", class: "button", title: other.hint, onclick: () => run(other.run) }, other.text)
    : null;
  const run = async (/** @type {() => Promise<string>} */ act) => {
    for (const node of [submit, second]) if (node) node.disabled = true;
    try {
      problem.textContent = await act();
    } catch (error) {
      problem.textContent = refusal(error, t);
    }
    problem.hidden = problem.textContent === "";
    for (const node of [submit, second]) if (node) node.disabled = false;
  };
  const onsubmit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    run(send);
  };
  const actions = el("div", { class: "form-actions" }, second, submit);
  // What was wrong may be right now.
  const onchange = () => {
    problem.hidden = true;
  };
  const form = el("form", { class: "form", onsubmit, onchange, oninput: onchange }, ...fields, problem, actions);
  openWindow(dialog, t, title, form);
}

/**
 * @param {any} error
 * @param {Desk["t"]} t
 */
function refusal(error, t) {
  if (error?.status === 404) return t("leave.problem.gone");
  if (error?.status === 400 && /leave/.test(String(error.allowed))) return t("leave.problem.overlap");
  return errorText(error, t);
}

/**
 * A field that finds a worker by name, number or grid; the roster is read when it is opened.
 * @param {Desk} desk
 * @returns {{field: HTMLInputElement, found: HTMLElement, chosen: () => Walker | null}}
 */
function workerSearch(desk) {
  const { t, language } = desk;
  /** @type {Walker | null} */
  let chosen = null;
  /** @type {Walker[] | null} */
  let walkers = null;
  const text = input({ type: "search", autocomplete: "off", placeholder: t("leave.worker.example") });
  const found = el("ul", { class: "found", "aria-live": "polite", hidden: true });
  const choose = (/** @type {Walker} */ walker) => {
    chosen = walker;
    text.value = `${walker.name} · ${desk.name(walker.grid)}`;
    found.hidden = true;
    text.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const line = (/** @type {Walker} */ walker) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "found-one", onclick: () => choose(walker) },
        el("b", {}, walker.name),
        el("span", {}, desk.name(walker.grid)),
      ),
    );
  const show = () => {
    const hits = findWalkers(walkers ?? [], text.value, (grid) => desk.name(grid), FOUND);
    found.hidden = chosen !== null || text.value.trim() === "";
    const none = walkers ? t("leave.worker.none") : t("leave.worker.loading");
    found.replaceChildren(...(hits.length ? hits.map(line) : [el("li", { class: "note" }, none)]));
  };
  text.oninput = () => {
    chosen = null;
    show();
  };
  text.onkeydown = (event) => {
    if (event.key === "Enter" && !event.isComposing && chosen === null && text.value.trim() !== "") {
      event.preventDefault();
      const [first] = findWalkers(walkers ?? [], text.value, (grid) => desk.name(grid), 1);
      if (first) choose(first);
    } else if (event.key === "ArrowDown" && !found.hidden) {
      event.preventDefault();
      found.querySelector("button")?.focus();
    }
  };
  get(`/api/v1/roster?area=${desk.area}`, { language }).then(
    ({ workers: { id, name, grid, number } }) => {
      walkers = id.map((/** @type {number} */ one, /** @type {number} */ i) => ({
        id: one,
        name: name[i],
        grid: grid[i],
        number: number[i] ?? "",
      }));
      show();
    },
    (error) => found.replaceChildren(el("li", { class: "note note-error" }, errorText(error, t))),
  );
  return { field: text, found, chosen: () => chosen };
}
