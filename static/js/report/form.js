/** The form: what, what that kind asks besides, in which words, photos, where, who. Only the words are always needed. */

import { caseIcon } from "../core/case_icons.js";
import { el } from "../panel/dom.js";
import { groupsOf } from "./groups.js";
import { photoRow } from "./photo_row.js";
import { placePart } from "./place.js";
import { questionPart } from "./questions.js";

/** @typedef {import("./kept.js").Report} Report */
/** @typedef {Omit<Report, "clientId" | "code" | "atMs">} Filled */
/** @typedef {{info: import("./deliver.js").CodeInfo, i18n: import("../core/i18n.js").I18n, submit: (filled: Filled) => Promise<void>}} Tools */

const FEWEST_LETTERS = 2;
const DRAFT_KEY = "sanxun.report.draft";

/**
 * @param {HTMLElement} box
 * @param {Tools} tools
 */
export function mountForm(box, { info, i18n, submit }) {
  const { t } = i18n;
  const questions = questionPart(t);
  const what = categoryPart(info.categories, i18n, questions.ask);
  const text = el("textarea", {
    id: "text",
    rows: 5,
    maxlength: 4000,
    placeholder: t("text.hint"),
    "aria-describedby": "text-problem",
  });
  text.value = draft();
  text.addEventListener("input", () => keepDraft(text.value));
  const problem = el("p", { id: "text-problem", class: "problem", role: "alert", hidden: true }, t("text.needed"));
  const photos = photoRow({ id: "photo", t, alt: (n) => t("photo.alt", { n }), how: { multiple: true } });
  const place = placePart(t);
  const phone = el("input", { id: "phone", type: "tel", inputmode: "tel", autocomplete: "tel", maxlength: 20 });
  const name = el("input", { id: "name", autocomplete: "name", maxlength: 30 });
  const phoneProblem = el("p", { class: "problem", role: "alert", hidden: true }, t("problem.field.phone"));
  const secret = el("input", { id: "secret", type: "checkbox" });
  const send = el("button", { type: "submit", class: "main-button" }, t("submit"));
  const form = el(
    "form",
    { novalidate: true },
    el("p", { class: "urgent" }, t("urgent")),
    what.node,
    questions.node,
    part("text", t("text.title"), text, problem),
    part("", t("photo.title"), photos.node, el("p", { class: "hint" }, t("photo.hint"))),
    part("", t("place.title"), place.node),
    el(
      "fieldset",
      {},
      el("legend", {}, t("who.title")),
      el("p", { class: "hint" }, t("who.hint")),
      el("label", { for: "phone" }, t("who.phone")),
      phone,
      phoneProblem,
      el("label", { for: "name" }, t("who.name")),
      name,
      el("label", { class: "check" }, secret, el("span", {}, t("who.secret"), el("small", {}, t("who.secret.hint")))),
    ),
    send,
    el("p", { class: "hint centre" }, t("privacy")),
    info.hotline
      ? el("p", { class: "foot" }, el("a", { href: `tel:${info.hotline}` }, t("hotline", { hotline: info.hotline })))
      : null,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = text.value.trim().length >= FEWEST_LETTERS;
    const digits = phone.value.replace(/[\s-]/g, "");
    phoneProblem.hidden = digits === "" || /^(\+?86)?1\d{10}$|^0\d{9,11}$|^\d{7,8}$/.test(digits);
    const wrong = questions.check();
    if (wrong) return wrong.focus();
    if (!problem.hidden) return text.focus();
    if (!phoneProblem.hidden) return phone.focus();
    send.disabled = true;
    send.textContent = t("submitting");
    const blobs = await photos.blobs();
    await submit({
      description: text.value.trim(),
      category: what.chosen(),
      attributes: questions.answers(),
      place: place.chosen(),
      phone: digits,
      name: name.value.trim(),
      secret: secret.checked,
      photos: blobs.map((blob) => ({ blob, ref: null })),
    });
    keepDraft("");
  });
  box.replaceChildren(form);
}

/**
 * @param {string} id of the control, "" for a part without one
 * @param {string} title
 * @param {...Node} children
 */
function part(id, title, ...children) {
  return el(
    "section",
    {},
    id ? el("label", { class: "title", for: id }, title) : el("h2", { class: "title" }, title),
    ...children,
  );
}

/**
 * Six large kinds, then the small kinds of the chosen one; none has to be chosen.
 * @param {any[]} categories
 * @param {import("../core/i18n.js").I18n} i18n
 * @param {(questions: any[]) => void} ask
 */
function categoryPart(categories, { t, language }, ask) {
  const groups = groupsOf(categories, language);
  const small = el("div", { class: "tiles is-small", hidden: true });
  /** @type {string | null} */
  let code = null;
  const large = el("div", { class: "tiles" });
  for (const group of groups) {
    const tile = tileOf(group.icon, group.name, () => {
      press(large, tile);
      code = null;
      ask([]);
      small.hidden = false;
      small.replaceChildren(
        ...group.categories.map((one) => {
          const button = tileOf(one.icon, one.label, () => {
            press(small, button);
            code = one.code;
            ask(one.attributes ?? []);
          });
          return button;
        }),
      );
      if (group.categories.length === 1) small.querySelector("button")?.click();
    });
    large.append(tile);
  }
  const node = el(
    "section",
    {},
    el("h2", { class: "title" }, t("what.title")),
    large,
    small,
    el("p", { class: "hint" }, t("what.hint")),
  );
  return { node, chosen: () => code };
}

/**
 * @param {string} icon
 * @param {string} label
 * @param {() => void} onclick
 */
function tileOf(icon, label, onclick) {
  return el(
    "button",
    { type: "button", class: "tile", "aria-pressed": "false", onclick },
    caseIcon(icon),
    el("span", {}, label),
  );
}

/**
 * @param {HTMLElement} box
 * @param {HTMLElement} chosen
 */
function press(box, chosen) {
  for (const tile of box.children) tile.setAttribute("aria-pressed", String(tile === chosen));
}

function draft() {
  try {
    return sessionStorage.getItem(DRAFT_KEY) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} text */
function keepDraft(text) {
  try {
    sessionStorage.setItem(DRAFT_KEY, text);
  } catch {
    // Storage may be refused: the draft then lives in the field alone.
  }
}
