/** The clocks of a case as bars, and what was urged and supervised, with the replies owed. */

import { el } from "../panel/dom.js";
import { failure, field, lightMark, moment, problemLine, remaining, say, select } from "./bits.js";
import { part } from "./part.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function clocksPart(desk, { clocks }) {
  const { t, config } = desk;
  if (!clocks.length) return "";
  const stages = new Map(config.stages.map((/** @type {any} */ one) => [one.code, one]));
  const rows = [...clocks]
    .sort((a, b) => Number(a.finished_ms !== null) - Number(b.finished_ms !== null) || b.started_ms - a.started_ms)
    .map((one) =>
      el(
        "tr",
        { class: one.finished_ms ? "is-done" : "" },
        el(
          "th",
          { scope: "row" },
          desk.name(stages.get(one.stage)) || one.stage,
          one.round > 1 ? el("small", {}, t("clock.round", { n: one.round })) : null,
        ),
        el(
          "td",
          {},
          t(`unit.${one.unit}`, { n: one.limit }),
          one.extended ? el("small", {}, ` +${one.extended}`) : null,
        ),
        el("td", {}, moment(one.started_ms)),
        el("td", {}, one.deadline_ms ? moment(one.deadline_ms) : "—"),
        el("td", {}, ...clockState(one, desk)),
      ),
    );
  const names = ["stage", "limit", "from", "until", "state"].map((key) =>
    el("th", { scope: "col" }, t(`clock.${key}`)),
  );
  return part(
    t("part.clocks"),
    el(
      "div",
      { class: "wide-table" },
      el("table", {}, el("thead", {}, el("tr", {}, ...names)), el("tbody", {}, ...rows)),
    ),
  );
}

/**
 * @param {any} one
 * @param {Desk} desk
 */
function clockState(one, desk) {
  const { t } = desk;
  if (one.finished_ms)
    return [one.on_time === null ? t("clock.ended") : t(one.on_time ? "clock.on_time" : "clock.late")];
  if (one.paused) return [t("clock.paused")];
  return [lightMark(one.light, t), ` ${remaining(one.deadline_ms, Date.now(), desk)}`];
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function supervisionsPart(desk, detail) {
  const { t } = desk;
  const list = detail.supervisions ?? [];
  const may = desk.may("case.supervise") && desk.states.get(detail.case.state)?.open;
  if (!list.length && !may) return "";
  const items = list.map((/** @type {any} */ one) =>
    el(
      "li",
      {},
      el(
        "b",
        { class: `tag ${one.kind === "supervise" ? "is-red" : ""}` },
        t(`supervision.${one.kind}`),
        " ",
        t(`level.${one.level}`),
      ),
      " ",
      moment(one.at_ms),
      el("p", {}, one.text),
      one.reply ? el("p", { class: "reply" }, t("supervision.reply", { text: one.reply })) : null,
      !one.reply && desk.may("case.change") && desk.me.role === "department" ? replyForm(desk, one) : null,
    ),
  );
  return part(t("part.supervisions"), el("ul", { class: "plain-list" }, ...items), may ? superviseForm(desk) : null);
}

/** @param {Desk} desk */
function superviseForm(desk) {
  const { t } = desk;
  const kind = select(
    [
      ["urge", t("supervision.urge")],
      ["supervise", t("supervision.supervise")],
    ],
    "urge",
  );
  const level = select(
    ["normal", "key", "listed"].map((one) => [one, t(`level.${one}`)]),
    "normal",
  );
  const text = el("textarea", { rows: 2, maxlength: 500 });
  return openForm(
    t("supervision.new"),
    t("supervision.send"),
    t,
    [field(t("supervision.kind"), kind), field(t("supervision.level"), level), field(t("supervision.text"), text)],
    () => desk.send("supervisions", { kind: kind.value, level: level.value, text: text.value.trim() }),
  );
}

/**
 * @param {Desk} desk
 * @param {any} one
 */
function replyForm(desk, one) {
  const text = el("textarea", { rows: 2, maxlength: 500 });
  return openForm(
    desk.t("supervision.answer"),
    desk.t("send"),
    desk.t,
    [field(desk.t("supervision.answer"), text)],
    () => desk.send(`supervisions/${one.ordinal}`, { reply: text.value.trim() }),
  );
}

/**
 * A small form that opens in place.
 * @param {string} title
 * @param {string} submit
 * @param {import("../core/i18n.js").Translate} t
 * @param {Node[]} fields
 * @param {() => Promise<unknown>} send
 */
export function openForm(title, submit, t, fields, send) {
  const problem = problemLine();
  const form = el(
    "form",
    { class: "small-form" },
    ...fields,
    problem,
    el("button", { type: "submit", class: "button is-main" }, submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(problem, "");
    await send().catch((error) => say(problem, failure(error, t)));
  });
  return el("details", {}, el("summary", {}, title), form);
}
