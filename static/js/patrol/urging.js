/** 督促 by one click: which ready text fits a round, and sending it with a way back. */

import { phaseOf } from "./progress.js";

/** @typedef {import("./progress.js").RoundState} RoundState */
/** @typedef {import("./progress.js").Forecast} Forecast */
/** @typedef {{worker: number, name: string, place: string}} Person */

/**
 * @param {{state: RoundState, forecast: Forecast, covered: number}} round
 * @returns {"start" | "finish" | "signal" | "make_up"} of the ready texts
 */
export function readyText(round) {
  const phase = phaseOf(round);
  if (phase === "no_data") return "signal";
  if (phase === "missed") return "make_up";
  return round.covered > 0 ? "finish" : "start";
}

/**
 * Sends at once and says so, with a button that takes it back; never asks before.
 * @param {Person} person
 * @param {string} text
 * @param {{store: {urge: (worker: number, text: string) => Promise<number>, withdraw: (worker: number, notice: number) => Promise<void>}, t: import("../core/i18n.js").Translate, say: (text: string, action?: {label: string, run: () => void} | null) => void, sayError: (error: unknown) => void}} parts
 */
export async function urgeNow(person, text, { store, t, say, sayError }) {
  const { worker, name } = person;
  try {
    const notice = await store.urge(worker, text);
    const undo = async () => {
      try {
        await store.withdraw(worker, notice);
        say(t("patrol.urge.undone", { name }));
      } catch (error) {
        const late = /** @type {{status?: number}} */ (error).status === 409;
        if (late) say(t("patrol.urge.undo.late", { name }));
        else sayError(error);
      }
    };
    say(t("patrol.urge.sent", { name }), { label: t("patrol.urge.undo"), run: undo });
  } catch (error) {
    if (/** @type {{status?: number}} */ (error).status === 429) say(t("patrol.urge.just", { name }));
    else sayError(error);
  }
}
