/** The left panel: search, filters, and every worker who passes them. */

import { statusOf } from "../core/filter.js";
import { NOTHING_WISHED } from "../core/page_state.js";
import { OFF_CODE, STATUSES } from "../core/status.js";
import { ago, exact } from "../core/time.js";
import { button, el, setText } from "./dom.js";
import { icon, sign } from "./icons.js";
import "./virtual_list.js";
import { statusHint } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */
/** @typedef {import("../core/page_state.js").SortBy} SortBy */
/** @typedef {import("./virtual_list.js").VirtualList} VirtualList */

/** @type {readonly SortBy[]} */
const SORTS = ["grid", "name", "updated"];

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
    empty.hidden = wanted.length > 0 || roster.version === 0;
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

/** @param {App} app */
function searchBox({ t, state }) {
  const input = el("input", {
    type: "search",
    class: "search-input",
    placeholder: t("list.search"),
    "aria-label": t("list.search"),
    autocomplete: "off",
    spellcheck: "false",
    value: state.values.query,
  });
  const clear = button({
    label: t("list.search.clear"),
    icon: icon("close"),
    className: "button-quiet search-clear",
    onclick: () => state.set({ query: "" }),
  });
  input.addEventListener("input", () => state.set({ query: input.value }));
  const show = () => {
    if (input.value !== state.values.query) input.value = state.values.query;
    clear.hidden = state.values.query === "";
  };
  state.on(["query"], show);
  show();
  const focus = () => {
    state.set({ listOpen: true });
    input.focus();
    input.select();
  };
  return {
    node: el(
      "div",
      { class: "search" },
      icon("search"),
      input,
      clear,
      el("kbd", { class: "search-key", "aria-hidden": "true" }, "/"),
    ),
    focus,
  };
}

/** @param {App} app */
function areaSelect({ t, state, world }) {
  const select = el("select", {
    class: "select",
    "aria-label": t("list.area"),
    onchange: () => state.set({ area: select.value }),
  });
  const show = () => {
    const townships = [...world.values.divisions.values()].filter(({ level }) => level === 2);
    select.replaceChildren(
      el("option", { value: "" }, t("list.area.all")),
      ...townships.map(({ code, name }) => el("option", { value: code }, name)),
    );
    select.value = state.values.area;
  };
  world.on(["divisions"], show);
  state.on(["area"], show);
  show();
  return select;
}

/** @param {App} app */
function sortSelect({ t, state }) {
  const select = el(
    "select",
    {
      class: "select",
      "aria-label": t("list.sort"),
      onchange: () => state.set({ sort: /** @type {SortBy} */ (select.value) }),
    },
    ...SORTS.map((sort) => el("option", { value: sort }, t(`list.sort.${sort}`))),
  );
  select.value = state.values.sort;
  state.on(["sort"], () => {
    select.value = state.values.sort;
  });
  return select;
}

/** @param {App} app */
function chips(app) {
  const { t, state, world } = app;
  const nodes = STATUSES.map((status, code) => {
    const n = el("b", {});
    const node = el(
      "button",
      {
        type: "button",
        class: `chip chip-${status}`,
        title: statusHint(app, status),
        onclick: () => {
          const on = state.values.statuses.includes(status);
          state.set({
            statuses: on ? state.values.statuses.filter((s) => s !== status) : [...state.values.statuses, status],
          });
        },
      },
      sign(status, false),
      t(`status.${status}`),
      n,
    );
    return { node, n, status, code };
  });
  const show = () => {
    for (const { node, n, status, code } of nodes) {
      setText(n, world.values.counts ? String(world.values.counts.byStatus[code] ?? 0) : "");
      node.setAttribute("aria-pressed", String(state.values.statuses.includes(status)));
    }
  };
  world.on(["counts"], show);
  state.on(["statuses"], show);
  show();
  return el("div", { class: "chips", role: "group", "aria-label": t("list.filter") }, ...nodes.map(({ node }) => node));
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
