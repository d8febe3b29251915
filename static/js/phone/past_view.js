/** Shows the last fourteen days: each round, what became of it, what was missing, and a way to dispute it. */

import { ago, dayStart, longDay } from "../core/time.js";
import { actionButton, byId, element, fill, put } from "./dom.js";
import { closedRounds, mayDispute, percentOf, sentencesOf, totals } from "./past.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./past.js").PastRound} PastRound */
/** @typedef {import("./outbox.js").Letter} Letter */
/** @typedef {{past: import("./patrol.js").Past | null, problem: import("./patrol.js").Problem, letters: readonly Letter[], wanted: import("./past.js").Wanted, nowMs: number}} PastFacts */
/** @typedef {Pick<PastFacts, "wanted"> & {disputes: readonly Letter[]}} Around */

const MARKS = /** @type {Record<string, string>} */ ({ done: "✓", late: "✓", missed: "✕", no_data: "?", excused: "–" });

/**
 * @param {PastFacts} facts
 * @param {I18n} i18n
 */
export function renderPast({ past, problem, letters, wanted, nowMs }, i18n) {
  const { t, language } = i18n;
  const rounds = closedRounds(past?.rounds ?? []);
  const { due, done } = totals(rounds);
  put(
    "past-sum",
    past ? t(rounds.length ? "past.sum" : "past.empty", { due, done }) : t(problem ? "past.none" : "past.asking"),
  );
  byId("past-old").hidden = !past || !problem;
  if (past) put("past-old", t("past.old", { ago: ago(nowMs - past.got_ms, language) }));
  const disputes = letters.filter(({ id }) => id.startsWith("dispute:"));
  fill(byId("past-days"), [rounds, disputes, wanted, language], () => days(rounds, { disputes, wanted }, i18n));
}

/**
 * A day before the first plan has rounds without names.
 * @param {PastRound} round
 * @param {import("../core/i18n.js").Translate} t
 */
export function nameOf({ name, ordinal }, t) {
  return name || t("past.nth", { n: ordinal });
}

/** @param {{day: string, ordinal: number}} round */
export function disputeId({ day, ordinal }) {
  return `${day}/${ordinal}`;
}

/**
 * @param {readonly PastRound[]} rounds
 * @param {Around} around
 * @param {I18n} i18n
 */
function days(rounds, around, i18n) {
  /** @type {Map<string, PastRound[]>} */
  const byDay = new Map();
  for (const round of rounds) byDay.set(round.day, [...(byDay.get(round.day) ?? []), round]);
  return [...byDay].flatMap(([day, some]) => [
    element("h2", "", longDay(dayStart(day) ?? 0, i18n.language)),
    element(
      "ul",
      "past-rounds",
      some.map((round) => roundItem(round, around, i18n)),
    ),
  ]);
}

/**
 * @param {PastRound} round
 * @param {Around} around
 * @param {I18n} i18n
 */
function roundItem(round, { disputes, wanted }, { t }) {
  const item = element("li", "past");
  item.dataset.state = round.state;
  const score = t("past.score", {
    percent: percentOf(round),
    minutes: Math.floor(round.minutes),
    visited: round.visited,
    points: round.key_points,
  });
  item.append(
    element("div", "past-head", [
      element("span", "mark", MARKS[round.state] ?? ""),
      element("strong", "", nameOf(round, t)),
      element("span", "past-state", t(`state.${round.state}`)),
    ]),
    element(
      "p",
      "",
      sentencesOf(round, wanted)
        .map(({ key, params }) => t(key, params))
        .join(t("past.and")),
    ),
  );
  if (round.state !== "excused") item.append(element("p", "faint", score));
  const said = disputeWords(round, disputes, t);
  if (said) item.append(element("p", "past-dispute", said));
  const letter = letterOf(round, disputes);
  if (mayDispute(round) && (!letter || letter.state === "refused"))
    item.append(actionButton(t("past.dispute"), { action: "dispute", id: disputeId(round) }));
  return item;
}

/**
 * @param {PastRound} round
 * @param {readonly Letter[]} disputes
 * @param {import("../core/i18n.js").Translate} t
 */
function disputeWords(round, disputes, t) {
  if (round.dispute) {
    const { decision, note } = round.dispute;
    const key = decision === "accepted" ? "accepted" : decision ? "kept" : "open";
    return [t(`dispute.${key}`), note].filter(Boolean).join(" ");
  }
  const letter = letterOf(round, disputes);
  return letter ? t(`dispute.${letter.state}`, { text: String(letter.body.text) }) : "";
}

/**
 * @param {PastRound} round
 * @param {readonly Letter[]} disputes
 */
function letterOf(round, disputes) {
  return disputes.find(({ id }) => id === `dispute:${disputeId(round)}`) ?? null;
}
