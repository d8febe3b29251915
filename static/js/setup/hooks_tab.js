/** Webhooks: whom the program tells, of what, and whether it arrived. */

import { failure } from "../desk/bits.js";
import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { openDeliveries } from "./deliveries.js";
import { openForm, openQuestion, openSecret } from "./dialogs.js";
import { bodyOf, FIELDS } from "./specs.js";
import { fill, head, table } from "./table.js";

/** @typedef {import("./setup.js").Setup} Setup */

const PATH = "/api/v1/webhooks";

/**
 * @param {HTMLElement} root
 * @param {Setup} setup
 */
export function mountHooks(root, setup) {
  const { t } = setup;
  const body = el("div", {});
  const load = () =>
    fill(setup, body, async () => {
      const found = await get(PATH);
      setup.hookKinds = found.kinds;
      return list(setup, found.webhooks, load);
    });
  const add = el("button", { type: "button", class: "button is-main", onclick: () => edit(setup, null, load) });
  add.append(t("new.hook"));
  root.replaceChildren(el("div", { class: "page" }, head(setup, "hooks", add), body));
  void load();
}

/**
 * @param {Setup} setup
 * @param {readonly any[]} hooks
 * @param {() => Promise<void>} reload
 */
function list(setup, hooks, reload) {
  const { t } = setup;
  return table(setup, {
    columns: [
      {
        key: "whose",
        wide: true,
        show: (row) => el("span", {}, row.name, row.retired_ms ? el("span", { class: "tag" }, t("retired")) : null),
      },
      { key: "url", wide: true, show: (row) => row.url },
      { key: "kinds", wide: true, show: (row) => kindsText(setup, row.kinds) },
      {
        key: "scope",
        show: (row) =>
          [setup.areaName(row.area), row.department ? setup.departmentName(row.department) : ""]
            .filter(Boolean)
            .join(" · "),
      },
      { key: "health", show: (row) => health(setup, row) },
    ],
    rows: [...hooks].sort((a, b) => Number(Boolean(a.retired_ms)) - Number(Boolean(b.retired_ms))),
    empty: t("empty.hook"),
    done: (row) => Boolean(row.retired_ms),
    actions: (row) => actions(setup, row, reload),
  });
}

/**
 * @param {Setup} setup
 * @param {any} row
 * @param {() => Promise<void>} reload
 */
function actions(setup, row, reload) {
  const { t } = setup;
  const story = { label: t("hook.deliveries"), run: () => openDeliveries(setup, row, reload) };
  if (row.retired_ms) return [story];
  return [
    { label: t("change"), run: () => edit(setup, row, reload) },
    { label: t("hook.test"), run: () => void test(setup, row, reload) },
    story,
    { label: t("retire.hook"), grave: true, run: () => retire(setup, row, reload) },
  ];
}

/**
 * @param {Setup} setup
 * @param {readonly string[]} kinds
 */
function kindsText({ t }, kinds) {
  return kinds.length === 0 ? t("hook.all_kinds") : kinds.map((one) => t(`event.${one}`)).join(t("comma"));
}

/**
 * @param {Setup} setup
 * @param {{failures: number, waiting: number, dead: number}} row
 */
function health({ t }, { failures, waiting, dead }) {
  const parts = [
    waiting ? el("span", {}, t("hook.waiting", { n: waiting }), " ") : null,
    dead ? el("span", { class: "is-dead-word" }, t("hook.dead", { n: dead }), " ") : null,
    failures ? el("span", { class: "is-dead-word" }, t("hook.failing", { n: failures })) : null,
  ].filter((one) => one !== null);
  return el("span", {}, ...(parts.length > 0 ? parts : [el("span", { class: "is-done-word" }, t("hook.fine"))]));
}

/**
 * @param {Setup} setup
 * @param {any} row null: a new one
 * @param {() => Promise<void>} reload
 */
function edit(setup, row, reload) {
  const { t } = setup;
  openForm(setup, {
    title: row ? t("title.change", { name: row.name }) : t("new.hook"),
    note: t("note.hook"),
    fields: FIELDS.hook.map((field) => (field.key === "area" ? { ...field, first: setup.me.area.code } : field)),
    values: row,
    save: async (values) => {
      const body = bodyOf("hook", values);
      if (row) {
        await request(`${PATH}/${row.id}`, { method: "PUT", body });
        setup.dialog.close();
        setup.say(t("saved"));
      } else {
        const made = await post(PATH, body);
        openSecret(setup, { title: t("hook.secret", { name: body.name }), secret: made.secret, note: t("hook.use") });
      }
      await reload();
    },
  });
}

/**
 * @param {Setup} setup
 * @param {any} row
 * @param {() => Promise<void>} reload
 */
async function test(setup, row, reload) {
  try {
    await post(`${PATH}/${row.id}/test`, {});
    openDeliveries(setup, row, reload);
  } catch (error) {
    setup.say(failure(error, setup.t));
  }
}

/**
 * @param {Setup} setup
 * @param {any} row
 * @param {() => Promise<void>} reload
 */
function retire(setup, row, reload) {
  const { t } = setup;
  openQuestion(setup, {
    title: t("title.retire", { what: t("retire.hook"), name: row.name }),
    text: t("ask.hook"),
    label: t("retire.hook"),
    run: async () => {
      await request(`${PATH}/${row.id}`, { method: "DELETE" });
      await reload();
    },
  });
}
