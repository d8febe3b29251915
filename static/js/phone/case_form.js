/** The report form of a grid worker: what it is, what that kind asks besides, where, photos, a few words; kept on the phone when sent. */

import { caseIcon } from "../core/case_icons.js";
import { el } from "../panel/dom.js";
import { groupsOf } from "../report/groups.js";
import { questionPart } from "../report/questions.js";
import { casePhotos } from "./case_photos.js";
import { placeRow } from "./case_place.js";

/** @typedef {import("./cases.js").Category} Category */
/** @typedef {import("./cases.js").Filled} Filled */
/** @typedef {{categories: Category[], last: () => import("./queue.js").Fix | null, now: () => number, i18n: import("../core/i18n.js").I18n, submit: (filled: Filled) => Promise<void>}} Tools */

const FEWEST_LETTERS = 2;

/**
 * @param {Tools} tools
 * @returns {{node: HTMLFormElement, locate: () => void}}
 */
export function reportForm({ categories, last, now, i18n, submit }) {
  const { t } = i18n;
  const urgent = el("input", { type: "checkbox", id: "case-urgent" });
  const questions = questionPart(t);
  const what = tiles(categories, i18n, (one) => {
    if (one) urgent.checked = one.urgent;
    questions.ask(one?.attributes ?? []);
  });
  const solved = el("input", { type: "checkbox", id: "case-solved" });
  const seen = casePhotos({ role: "report", title: t("photo.report"), t });
  const before = casePhotos({ role: "before", title: t("photo.before"), t });
  const after = casePhotos({ role: "after", title: t("photo.after"), t });
  const text = el("textarea", { id: "case-text", rows: 3, maxlength: 2000, placeholder: t("text.hint") });
  const where = placeRow({ last, now, t });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const send = el("button", { type: "submit", class: "button primary" }, t("report.send"));
  const showPhotos = () => {
    seen.node.hidden = solved.checked;
    before.node.hidden = after.node.hidden = !solved.checked;
  };
  solved.addEventListener("change", showPhotos);
  showPhotos();
  const wrong = () => {
    if (!what.chosen()) return "report.need.category";
    if (text.value.trim().length < FEWEST_LETTERS) return "report.need.text";
    if (solved.checked && !(before.count() && after.count())) return "report.need.both";
    if (!solved.checked && !seen.count()) return "report.need.photo";
    return where.place() ? "" : "report.need.place";
  };
  const form = el(
    "form",
    { class: "case-form", novalidate: true },
    what.node,
    questions.node,
    el("label", { class: "check" }, solved, el("span", {}, t("report.solved"))),
    seen.node,
    before.node,
    after.node,
    el("label", { for: "case-text" }, t("text.title")),
    text,
    where.node,
    el("label", { class: "check" }, urgent, el("span", {}, t("report.urgent"))),
    el("div", { class: "bottom" }, problem, send),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const lack = wrong();
    problem.hidden = lack === "";
    problem.textContent = lack && t(lack);
    const place = where.place();
    const category = what.chosen();
    const unanswered = questions.check();
    if (unanswered) return unanswered.focus();
    if (lack || !place || !category) return;
    send.disabled = true;
    const rows = solved.checked ? [before, after] : [seen];
    const photos = (await Promise.all(rows.map((row) => row.photos()))).flat();
    const words = { description: text.value.trim(), urgent: urgent.checked, selfHandled: solved.checked };
    try {
      await submit({ category: category.code, attributes: questions.answers(), place, photos, ...words });
    } catch {
      problem.hidden = send.disabled = false;
      problem.textContent = t("report.full");
    }
  });
  return { node: form, locate: where.ask };
}

/**
 * The large kinds, then the small kinds of the chosen one.
 * @param {Category[]} categories
 * @param {import("../core/i18n.js").I18n} i18n
 * @param {(chosen: Category | null) => void} onChosen
 */
function tiles(categories, { t, language }, onChosen) {
  /** @type {Category | null} */
  let category = null;
  const large = el("div", { class: "tiles", role: "group", "aria-label": t("report.what") });
  const small = el("div", { class: "tiles", role: "group", hidden: true });
  for (const group of groupsOf(categories, language)) {
    const open = () => {
      press(large, tile);
      category = null;
      onChosen(null);
      small.hidden = false;
      small.replaceChildren(
        ...group.categories.map((one) => {
          const button = tileOf(one.icon, one.label, () => {
            press(small, button);
            category = categories.find(({ code }) => code === one.code) ?? null;
            if (category) onChosen(category);
          });
          return button;
        }),
      );
      if (group.categories.length === 1) small.querySelector("button")?.click();
    };
    const tile = tileOf(group.icon, group.name, open);
    large.append(tile);
  }
  return { node: el("section", {}, el("h2", {}, t("report.what")), large, small), chosen: () => category };
}

/**
 * @param {string} icon
 * @param {string} label
 * @param {() => void} onclick
 */
function tileOf(icon, label, onclick) {
  const attributes = { type: "button", class: "tile", "aria-pressed": "false", onclick };
  return el("button", attributes, caseIcon(icon), el("span", {}, label));
}

/**
 * @param {HTMLElement} box
 * @param {HTMLElement} chosen
 */
function press(box, chosen) {
  for (const tile of box.children) tile.setAttribute("aria-pressed", String(tile === chosen));
}
