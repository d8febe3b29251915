/** A titled part of the case page, and a link to another case. */

import { el } from "../panel/dom.js";

/**
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function part(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}

/**
 * @param {import("./desk.js").Desk} desk
 * @param {number} id
 * @param {string} text
 */
export function caseLink(desk, id, text) {
  return el("button", { type: "button", class: "link", onclick: () => desk.open(id) }, text);
}
