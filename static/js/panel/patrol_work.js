/** The work list: rounds overdue and not started first, each with why, and one click to urge. */

import { phaseOf, shareOf } from "../patrol/progress.js";
import { shareText } from "../patrol/round_words.js";
import { readyText } from "../patrol/urging.js";
import { whyText } from "../patrol/why.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { meter } from "./patrol_progress.js";
import { errorText, timeAgo } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../patrol/store.js").PatrolStore} PatrolStore */
/** @typedef {import("../patrol/store.js").WorkItem} WorkItem */
/** @typedef {import("./patrol_tab.js").PatrolActions} PatrolActions */

const SHOWN = 60;
const HOLD_MS = 250;

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {PatrolStore} store
 * @param {PatrolActions} actions
 */
export function mountPatrolWork(root, app, store, actions) {
  const { t } = app;
  let most = SHOWN;
  const draw = () => {
    if (root.matches(":active")) return void setTimeout(draw, HOLD_MS);
    const { work, workError } = store.values;
    if (work === null && workError === null)
      return root.replaceChildren(
        ...Array.from({ length: 5 }, () => el("div", { class: "work is-empty" }, el("span", { class: "skeleton" }))),
      );
    if (work === null)
      return root.replaceChildren(
        el("p", { class: "note note-error" }, errorText(workError, t)),
        el("button", { type: "button", class: "button", onclick: () => store.readWork() }, t("retry")),
      );
    const area = app.state.values.patrolArea;
    const wanted = work.filter(({ grid }) => !area || grid.startsWith(area.replace(/(000)+$/, "")));
    if (wanted.length === 0)
      return root.replaceChildren(
        el(
          "div",
          { class: "area-none" },
          icon("rounds"),
          el("strong", {}, t("patrol.work.none.title")),
          el("p", {}, t("patrol.work.none.text")),
        ),
      );
    const more = wanted.length - most;
    root.replaceChildren(
      el("ul", { class: "works" }, ...wanted.slice(0, most).map((item) => workRow(app, item, store, actions))),
      more > 0
        ? el(
            "button",
            {
              type: "button",
              class: "button button-wide",
              onclick: () => {
                most += 3 * SHOWN;
                draw();
              },
            },
            t("patrol.work.more", { n: more }),
          )
        : "",
    );
  };
  store.state.on(["work", "workError"], draw);
  app.state.on(["patrolArea"], draw);
  app.world.on(["divisions"], draw);
  draw();
}

/**
 * @param {App} app
 * @param {WorkItem} item
 * @param {PatrolStore} store
 * @param {PatrolActions} actions
 */
export function workRow(app, item, store, actions) {
  const { t } = app;
  const phase = phaseOf(item);
  const why = whyText(item.why, t);
  const round = store.values.rounds.find(({ ordinal }) => ordinal === item.ordinal);
  const left = item.minutes_left > 0 ? t("patrol.work.left", { n: item.minutes_left }) : t("patrol.work.over");
  return el(
    "li",
    { class: "work" },
    el(
      "button",
      { type: "button", class: "work-main", onclick: () => actions.goToGrid(item.grid) },
      el("span", { class: `phase phase-text-${phase}` }, t(`patrol.phase.${phase}`)),
      el("b", {}, item.grid_name),
      el(
        "span",
        { class: "work-meta" },
        [round?.name ?? t("patrol.round.n", { n: item.ordinal }), left, item.name || t("patrol.work.nobody")].join(
          " · ",
        ),
      ),
      meter(shareOf(item), `meter-${phase}`),
      el("span", { class: "area-share" }, shareText(item, t)),
    ),
    why ? el("details", { class: "why" }, el("summary", {}, t("patrol.why")), el("p", {}, why)) : null,
    el(
      "div",
      { class: "work-side" },
      seen(app, item),
      urged(app, item),
      app.may("duty.edit") && item.worker_id ? urgeButtons(app, item, actions) : null,
    ),
  );
}

/**
 * One click sends the text that fits; the arrow beside it, or holding the button, lets one choose or write another.
 * @param {App} app
 * @param {WorkItem} item
 * @param {PatrolActions} actions
 */
function urgeButtons({ t }, item, actions) {
  const person = { worker: item.worker_id ?? 0, name: item.name, place: item.grid_name };
  const choose = () => actions.urge(person);
  const text = t(`patrol.urge.${readyText(item)}`);
  const send = el(
    "button",
    {
      type: "button",
      class: "button button-small urge-now",
      title: text,
      onclick: async () => {
        send.disabled = true;
        await actions.urgeNow(person, text);
        send.disabled = false;
      },
      oncontextmenu: (/** @type {Event} */ event) => {
        event.preventDefault(); // a long press on a touch screen is one, too
        choose();
      },
    },
    t(item.urged_ms ? "patrol.urge.again" : "patrol.urge"),
  );
  const label = t("patrol.urge.other", { name: item.name });
  const other = el(
    "button",
    { type: "button", class: "button button-small urge-other", "aria-label": label, title: label, onclick: choose },
    "▾",
  );
  return el("span", { class: "urge-buttons", role: "group", "aria-label": t("patrol.urge") }, send, other);
}

/**
 * @param {App} app
 * @param {WorkItem} item
 */
function seen(app, { last_seen_ms: ms }) {
  return el(
    "span",
    { class: "work-seen" },
    ms ? el("span", {}, app.t("patrol.work.seen"), timeAgo(app, ms)) : app.t("patrol.work.unseen"),
  );
}

/**
 * @param {App} app
 * @param {WorkItem} item
 */
function urged(app, { urged_ms: ms, seen_ms: seenMs, answer, answered_ms: answeredMs, name }) {
  if (answer)
    return el(
      "span",
      { class: "work-answer" },
      el("q", {}, answer),
      el("small", {}, `${name} `, answeredMs ? timeAgo(app, answeredMs) : ""),
    );
  if (!ms) return null;
  return el("span", { class: "work-urged" }, app.t(seenMs ? "patrol.urged.seen" : "patrol.urged"), timeAgo(app, ms));
}
