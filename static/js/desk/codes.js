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
      { class: "page no-print" },
      el("h2", {}, t("tab.codes")),
      el("p", { class: "quiet" }, t("codes.hint")),
      desk.may("case.config") ? newForm(desk, load) : null,
      body,
    ),
    el("div", { class: "posters" }),
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
        one.revoked_ms
          ? null
          : el("button", { type: "button", class: "button", onclick: () => void print(desk, [one]) }, t("codes.print")),
        one.revoked_ms ? null : pdfLink("PDF", `?code=${encodeURIComponent(one.code)}`),
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
    good.length > 1
      ? el(
          "p",
          {},
          el(
            "button",
            { type: "button", class: "button is-main", onclick: () => void print(desk, good) },
            t("codes.print_all", { n: good.length }),
          ),
          " ",
          pdfLink(t("codes.pdf_all", { n: good.length }), ""),
        )
      : null,
    el(
      "div",
      { class: "wide-table" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
    ),
  );
}

/**
 * The same posters made by the server, to be kept or sent to a print shop.
 * @param {string} text
 * @param {string} search
 */
function pdfLink(text, search) {
  return el("a", { class: "button is-link", href: `/api/v1/case-posters${search}`, download: "posters.pdf" }, text);
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

/**
 * Posters to the printer (or to a PDF, which every browser's print dialog makes).
 * @param {Desk} desk
 * @param {Code[]} codes
 */
async function print(desk, codes) {
  const box = /** @type {HTMLElement} */ (document.querySelector(".posters"));
  const posters = codes.map((one) => poster(one));
  box.replaceChildren(...posters.map(({ node }) => node));
  await Promise.all(posters.map(({ ready }) => ready));
  if (posters.some(({ node }) => node.querySelector("img")?.naturalWidth === 0)) return desk.say(desk.t("codes.no_qr"));
  window.print();
}

/**
 * The poster itself is always Chinese: it hangs in the village.
 * @param {Code} one
 */
function poster(one) {
  const image = el("img", { src: `/api/v1/case-codes/${one.code}/qr.svg`, alt: one.url });
  const node = el(
    "article",
    { class: "poster", lang: "zh-CN" },
    el("p", { class: "poster-head" }, "民情码"),
    el("h2", {}, one.area_name),
    one.place ? el("p", { class: "poster-place" }, one.place) : null,
    image,
    el("p", { class: "poster-call" }, "有事您说　件件有回音"),
    el(
      "ol",
      {},
      el("li", {}, "打开微信“扫一扫”，或用手机相机扫码"),
      el("li", {}, "说说是什么事，可以拍张照片"),
      el("li", {}, "记下查询码，随时查进度、看答复"),
    ),
    el("p", { class: "poster-url" }, one.url),
    el("p", { class: "poster-foot" }, "不用下载、不用注册。着火、有人受伤请先打 119、120、110。"),
  );
  return { node, ready: image.decode().catch(() => {}) };
}
