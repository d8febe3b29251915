/** Keys of other systems: made, shown once, revoked. */

import { moment } from "../desk/bits.js";
import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { openForm, openQuestion, openSecret } from "./dialogs.js";
import { bodyOf, FIELDS } from "./specs.js";
import { fill, head, table } from "./table.js";

/** @typedef {import("./setup.js").Setup} Setup */

/**
 * @param {HTMLElement} root
 * @param {Setup} setup
 */
export function mountKeys(root, setup) {
  root.replaceChildren(
    el("div", { class: "page" }, head(setup, "keys"), group(setup, "intake"), group(setup, "open311")),
  );
}

/**
 * @param {Setup} setup
 * @param {"intake" | "open311"} purpose
 */
function group(setup, purpose) {
  const { t } = setup;
  const path = `/api/v1/${purpose}-keys`;
  const body = el("div", {});
  const load = () =>
    fill(setup, body, async () => {
      if (purpose === "intake") setup.channels = (await get("/api/v1/case-settings")).channels;
      return list(setup, path, (await get(path)).keys, load);
    });
  const make = () =>
    openForm(setup, {
      title: t(`new.${purpose}`),
      note: t(`note.${purpose}`),
      fields: FIELDS[purpose],
      values: null,
      save: async (values) => {
        const made = await post(path, bodyOf(purpose, values));
        openSecret(setup, {
          title: t("key.title", { name: made.name }),
          secret: made.api_key,
          note: t(`key.use.${purpose}`),
        });
        await load();
      },
    });
  void load();
  return el(
    "section",
    {},
    el(
      "header",
      { class: "setup-head" },
      el("div", {}, el("h3", {}, t(`keys.${purpose}`)), el("p", { class: "quiet" }, t(`keys.${purpose}.about`))),
      el("button", { type: "button", class: "button is-main", onclick: make }, t(`new.${purpose}`)),
    ),
    body,
  );
}

/**
 * @param {Setup} setup
 * @param {string} path
 * @param {readonly any[]} keys
 * @param {() => Promise<void>} reload
 */
function list(setup, path, keys, reload) {
  const { t } = setup;
  const channel = (/** @type {string} */ code) => {
    const known = setup.channels.find((one) => one.code === code);
    return known ? setup.nameOf(known) : code;
  };
  const revoke = (/** @type {any} */ row) =>
    openQuestion(setup, {
      title: t("title.retire", { what: t("revoke"), name: row.name }),
      text: t("ask.key"),
      label: t("revoke"),
      run: async () => {
        await request(`${path}/${row.id}`, { method: "DELETE" });
        await reload();
      },
    });
  return table(setup, {
    columns: [
      { key: "whose", wide: true, show: (row) => row.name },
      { key: "channel", show: (row) => channel(row.channel) },
      { key: "made", show: (row) => moment(row.created_ms) },
      { key: "used", show: (row) => (row.used_ms ? moment(row.used_ms) : t("key.unused")) },
      { key: "state", show: (row) => (row.revoked_ms ? t("key.revoked") : t("key.good")) },
    ],
    rows: [...keys].sort((a, b) => Number(Boolean(a.revoked_ms)) - Number(Boolean(b.revoked_ms))),
    empty: t("empty.key"),
    done: (row) => Boolean(row.revoked_ms),
    actions: (row) => (row.revoked_ms ? [] : [{ label: t("revoke"), grave: true, run: () => revoke(row) }]),
  });
}
