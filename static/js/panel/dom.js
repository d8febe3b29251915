/** Making elements without strings of HTML: text can never become markup. */

/** @typedef {Node | string | null | false | undefined} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes] `on…` are listeners; true is an empty attribute, false and null none
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return node;
}

/**
 * The element with this id; a missing one is a fault of the page.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

/**
 * Sets the text only where it changed, so that a screen is not laid out for nothing.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {{label: string, icon: SVGElement, onclick: (event: MouseEvent) => void, text?: string, className?: string, pressed?: boolean}} options
 */
export function button({ label, icon, onclick, text = "", className = "", pressed }) {
  return el(
    "button",
    {
      type: "button",
      class: `button ${className}`,
      title: label,
      "aria-label": text ? null : label,
      "aria-pressed": pressed === undefined ? null : String(pressed),
      onclick,
    },
    icon,
    text ? el("span", {}, text) : null,
  );
}
