/** The left panel: search, filters, and every worker who passes them. */

import { statusOf } from "../core/filter.js";
import { NOTHING_WISHED } from "../core/page_state.js";
import { OFF_CODE } from "../core/status.js";
import { ago, exact } from "../core/time.js";
import { button, el, setText } from "./dom.js";
import { icon, sign } from "./icons.js";
import { areaSelect, chips, searchBox, sortSelect } from "./list_filters.js";
import "./virtual_list.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {import("./virtual_list.js").VirtualList} VirtualList */

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {{goTo: (id: number) => void}} actions
 * @returns {{focusSearch: () => void, move: (steps: number) => void}}
 */
export function mountWorkerList(root, app, { goTo }) {
  const { t, state, world } = app;
  const search = searchBox(app);
  const rows = listOf(app, goTo);
  const count = el("span", { class: "list-count" });
  const reset = el(
    "button",
    { type: "button", class: "link", onclick: () => state.set(NOTHING_WISHED) },
    t("list.reset"),
  );
  const empty = el("div", { class: "empty", hidden: true });
  const fold = button({
    label: t("list.fold"),
    icon: icon("fold"),
    className: "button-quiet fold",
    onclick: () => state.set({ listOpen: false }),
  });
  const unfold = button({
    label: t("list.unfold"),
    icon: icon("list"),
    text: t("list.title"),
    className: "unfold unfold-left",
    onclick: () => state.set({ listOpen: true }),
  });
  root.replaceChildren(
    el("div", { class: "panel-head" }, el("h1", {}, t("list.title")), count, fold),
    search.node,
    el("div", { class: "list-selects" }, areaSelect(app), sortSelect(app)),
    chips(app),
    el("div", { class: "list-body" }, rows, empty),
  );
  root.after(unfold);
  const show = () => {
    const { wanted, roster } = world.values;
    const all = roster.people.length;
    const whole = wanted.length === all;
    count.replaceChildren(
      t(whole ? "list.count" : "list.count.of", { n: wanted.length.toLocaleString(), all: all.toLocaleString() }),
      whole ? "" : reset,
    );
    rows.items = wanted;
    empty.hidden = wanted.length > 0 || roster.version < 0;
    const kind = all === 0 ? "none" : "empty";
    empty.replaceChildren(
      icon("person"),
      el("strong", {}, t(`list.${kind}.title`)),
      el("p", {}, t(`list.${kind}.text`)),
    );
  };
  const foldNow = () => {
    root.hidden = !state.values.listOpen;
    unfold.hidden = state.values.listOpen;
  };
  world.on(["wanted", "roster"], show);
  world.on(["second"], () => rows.draw());
  state.on(["selected", "hovered", "replayWorkers", "replayMs"], () => rows.draw());
  state.on(["listOpen"], foldNow);
  show();
  foldNow();
  return { focusSearch: search.focus, move: (steps) => moveSelection(app, rows, steps, goTo) };
}

/**
 * @param {App} app
 * @param {(id: number) => void} goTo
 */
function listOf(app, goTo) {
  const list = /** @type {VirtualList} */ (document.createElement("virtual-list"));
  list.className = "rows";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", app.t("list.label"));
  list.tabIndex = 0;
  list.rowHeight = 54;
  list.makeRow = () => makeRow(app, goTo);
  list.fillRow = (row, person, index) => fillRow(app, row, person, index);
  return list;
}

/**
 * @param {App} app
 * @param {(id: number) => void} goTo
 */
function makeRow(app, goTo) {
  const row = el(
    "div",
    { class: "row", role: "option" },
    el("span", { class: "row-sign" }),
    el(
      "span",
      { class: "row-main" },
      el("b", { class: "row-name" }),
      el("small", { class: "row-role" }),
      el("span", { class: "row-place" }),
    ),
    el("span", { class: "row-side" }, el("span", { class: "row-status" }), el("time", { class: "row-age" })),
  );
  row.addEventListener("click", () => goTo(Number(row.dataset.id)));
  row.addEventListener("pointerenter", () => app.state.set({ hovered: Number(row.dataset.id) }));
  row.addEventListener("pointerleave", () => app.state.set({ hovered: null }));
  return row;
}

/**
 * @param {App} app
 * @param {HTMLElement} row
 * @param {Person} person
 * @param {number} index
 */
function fillRow(app, row, person, index) {
  const { t, state, workers, language } = app;
  const [signNode, main, side] = /** @type {[HTMLElement, HTMLElement, HTMLElement]} */ (
    /** @type {unknown} */ (row.children)
  );
  const [name, role, place] = /** @type {[HTMLElement, HTMLElement, HTMLElement]} */ (
    /** @type {unknown} */ (main.children)
  );
  const [word, age] = /** @type {[HTMLElement, HTMLTimeElement]} */ (/** @type {unknown} */ (side.children));
  const slot = workers.slotOf(person.id);
  const status = statusOf(person, workers);
  const look = `${status}${person.leader}`;
  if (signNode.dataset.look !== look) {
    signNode.dataset.look = look;
    signNode.replaceChildren(sign(status, person.leader));
    word.className = `row-status status-${status}`;
    setText(word, t(`status.${status}`));
  }
  row.dataset.id = String(person.id);
  setText(name, person.name);
  setText(role, person.leader ? t("role.leader") : "");
  setText(place, `${person.gridName} · ${person.township}`);
  const fixMs = workers.isShown(slot) ? (workers.fixMs[slot] ?? 0) : 0;
  setText(age, fixMs ? ago(app.clock.nowMs() - fixMs, language) : t("list.no_fix"));
  age.title = fixMs ? exact(fixMs) : "";
  const { selected, hovered, replayMs, replayWorkers } = state.values;
  row.setAttribute("aria-selected", String(person.id === selected));
  row.classList.toggle("is-hovered", person.id === hovered);
  row.classList.toggle("is-replayed", replayMs !== null && replayWorkers.includes(person.id));
  row.classList.toggle("is-dim", status === "off" || (workers.status[slot] ?? OFF_CODE) === OFF_CODE);
  row.id = `row-${index}`;
}

/**
 * @param {App} app
 * @param {VirtualList} list
 * @param {number} steps
 * @param {(id: number) => void} goTo
 */
function moveSelection({ state, world }, list, steps, goTo) {
  const people = world.values.wanted;
  const here = people.findIndex(({ id }) => id === state.values.selected);
  const next = here < 0 ? (steps > 0 ? 0 : people.length - 1) : Math.min(people.length - 1, Math.max(0, here + steps));
  const person = people[next];
  if (!person) return;
  list.reveal(next);
  goTo(person.id);
}
