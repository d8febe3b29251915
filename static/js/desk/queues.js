/** The queues of one's role, with how many wait in each light. */

import { el } from "../panel/dom.js";
import { lightMark } from "./bits.js";

/**
 * @param {HTMLElement} root
 * @param {import("./desk.js").Desk} desk
 */
export function mountQueues(root, desk) {
  const { t, state, world } = desk;
  root.setAttribute("aria-label", t("queues"));
  const draw = () => {
    const queues = world.values.queues ?? desk.config.queues;
    root.replaceChildren(...queues.map((/** @type {any} */ one) => row(one)), all());
  };
  /** @param {any} one */
  const row = (one) => {
    const counted = one.total !== undefined;
    return el(
      "button",
      {
        type: "button",
        class: "queue",
        "aria-current": String(state.values.queue === one.key),
        onclick: () => choose(one.key),
      },
      el("span", { class: "queue-name" }, desk.name(one)),
      el("span", { class: "queue-total" }, counted ? String(one.total) : "…"),
      counted && one.total > 0
        ? el(
            "span",
            { class: "queue-lights" },
            ...["red", "yellow", "green"].filter((light) => one[light] > 0).map((light) => count(light, one[light])),
          )
        : null,
    );
  };
  /**
   * @param {string} light
   * @param {number} n
   */
  const count = (light, n) =>
    el(
      "span",
      { class: `count is-${light}`, title: t("light.count", { light: t(`light.${light}`), n }) },
      lightMark(/** @type {any} */ (light), t),
      String(n),
    );
  const all = () =>
    el(
      "button",
      { type: "button", class: "queue", "aria-current": String(state.values.queue === ""), onclick: () => choose("") },
      el("span", { class: "queue-name" }, t("queue.all")),
    );
  const choose = (/** @type {string} */ key) => {
    state.set({ queue: key, tab: "cases" });
  };
  world.on(["queues"], draw);
  state.on(["queue"], draw);
  draw();
}
