/** The tabs of things that are listed, made, changed and retired: categories, channels, texts, limits, working hours. */

import { failure, iconOf, select } from "../desk/bits.js";
import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { openForm, openQuestion } from "./dialogs.js";
import { bodyOf, FIELDS, KEPT_CHANNELS } from "./specs.js";
import { fill, head, table } from "./table.js";
import { hoursText, limitText, weekdaysText } from "./told.js";

/** @typedef {import("./setup.js").Setup} Setup */
/** @typedef {import("./specs.js").Kind} Kind */
/**
 * @typedef {object} Thing
 * @property {Kind} kind
 * @property {string} list where it stands in the settings
 * @property {(row: any) => string} id of its address
 * @property {(row: any) => string} name in titles and questions
 * @property {(setup: Setup) => readonly import("./table.js").Column[]} columns
 * @property {boolean} add whether there can be more
 * @property {(row: any) => boolean} retires whether this one can be retired
 * @property {(row: any) => boolean} changes
 * @property {(row: any) => string} [group] a filter above the list
 */

const PATH = "/api/v1/case-settings";
const always = () => true;

/** @type {Record<string, Thing>} */
export const THINGS = {
  categories: {
    kind: "category",
    list: "categories",
    id: (row) => row.code,
    name: (row) => row.name,
    columns: (setup) => [
      { key: "name", wide: true, show: (row) => named(setup, row, iconOf(row.icon)) },
      { key: "code", show: (row) => row.code },
      { key: "group", show: (row) => row.group },
      { key: "department", wide: true, show: (row) => row.department_name },
      { key: "limit", show: (row) => limitText(row, setup.t) },
      { key: "marks", show: (row) => marks(setup, row) },
    ],
    add: true,
    retires: (row) => row.enabled,
    changes: always,
    group: (row) => row.group,
  },
  channels: {
    kind: "channel",
    list: "channels",
    id: (row) => row.code,
    name: (row) => row.name,
    columns: (setup) => [
      { key: "name", wide: true, show: (row) => named(setup, row, null) },
      { key: "code", show: (row) => row.code },
      { key: "kind", show: (row) => setup.t(`kind.${row.kind}`) },
      { key: "verify", show: (row) => (row.verify ? setup.t("yes") : null) },
    ],
    add: true,
    retires: (row) => row.enabled && !KEPT_CHANNELS.includes(row.code),
    changes: always,
  },
  templates: {
    kind: "template",
    list: "templates",
    id: (row) => String(row.id),
    name: (row) => row.title,
    columns: (setup) => [
      { key: "title", wide: true, show: (row) => retired(setup, row, row.title) },
      { key: "kind", show: (row) => setup.t(`kind.${row.kind}`) },
      { key: "body", wide: true, show: (row) => el("span", { class: "clipped", title: row.body }, row.body) },
    ],
    add: true,
    retires: (row) => row.enabled,
    changes: always,
  },
  limits: {
    kind: "limit",
    list: "limits",
    id: (row) => row.stage,
    name: (row) => row.zh,
    columns: (setup) => [
      { key: "stage", wide: true, show: (row) => (setup.language === "en" ? row.en : row.zh) },
      { key: "limit", show: (row) => limitText(row, setup.t) },
    ],
    add: false,
    retires: () => false,
    changes: always,
  },
  plans: {
    kind: "plan",
    list: "plans",
    id: (row) => row.from,
    name: (row) => row.from,
    columns: (setup) => [
      { key: "from", show: (row) => row.from },
      { key: "weekdays", wide: true, show: (row) => weekdaysText(row.weekdays, setup.t) },
      { key: "hours", wide: true, show: (row) => hoursText(row.hours) },
      { key: "state", show: (row) => (row.from >= setup.tomorrow ? setup.t("plan.coming") : null) },
    ],
    add: true,
    retires: (row) => row.coming,
    changes: (row) => row.coming,
  },
};

/**
 * @param {Setup} setup
 * @param {any} row
 * @param {Node | null} mark
 */
function named(setup, row, mark) {
  return el("span", {}, mark, retired(setup, row, setup.nameOf(row)));
}

/**
 * @param {Setup} setup
 * @param {{enabled: boolean}} row
 * @param {string} text
 */
function retired({ t }, row, text) {
  return el("span", {}, text, row.enabled ? null : el("span", { class: "tag" }, t("retired")));
}

/**
 * @param {Setup} setup
 * @param {any} row
 */
function marks({ t }, row) {
  const found = [
    row.urgent ? el("span", { class: "tag is-red" }, t("mark.urgent")) : null,
    row.needs_check ? null : el("span", { class: "tag is-blue" }, t("mark.no_check")),
    row.in_public ? null : el("span", { class: "tag" }, t("mark.inside")),
  ].filter((one) => one !== null);
  return found.length > 0 ? el("span", {}, ...found) : null;
}

/**
 * @param {HTMLElement} root
 * @param {Setup} setup
 * @param {string} key
 */
export function mountThings(root, setup, key) {
  const thing = /** @type {Thing} */ (THINGS[key]);
  const { t } = setup;
  const body = el("div", {});
  /** @type {any[]} */
  let rows = [];
  const group = select([["", t("all")]], "", { "aria-label": t("c.group") });
  const words = el("input", { type: "search", placeholder: t("search"), "aria-label": t("search") });
  const draw = () => list(setup, thing, rows.filter(wanted), load);
  /** @param {any} row */
  const wanted = (row) =>
    (!group.value || thing.group?.(row) === group.value) &&
    [thing.name(row), row.name_en, row.code, row.body, ...(row.keywords ?? [])].join(" ").includes(words.value.trim());
  const load = () =>
    fill(setup, body, async () => {
      const settings = await get(PATH);
      rows = settings[thing.list].map((/** @type {any} */ row) => ({
        ...row,
        ...(thing.kind === "plan" ? { coming: row.from >= setup.tomorrow } : {}),
      }));
      const groups = thing.group ? [...new Set(rows.map(thing.group))] : [];
      const { value } = group;
      group.replaceChildren(
        ...[["", t("all")], ...groups.map((one) => [one, one])].map(([code, text]) =>
          el("option", { value: code, selected: code === value }, text ?? ""),
        ),
      );
      return draw();
    });
  const again = () => body.replaceChildren(draw());
  group.addEventListener("change", again);
  words.addEventListener("input", again);
  const add = el("button", { type: "button", class: "button is-main" }, t(`new.${thing.kind}`));
  add.addEventListener("click", () => edit(setup, thing, null, load));
  const tools = [thing.group ? group : null, thing.group ? words : null, thing.add ? add : null];
  root.replaceChildren(el("div", { class: "page" }, head(setup, key, ...tools), body));
  void load();
}

/**
 * @param {Setup} setup
 * @param {Thing} thing
 * @param {readonly any[]} rows
 * @param {() => Promise<void>} reload
 */
function list(setup, thing, rows, reload) {
  const { t } = setup;
  return table(setup, {
    columns: thing.columns(setup),
    rows,
    empty: t(`empty.${thing.kind}`),
    done: (row) => row.enabled === false,
    actions: (row) => {
      if (row.enabled === false) return [{ label: t("restore"), run: () => void restore(setup, thing, row, reload) }];
      return [
        ...(thing.changes(row) ? [{ label: t("change"), run: () => edit(setup, thing, row, reload) }] : []),
        ...(thing.retires(row)
          ? [{ label: t(`retire.${thing.kind}`), grave: true, run: () => retire(setup, thing, row, reload) }]
          : []),
      ];
    },
  });
}

/**
 * @param {Setup} setup
 * @param {Thing} thing
 * @param {any} row null: a new one
 * @param {() => Promise<void>} reload
 */
function edit(setup, thing, row, reload) {
  const { t } = setup;
  openForm(setup, {
    title: row ? t("title.change", { name: titleOf(setup, thing, row) }) : t(`new.${thing.kind}`),
    note: t(`note.${thing.kind}`),
    fields: FIELDS[thing.kind],
    values: row,
    save: async (values) => {
      await send(thing, values, row);
      setup.dialog.close();
      setup.say(t("saved"));
      await reload();
    },
  });
}

/**
 * @param {Setup} setup
 * @param {Thing} thing
 * @param {any} row
 */
function titleOf(setup, thing, row) {
  return thing.kind === "limit" && setup.language === "en" ? row.en : thing.name(row);
}

/**
 * @param {Thing} thing
 * @param {Record<string, any>} values
 * @param {any} before
 */
function send(thing, values, before) {
  const body = bodyOf(thing.kind, values);
  const path = `${PATH}/${thing.list}`;
  if (thing.kind === "plan" || (thing.kind === "template" && !before)) return post(path, body);
  return request(`${path}/${encodeURIComponent(thing.id(values))}`, { method: "PUT", body });
}

/**
 * @param {Setup} setup
 * @param {Thing} thing
 * @param {any} row
 * @param {() => Promise<void>} reload
 */
async function restore(setup, thing, row, reload) {
  const problem = await send(thing, row, row).then(
    () => "",
    (error) => failure(error, setup.t),
  );
  setup.say(problem || setup.t("restored", { name: thing.name(row) }));
  await reload();
}

/**
 * @param {Setup} setup
 * @param {Thing} thing
 * @param {any} row
 * @param {() => Promise<void>} reload
 */
function retire(setup, thing, row, reload) {
  const { t } = setup;
  openQuestion(setup, {
    title: t("title.retire", { what: t(`retire.${thing.kind}`), name: thing.name(row) }),
    text: t(`ask.${thing.kind}`),
    label: t(`retire.${thing.kind}`),
    run: async () => {
      await request(`${PATH}/${thing.list}/${encodeURIComponent(thing.id(row))}`, { method: "DELETE" });
      setup.say(t("retired.said", { name: thing.name(row) }));
      await reload();
    },
  });
}
