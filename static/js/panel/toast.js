/** A short message that goes by itself, with at most one thing to do about it. */

import { el } from "./dom.js";

const SHOWN_MS = 4500;

export class Toast {
  #timer = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /**
   * @param {string} text
   * @param {{label: string, run: () => void} | null} [action]
   */
  show(text, action = null) {
    clearTimeout(this.#timer);
    this.root.replaceChildren(
      el("span", {}, text),
      action
        ? el(
            "button",
            {
              type: "button",
              class: "link",
              onclick: () => {
                action.run();
                this.hide();
              },
            },
            action.label,
          )
        : "",
    );
    this.root.hidden = false;
    this.#timer = setTimeout(() => this.hide(), action ? SHOWN_MS * 3 : SHOWN_MS);
  }

  hide() {
    this.root.hidden = true;
  }
}
