/** The desk by keyboard: everything that is done a hundred times a day has a key. */

import { el } from "../panel/dom.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @param {import("./list.js").Rows} rows
 */
export function listenToDeskKeys(desk, rows) {
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowDown: () => rows.move(1),
    ArrowUp: () => rows.move(-1),
    j: () => rows.move(1),
    k: () => rows.move(-1),
    PageDown: () => rows.move(10),
    PageUp: () => rows.move(-10),
    Enter: () => rows.open(),
    x: () => rows.toggle(),
    "/": () => rows.focusSearch(),
    n: () => desk.may("case.intake") && desk.state.set({ tab: "new" }),
    r: () => {
      void desk.loadQueues();
      void desk.loadList();
      void desk.loadCase();
    },
    "?": () => openHelp(desk),
    Escape: () => (desk.state.values.tab === "cases" ? desk.open(null) : desk.state.set({ tab: "cases" })),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || desk.dialog.open) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input:not([type=checkbox]), textarea, select");
    if (typing && event.key === "Escape") return target.blur();
    if (typing || (event.key === "Enter" && target.matches("button, a, summary"))) return;
    const action = actions[event.key];
    const ofList = desk.state.values.tab === "cases" || ["n", "?", "Escape"].includes(event.key);
    if (!action || !ofList) return;
    event.preventDefault();
    action();
  });
}

/** @param {import("./desk.js").Desk} desk */
function openHelp({ dialog, t }) {
  const keys = ["↑ ↓", "Enter", "/", "n", "x", "r", "Esc"].map((key) => [
    el("dt", {}, el("kbd", {}, key)),
    el("dd", {}, t(`key.${key}`)),
  ]);
  dialog.replaceChildren(
    el("h2", {}, t("keys")),
    el("dl", { class: "keys" }, ...keys.flat()),
    el(
      "p",
      { class: "dialog-foot" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("close")),
    ),
  );
  dialog.showModal();
}
