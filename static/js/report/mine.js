/** What was reported from this phone before, each leading to its progress. */

import { el } from "../panel/dom.js";
import { receipts } from "./kept.js";

const LETTERS = 24;

/**
 * @param {import("../core/i18n.js").Translate} t
 * @returns {HTMLElement | null} null where nothing is kept
 */
export function mineList(t) {
  const list = receipts();
  if (list.length === 0) return null;
  const items = list.map(({ queryCode, text, number }) => {
    const title = text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text;
    return el("li", {}, el("a", { href: `/q/${encodeURIComponent(queryCode)}` }, title, el("small", {}, number)));
  });
  return el("section", { class: "mine" }, el("h2", {}, t("mine.title")), el("ul", {}, ...items));
}
