/** Texts to begin with, filled with what is known of the case. */

import { select } from "./bits.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @param {readonly string[]} kinds
 * @param {HTMLTextAreaElement} text
 * @param {import("./desk.js").Detail | null} detail
 * @returns {Node} nothing to see where the county keeps no template of these kinds
 */
export function templatesFor(desk, kinds, text, detail) {
  const list = desk.config.templates.filter((/** @type {any} */ one) => kinds.includes(one.kind));
  if (list.length === 0) return document.createTextNode("");
  const control = select(
    [["", desk.t("template.choose")], ...list.map((/** @type {any} */ one) => [String(one.id), one.title])],
    "",
    { class: "template", "aria-label": desk.t("template.choose") },
  );
  control.addEventListener("change", () => {
    const chosen = list.find((/** @type {any} */ one) => String(one.id) === control.value);
    if (chosen) text.value = filled(chosen.body, detail);
    control.value = "";
    text.focus();
  });
  return control;
}

/**
 * @param {string} body with {department}, {result}, {number}
 * @param {import("./desk.js").Detail | null} detail
 */
export function filled(body, detail) {
  /** @type {Record<string, string>} */
  const known = {
    department: detail?.case.department_name ?? "",
    result: detail?.result ?? "",
    number: detail?.case.number ?? "",
  };
  return body.replace(/\{(\w+)\}/g, (whole, name) => known[name] || (name in known ? "……" : whole));
}
