/** The list of cases: rows that the arrow keys walk, filters above, more below; chosen rows can be changed together. */

import { el, setText } from "../panel/dom.js";
import { failure, iconOf, lightMark, moment, note, remaining, select } from "./bits.js";
import { openBulk } from "./bulk.js";

/** @typedef {import("./desk.js").Case} Case */
/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{move: (steps: number) => void, open: () => void, focusSearch: () => void, toggle: () => void}} Rows */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @returns {Rows}
 */
export function mountList(root, desk) {
  const { t, state, world } = desk;
  const search = el("input", {
    type: "search",
    placeholder: t("search.hint"),
    "aria-label": t("search"),
    value: state.values.words,
  });
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => state.set({ words: search.value.trim() }), 300);
  });
  const rows = el("div", { class: "rows", role: "listbox", "aria-label": t("tab.cases"), tabindex: 0 });
  const foot = el("div", { class: "list-foot" });
  root.replaceChildren(el("div", { class: "list-head" }, search, filters(desk)), rows, foot);
  /** @type {Set<number>} */
  const picked = new Set();
  let cursor = -1;

  const draw = () => {
    const { cases, next, listError } = world.values;
    for (const id of [...picked]) if (!cases?.some((one) => one.id === id)) picked.delete(id);
    if (cases === null)
      rows.replaceChildren(...Array.from({ length: 8 }, () => el("div", { class: "row is-skeleton" })));
    else if (listError && cases.length === 0)
      rows.replaceChildren(
        note(failure(listError, t), { retry: () => void desk.loadList(), label: t("retry"), bad: true }),
      );
    else if (cases.length === 0)
      // An empty page with a next one: the server has looked through as many cases as one answer may take.
      rows.replaceChildren(note(t(next ? "list.not_yet" : state.values.words ? "list.none" : "list.empty")));
    else rows.replaceChildren(...cases.map(row));
    cursor = Math.min(cursor, (cases?.length ?? 0) - 1);
    mark();
    drawFoot();
  };
  const drawFoot = () => {
    const { cases, next } = world.values;
    foot.replaceChildren(
      picked.size > 0
        ? el(
            "button",
            { type: "button", class: "button is-main", onclick: () => openBulk(desk, chosen()) },
            t("bulk", { n: picked.size }),
          )
        : "",
      el("span", {}, cases?.length ? t("list.count", { n: cases.length }) : ""),
      next
        ? el(
            "button",
            { type: "button", class: "button", onclick: () => void desk.loadList({ more: true }) },
            t(cases?.length ? "list.more" : "list.further"),
          )
        : "",
    );
  };
  const chosen = () => (world.values.cases ?? []).filter((one) => picked.has(one.id));
  /**
   * @param {Case} one
   * @param {number} index
   */
  const row = (one, index) => {
    const pick = el("input", {
      type: "checkbox",
      "aria-label": t("pick", { number: one.number }),
      checked: picked.has(one.id),
      tabindex: -1,
    });
    pick.addEventListener("click", (event) => {
      event.stopPropagation();
      if (pick.checked) picked.add(one.id);
      else picked.delete(one.id);
      drawFoot();
    });
    return el(
      "div",
      {
        class: `row ${one.urgent ? "is-urgent" : ""}`,
        role: "option",
        "data-id": one.id,
        onclick: () => {
          cursor = index;
          desk.open(one.id);
          mark();
        },
      },
      pick,
      lightMark(one.light, t),
      iconOf(one.icon),
      el(
        "div",
        { class: "row-text" },
        el("p", { class: "row-title" }, one.urgent ? el("b", { class: "tag is-red" }, t("urgent")) : null, one.title),
        el(
          "p",
          { class: "row-facts" },
          [desk.stateName(one.state), desk.categoryName(one), one.area_name, one.department_name]
            .filter(Boolean)
            .join(" · "),
          ...flags(one, t),
        ),
      ),
      el(
        "div",
        { class: "row-time" },
        el(
          "span",
          { class: `left is-${one.light ?? "none"}`, "data-red": one.red_ms ?? "" },
          remaining(one.red_ms, Date.now(), desk),
        ),
        moment(one.reported_ms),
      ),
    );
  };
  const mark = () => {
    [...rows.children].forEach((node, i) => {
      node.setAttribute(
        "aria-selected",
        String(Number(/** @type {HTMLElement} */ (node).dataset.id) === state.values.caseId),
      );
      node.classList.toggle("is-cursor", i === cursor);
    });
  };
  world.on(["cases", "listError"], draw);
  world.on(["next"], drawFoot);
  state.on(["caseId"], mark);
  world.on(["minute"], () => {
    for (const node of rows.querySelectorAll(".left")) {
      const red = Number(/** @type {HTMLElement} */ (node).dataset.red);
      if (red) setText(node, remaining(red, Date.now(), desk));
    }
  });
  draw();
  return {
    move: (steps) => {
      const { cases } = world.values;
      if (!cases?.length) return;
      cursor = Math.max(0, Math.min(cases.length - 1, cursor + steps));
      mark();
      rows.children[cursor]?.scrollIntoView({ block: "nearest" });
      if (cursor === cases.length - 1 && world.values.next) void desk.loadList({ more: true });
    },
    open: () => {
      const one = world.values.cases?.[cursor];
      if (one) desk.open(one.id);
    },
    focusSearch: () => search.focus(),
    toggle: () => /** @type {HTMLElement | null} */ (rows.children[cursor]?.querySelector("input") ?? null)?.click(),
  };
}

/**
 * What happened to a case more often than it should.
 * @param {Case} one
 * @param {import("../core/i18n.js").Translate} t
 */
export function flags(one, t) {
  const counted = /** @type {const} */ (["urges", "supervisions", "returns", "reworks", "reopens"]);
  const tags = counted
    .filter((key) => one[key] > 0)
    .map((key) => el("b", { class: "tag" }, t(`flag.${key}`, { n: one[key] })));
  if (one.secret) tags.unshift(el("b", { class: "tag is-blue" }, t("flag.secret")));
  return tags;
}

/** @param {Desk} desk */
function filters(desk) {
  const { t, state } = desk;
  const places = desk.divisions
    .filter((one) => one.level > 1)
    .map((one) => /** @type {[string, string]} */ ([one.code, `${one.level === 3 ? "　" : ""}${one.name}`]));
  /** @type {[import("./desk.js").DeskState extends infer S ? keyof S : never, string, [string, string][]][]} */
  const all = [
    ["area", t("filter.area"), places],
    [
      "category",
      t("filter.category"),
      desk.config.categories.map((/** @type {any} */ one) => [one.code, desk.name(one)]),
    ],
    [
      "department",
      t("filter.department"),
      desk.me.role === "department"
        ? []
        : desk.config.departments.map((/** @type {any} */ one) => [one.code, one.name]),
    ],
    ["channel", t("filter.channel"), desk.config.channels.map((/** @type {any} */ one) => [one.code, desk.name(one)])],
    ["light", t("filter.light"), ["red", "yellow", "green"].map((light) => [light, t(`light.${light}`)])],
  ];
  return el(
    "div",
    { class: "filters" },
    ...all
      .filter(([, , options]) => options.length > 0)
      .map(([key, label, options]) => {
        const control = select([["", label], ...options], String(state.values[key]), { "aria-label": label });
        control.addEventListener("change", () => state.set({ [key]: control.value }));
        return control;
      }),
  );
}
