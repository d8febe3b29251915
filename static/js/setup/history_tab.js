/** Who changed what when, and from what to what. */

import { failure, moment, select } from "../desk/bits.js";
import { get } from "../net/api.js";
import { el } from "../panel/dom.js";
import { fill, head, table } from "./table.js";
import { differences } from "./told.js";

/** @typedef {import("./setup.js").Setup} Setup */

const KINDS = ["category", "channel", "template", "limit", "plan"];
const MOST_SHOWN = 6; // of a new thing everything differs: the rest is folded

/**
 * @param {HTMLElement} root
 * @param {Setup} setup
 */
export function mountHistory(root, setup) {
  const { t } = setup;
  const body = el("div", {});
  const kinds = KINDS.map((one) => /** @type {[string, string]} */ ([one, t(`thing.${one}`)]));
  const kind = select([["", t("all")], ...kinds], "", { "aria-label": t("c.thing") });
  const load = () =>
    fill(setup, body, async () => {
      const { limits } = await get("/api/v1/case-settings");
      const stages = new Map(
        limits.map((/** @type {any} */ one) => [one.stage, setup.language === "en" ? one.en : one.zh]),
      );
      return pages(setup, kind.value, await read(kind.value, ""), stages);
    });
  kind.addEventListener("change", () => void load());
  root.replaceChildren(el("div", { class: "page" }, head(setup, "history", kind), body));
  void load();
}

/**
 * @param {string} kind
 * @param {string} cursor
 */
function read(kind, cursor) {
  const query = new URLSearchParams({ limit: "50" });
  if (kind) query.set("kind", kind);
  if (cursor) query.set("cursor", cursor);
  return get(`/api/v1/case-settings/history?${query}`);
}

/**
 * @param {Setup} setup
 * @param {string} kind
 * @param {{changes: any[], next: string | null}} first
 * @param {Map<string, string>} stages
 */
function pages(setup, kind, first, stages) {
  const { t } = setup;
  let { changes, next } = first;
  const root = el("div", {});
  const more = async () => {
    try {
      const page = await read(kind, next ?? "");
      changes = [...changes, ...page.changes];
      next = page.next;
      draw();
    } catch (error) {
      setup.say(failure(error, t));
    }
  };
  const draw = () =>
    root.replaceChildren(
      list(setup, changes, stages),
      next ? el("p", {}, el("button", { type: "button", class: "button", onclick: () => void more() }, t("more"))) : "",
    );
  draw();
  return root;
}

/**
 * @param {Setup} setup
 * @param {readonly any[]} changes
 * @param {Map<string, string>} stages
 */
function list(setup, changes, stages) {
  const { t } = setup;
  return table(setup, {
    columns: [
      { key: "when", show: (row) => moment(row.at_ms) },
      { key: "who", show: (row) => row.account ?? t("nobody") },
      { key: "thing", wide: true, show: (row) => `${t(`thing.${row.kind}`)} · ${nameOf(row, stages)}` },
      { key: "change", wide: true, show: (row) => changeOf(setup, row) },
    ],
    rows: changes,
    empty: t("empty.history"),
  });
}

/**
 * @param {any} row
 * @param {Map<string, string>} stages
 */
function nameOf({ kind, key, before, after }, stages) {
  const thing = after ?? before ?? {};
  if (kind === "limit") return stages.get(key) ?? key;
  return thing.name ?? thing.title ?? key;
}

/**
 * @param {Setup} setup
 * @param {any} row
 */
function changeOf(setup, row) {
  const { t } = setup;
  if (row.after === null) return el("span", { class: "tag is-red" }, t(row.kind === "plan" ? "dropped" : "retired"));
  const lines = differences(row, t, (code) => setup.departmentName(code)).map(({ name, before, after }) =>
    el(
      "p",
      { class: "change-line" },
      t("colon", { name }),
      row.before ? el("del", {}, before || t("nothing")) : null,
      row.before ? " → " : null,
      el("ins", {}, after || t("nothing")),
    ),
  );
  const rest = lines.splice(MOST_SHOWN);
  return el(
    "div",
    {},
    row.before ? null : el("span", { class: "tag is-blue" }, t("made.new")),
    ...lines,
    rest.length > 0 ? el("details", {}, el("summary", {}, t("more.fields", { n: rest.length })), ...rest) : null,
  );
}
