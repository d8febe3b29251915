/** Small helpers for the page's elements. */

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/**
 * Writes a text; an unchanged one is left alone, so that a screen reader does not read it again every second.
 * @param {string} id
 * @param {string} text
 */
export function put(id, text) {
  const el = byId(id);
  if (el.textContent !== text) el.textContent = text;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string | Node[]} [content]
 */
export function element(tag, className, content = "") {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (typeof content === "string") el.textContent = content;
  else el.append(...content);
  return el;
}

/**
 * A button that says what it does in data-action and to what in data-id.
 * @param {string} text
 * @param {{action: string, id: string, className?: string}} does
 */
export function actionButton(text, { action, id, className = "button" }) {
  const button = /** @type {HTMLButtonElement} */ (element("button", className, text));
  button.type = "button";
  button.dataset.action = action;
  button.dataset.id = id;
  return button;
}

/**
 * Fills a list anew, but only where what it shows has changed.
 * @param {HTMLElement} list
 * @param {unknown} shown everything that the content depends on
 * @param {() => Node[]} make
 */
export function fill(list, shown, make) {
  const text = JSON.stringify(shown);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  list.replaceChildren(...make());
}
