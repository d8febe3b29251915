/** Who reported and waits for an answer: masked, shown on demand with a reason; answers and call-backs. */

import { post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { failure, field, moment, problemLine, say, select } from "./bits.js";
import { openForm } from "./case_clocks.js";
import { part } from "./part.js";
import { templatesFor } from "./templates.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */

const OUTCOMES = ["satisfied", "basic", "unsatisfied", "no_contact", "anonymous"];

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
export function reportersPart(desk, detail) {
  const { t } = desk;
  const list = detail.reporters ?? [];
  if (!list.length)
    return detail.case.secret ? part(t("part.reporters"), el("p", { class: "quiet" }, t("reporter.hidden"))) : "";
  const items = list.map((/** @type {any} */ one) => reporter(desk, detail, one));
  const unanswered = list.some((/** @type {any} */ one) => !one.answer);
  return part(
    t("part.reporters"),
    el("ul", { class: "plain-list" }, ...items),
    unanswered && desk.may("case.intake") ? replyForm(desk, detail) : null,
  );
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 * @param {any} one
 */
function reporter(desk, detail, one) {
  const { t } = desk;
  const who = one.anonymous ? t("reporter.anonymous") : [one.name, one.phone].filter(Boolean).join(" ");
  const other = one.case_id !== detail.case.id ? el("small", {}, t("reporter.merged", { id: one.case_id })) : null;
  return el(
    "li",
    {},
    el(
      "p",
      { class: "line" },
      el("strong", {}, who),
      one.secret ? el("b", { class: "tag is-blue" }, t("flag.secret")) : null,
      el("span", {}, desk.name(desk.channels.get(one.channel)) || one.channel),
      one.external_number ? el("span", {}, t("reporter.external", { number: one.external_number })) : null,
      moment(one.reported_ms),
      other,
      desk.may("case.reveal") && one.phone ? reveal(desk, one, "phone") : null,
      desk.may("case.reveal") && one.name ? reveal(desk, one, "name") : null,
    ),
    one.answer
      ? el(
          "p",
          { class: "reply" },
          t("reporter.answer", { text: one.answer }),
          " ",
          one.answered_ms ? moment(one.answered_ms) : null,
        )
      : el("p", { class: "quiet" }, t("reporter.unanswered")),
    one.outcome
      ? el(
          "p",
          {},
          t("visit.was", { outcome: t(`outcome.${one.outcome}`) }),
          one.visits > 1 ? t("visit.times", { n: one.visits }) : "",
        )
      : null,
    one.rating
      ? el("p", {}, t("reporter.rating", { stars: "★".repeat(one.rating), text: one.rating_text ?? "" }))
      : null,
    one.answer && !one.outcome && desk.may("case.intake") ? visitForm(desk, detail, one) : null,
  );
}

/**
 * @param {Desk} desk
 * @param {any} one
 * @param {"phone" | "name"} what
 */
function reveal(desk, one, what) {
  const { t, dialog } = desk;
  const ask = () => {
    const reason = el("input", { maxlength: 200, required: true });
    const problem = problemLine();
    const form = el(
      "form",
      {},
      el("h2", {}, t(`reveal.${what}`)),
      el("p", {}, t("reveal.text")),
      field(t("field.reason"), reason),
      problem,
      el(
        "p",
        { class: "dialog-foot" },
        el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel")),
        el("button", { type: "submit", class: "button is-main" }, t("reveal.show")),
      ),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const body = { case_id: one.case_id, reporter: one.ordinal, field: what, reason: reason.value.trim() };
        const { value } = await post(`/api/v1/cases/${desk.world.values.detail.case.id}/reveal`, body);
        dialog.close();
        button.replaceWith(what === "phone" ? el("a", { href: `tel:${value}` }, value) : el("span", {}, value));
      } catch (error) {
        say(problem, failure(error, t));
      }
    });
    dialog.replaceChildren(form);
    dialog.showModal();
  };
  const button = el("button", { type: "button", class: "link", onclick: ask }, t(`reveal.${what}`));
  return button;
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
function replyForm(desk, detail) {
  const { t } = desk;
  const text = el("textarea", { rows: 3, maxlength: 4000 });
  return openForm(
    t("reply.new"),
    t("reply.send"),
    t,
    [templatesFor(desk, ["reply"], text, detail), field(t("reply.text"), text)],
    () => desk.send("replies", { version: detail.case.version, text: text.value.trim() }),
  );
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 * @param {any} one
 */
function visitForm(desk, detail, one) {
  const { t } = desk;
  const outcomes = OUTCOMES.filter((outcome) => (outcome === "anonymous") === Boolean(one.anonymous));
  const outcome = select(outcomes.map((key) => [key, t(`outcome.${key}`)]));
  const solved = select([
    ["", t("visit.unknown")],
    ["yes", t("yes")],
    ["no", t("no")],
  ]);
  const text = el("input", { maxlength: 500 });
  return openForm(
    t("visit.new"),
    t("visit.send"),
    t,
    [field(t("visit.outcome"), outcome), field(t("visit.solved"), solved), field(t("visit.text"), text)],
    () =>
      desk.send("visits", {
        version: detail.case.version,
        case_id: one.case_id,
        reporter: one.ordinal,
        outcome: outcome.value,
        ...(solved.value ? { solved: solved.value === "yes" } : {}),
        ...(text.value.trim() ? { text: text.value.trim() } : {}),
      }),
  );
}
