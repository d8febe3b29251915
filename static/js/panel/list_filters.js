/** What chooses among the workers: the search, the township, the order, the statuses. */

import { STATUSES } from "../core/status.js";
import { button, el, setText } from "./dom.js";
import { icon, sign } from "./icons.js";
import { statusHint } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/page_state.js").SortBy} SortBy */

/** @type {readonly SortBy[]} */
const SORTS = ["grid", "name", "updated"];

/** @param {App} app */
export function searchBox({ t, state }) {
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
export function areaSelect({ t, state, world }) {
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
    select.disabled = townships.length < 2;
  };
  world.on(["divisions"], show);
  state.on(["area"], show);
  show();
  return select;
}

/** @param {App} app */
export function sortSelect({ t, state }) {
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
export function chips(app) {
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
