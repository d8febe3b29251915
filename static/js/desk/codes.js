/** Village codes: made, revoked, and printed as posters, one to a page. */

import { get, post, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { failure, field, moment, note, problemLine, say, select } from "./bits.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{code: string, area: string, area_name: string, place: string, url: string, created_ms: number, revoked_ms: number | null}} Code */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountCodes(root, desk) {
  const { t } = desk;
  const body = el("div", {});
  const load = async () => {
    body.replaceChildren(note(t("loading")));
    try {
      body.replaceChildren(list(desk, await allCodes(), load));
    } catch (error) {
      body.replaceChildren(note(failure(error, t), { retry: () => void load(), label: t("retry"), bad: true }));
    }
  };
  root.replaceChildren(
    el(
      "div",
      { class: "page" },
      el("h2", {}, t("tab.codes")),
      el("p", { class: "quiet" }, t("codes.hint")),
      desk.may("case.config") ? newForm(desk, load) : null,
      body,
    ),
  );
  void load();
}

/** @returns {Promise<Code[]>} of one's whole area, by village */
async function allCodes() {
  /** @type {Code[]} */
  const found = [];
  let cursor = "";
  do {
    const page = await get(`/api/v1/case-codes?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    found.push(...page.codes);
    cursor = page.next ?? "";
  } while (cursor);
  return found.sort((a, b) => a.area.localeCompare(b.area) || b.created_ms - a.created_ms);
}

/**
 * @param {Desk} desk
 * @param {Code[]} codes
 * @param {() => Promise<void>} reload
 */
function list(desk, codes, reload) {
  const { t } = desk;
  const good = codes.filter((one) => !one.revoked_ms);
  if (codes.length === 0) return note(t("codes.none"));
  const rows = codes.map((one) =>
    el(
      "tr",
      { class: one.revoked_ms ? "is-done" : "" },
      el("th", { scope: "row" }, one.area_name),
      el("td", {}, one.place),
      el("td", {}, one.revoked_ms ? one.url : el("a", { href: one.url, target: "_blank", rel: "noopener" }, one.url)),
      el("td", {}, one.revoked_ms ? t("codes.revoked") : moment(one.created_ms)),
      el(
        "td",
        {},
        one.revoked_ms ? null : pdfLink(t("codes.poster"), `?code=${encodeURIComponent(one.code)}`),
        one.revoked_ms || !desk.may("case.config")
          ? null
          : el(
              "button",
              { type: "button", class: "button is-grave", onclick: () => revoke(desk, one, reload) },
              t("codes.revoke"),
            ),
      ),
    ),
  );
  const head = ["village", "place", "address", "since", "what"].map((key) =>
    el("th", { scope: "col" }, t(`codes.${key}`)),
  );
  return el(
    "section",
    {},
    good.length > 1 ? el("p", {}, pdfLink(t("codes.posters", { n: good.length }), "")) : null,
    el(
      "div",
      { class: "wide-table" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
    ),
  );
}

/**
 * Posters as the server makes them, in a tab of their own: to be printed, kept or sent to a print shop.
 * @param {string} text
 * @param {string} search
 */
function pdfLink(text, search) {
  return el("a", { class: "button is-link", href: `/api/v1/case-posters${search}`, target: "_blank" }, text);
}

/**
 * @param {Desk} desk
 * @param {() => Promise<void>} reload
 */
function newForm(desk, reload) {
  const { t } = desk;
  const villages = desk.divisions
    .filter((one) => one.level === 3)
    .map((one) => /** @type {[string, string]} */ ([one.code, one.name]));
  const area = select(villages);
  const place = el("input", { maxlength: 60, placeholder: t("codes.place.hint") });
  const problem = problemLine();
  const form = el(
    "form",
    { class: "code-form" },
    field(t("codes.village"), area),
    field(t("codes.place"), place),
    el("button", { type: "submit", class: "button is-main" }, t("codes.make")),
    problem,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(problem, "");
    try {
      await post("/api/v1/case-codes", {
        area: area.value,
        ...(place.value.trim() ? { place: place.value.trim() } : {}),
      });
      await reload();
    } catch (error) {
      say(problem, failure(error, t));
    }
  });
  return form;
}

/**
 * A revoked code on a wall leads nowhere, so this one asks first.
 * @param {Desk} desk
 * @param {Code} one
 * @param {() => Promise<void>} reload
 */
function revoke(desk, one, reload) {
  const { t, dialog } = desk;
  const problem = problemLine();
  const go = async () => {
    try {
      await request(`/api/v1/case-codes/${one.code}`, { method: "DELETE" });
      dialog.close();
      await reload();
    } catch (error) {
      say(problem, failure(error, t));
    }
  };
  dialog.replaceChildren(
    el("h2", {}, t("codes.revoke.title", { name: one.area_name })),
    el("p", {}, t("codes.revoke.text")),
    problem,
    el(
      "p",
      { class: "dialog-foot" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel")),
      el("button", { type: "button", class: "button is-grave", onclick: () => void go() }, t("codes.revoke")),
    ),
  );
  dialog.showModal();
}
