/** A field for a day that is written as the county writes days, in whatever language the browser itself is. */

import { el } from "./dom.js";

/**
 * The browser's own field and picker. While nobody edits it, the stylesheet (tokens.css) shows `data-shown` in its place:
 * a Chinese page in an English browser would otherwise say 11/24/2026.
 * @param {import("./dom.js").Attributes} attributes
 */
export function dateInput(attributes) {
  const node = el("input", { ...attributes, type: "date" });
  const own = /** @type {{get: () => string, set: (value: string) => void}} */ (
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")
  );
  const show = () => {
    node.dataset.shown = own.get.call(node);
  };
  const set = (/** @type {string} */ value) => {
    own.set.call(node, value);
    show();
  };
  Object.defineProperty(node, "value", { get: own.get, set });
  node.addEventListener("input", show);
  node.addEventListener("change", show);
  show();
  return node;
}
