/** Shows what the duty desk asks of the worker (督促) and the system's reminders, with an answer under the thumb. */

import { ago } from "../core/time.js";
import { actionButton, byId, element, fill } from "./dom.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./ground.js").Urging} Urging */
/** @typedef {import("./outbox.js").Letter} Letter */
/** @typedef {"open" | "waiting" | "sent" | "refused"} UrgingState */

const MOST_SHOWN = 3; // an older one comes up once a newer one is answered

/**
 * What became of an urging, newest first.
 * @param {readonly Urging[]} notices
 * @param {readonly Letter[]} letters
 * @returns {{urging: Urging, state: UrgingState, answer: string}[]}
 */
export function urgingsOf(notices, letters) {
  return [...notices]
    .sort((a, b) => b.created_ms - a.created_ms)
    .map((urging) => {
      const letter = letters.find(({ id }) => id === `notice:${urging.id}`);
      return { urging, state: letter?.state ?? "open", answer: String(letter?.body.answer ?? "") };
    });
}

/**
 * @param {{notices: readonly Urging[], letters: readonly Letter[], nowMs: number}} facts
 * @param {I18n} i18n
 */
export function renderUrgings({ notices, letters, nowMs }, i18n) {
  const all = urgingsOf(notices, letters).slice(0, MOST_SHOWN);
  const minutes = all.map(({ urging }) => Math.floor((nowMs - urging.created_ms) / 60_000));
  fill(byId("urgings"), [all, minutes, i18n.language], () => all.map((one) => card(one, nowMs, i18n)));
}

/**
 * @param {{urging: Urging, state: UrgingState, answer: string}} one
 * @param {number} nowMs
 * @param {I18n} i18n
 */
function card({ urging, state, answer }, nowMs, { t, language }) {
  const item = element("li", "notice urging");
  item.dataset.level = urging.kind === "reminder" ? "weak" : "help";
  const kind = ["urge", "reminder", "alarm"].includes(urging.kind) ? urging.kind : "reminder";
  item.append(
    element("strong", "", t(`urging.${kind}`)),
    element("p", "urging-text", urging.text),
    element("small", "", ago(Math.max(0, nowMs - urging.created_ms), language)),
  );
  if (state === "waiting" || state === "sent") {
    item.dataset.level = "info";
    item.append(element("p", "", t(`urging.${state}`, { answer })));
    return item;
  }
  if (state === "refused") item.append(element("p", "", t("urging.refused", { answer })));
  const id = String(urging.id);
  const yes = actionButton(t(kind === "urge" ? "urging.go" : "urging.known"), {
    action: kind === "urge" ? "urging-go" : "urging-known",
    id,
    className: "button primary",
  });
  item.append(element("div", "pair", [yes, actionButton(t("urging.write"), { action: "urging-write", id })]));
  return item;
}
