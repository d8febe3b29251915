/** The left panel's two tabs, workers and patrol: what the workers' list made is moved under the first. */

import { el } from "./dom.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/page_state.js").PageState} PageState */

const TABS = /** @type {const} */ (["people", "patrol"]);

/**
 * @param {HTMLElement} root the left panel, with the workers' list in it
 * @param {App} app
 * @returns {HTMLElement} where the patrol tab goes
 */
export function mountTabs(root, { t, state }) {
  const fold = root.querySelector(".fold");
  const people = el("div", { class: "tab-pane", id: "pane-people", role: "tabpanel" }, ...root.childNodes);
  const patrol = el("div", { class: "tab-pane", id: "pane-patrol", role: "tabpanel" });
  const panes = { people, patrol };
  const tabs = TABS.map((tab) =>
    el(
      "button",
      {
        type: "button",
        class: "tab",
        role: "tab",
        id: `tab-${tab}`,
        "aria-controls": `pane-${tab}`,
        onclick: () => state.set({ tab }),
      },
      t(`patrol.tab.${tab}`),
    ),
  );
  const bar = el("div", { class: "tabs", role: "tablist", "aria-label": t("patrol.tabs") }, ...tabs);
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.stopPropagation();
    const next = TABS[(TABS.indexOf(state.values.tab) + 1) % TABS.length] ?? "people";
    state.set({ tab: next });
    tabs[TABS.indexOf(next)]?.focus();
  });
  root.classList.add("has-tabs");
  root.replaceChildren(el("div", { class: "tabs-row" }, bar, fold), people, patrol);
  const unfold = document.querySelector(".unfold-left span");
  const show = () => {
    for (const [i, tab] of TABS.entries()) {
      const on = state.values.tab === tab;
      tabs[i]?.setAttribute("aria-selected", String(on));
      if (tabs[i]) tabs[i].tabIndex = on ? 0 : -1;
      panes[tab].hidden = !on;
    }
    if (unfold) unfold.textContent = t(`patrol.tab.${state.values.tab}`);
  };
  state.on(["tab"], show);
  show();
  return patrol;
}
