/** Trouble that keeps coming back: what speaks for it, its cases, and making one task of them. */

import { day } from "../core/time.js";
import { get, post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { failure, field, note, select } from "./bits.js";
import { caseLine } from "./stats_bits.js";

/** @typedef {import("./kpi.js").Look} Look */

const MOST_NAMED = 20; // numbers in the text of a supervision

/**
 * @param {HTMLElement} root
 * @param {Look} look
 */
export async function showRecurring(root, look) {
  const { t } = look;
  const days = select(
    ["14", "30", "60", "92"].map((n) => [n, t("again.days.n", { n })]),
    "30",
  );
  const least = select(
    ["3", "4", "5", "8"].map((n) => [n, t("again.least.n", { n })]),
    "3",
  );
  const body = el("div", {});
  const read = async () => {
    const query = look.query();
    query.set("days", days.value);
    query.set("least", least.value);
    const found = await get(`/api/v1/case-recurring?${query}`);
    const said = { days: found.days, n: found.looked_at };
    body.replaceChildren(
      note(t(found.troubles.length ? "again.looked" : "again.none", said)),
      ...found.troubles.map((/** @type {any} */ one) => troubleCard(one, look)),
    );
  };
  for (const control of [days, least]) control.addEventListener("change", () => void read().catch(() => look.again()));
  await read();
  root.replaceChildren(
    el("div", { class: "kpi-filters" }, field(t("again.days"), days), field(t("again.least"), least)),
    body,
  );
}

/**
 * @param {any} trouble
 * @param {Look} look
 */
function troubleCard(trouble, look) {
  const { desk, t } = look;
  const category = desk.categoryName({ category: trouble.category, category_name: trouble.category_name });
  const [first] = trouble.cases;
  return el(
    "article",
    { class: "card trouble" },
    el("h3", {}, t("again.title", { category, place: first.area_name, n: trouble.n })),
    el("p", { class: "quiet" }, t("again.span", { first: day(trouble.first_ms), last: day(trouble.last_ms) })),
    el("p", {}, t("again.why", { expected: trouble.expected.toFixed(2), n: trouble.n, chance: small(trouble.chance) })),
    el("ul", { class: "plain-list" }, ...trouble.cases.map((/** @type {any} */ one) => caseLine(desk, one))),
    trouble.lead === null ? el("p", { class: "quiet" }, t("again.all_ended")) : acts(trouble, look),
  );
}

/**
 * @param {any} trouble
 * @param {Look} look
 */
function acts(trouble, look) {
  const { desk, t } = look;
  const waiting = trouble.cases.filter((/** @type {any} */ one) => one.state === "accepted" && one.id !== trouble.lead);
  const run = (/** @type {() => Promise<string>} */ act) => async (/** @type {Event} */ event) => {
    const pressed = /** @type {HTMLButtonElement} */ (event.currentTarget);
    pressed.disabled = true;
    try {
      desk.say(await act());
      look.again();
    } catch (error) {
      pressed.disabled = false;
      desk.say(failure(error, desk.t));
    }
  };
  const press = (/** @type {string} */ text, /** @type {(event: Event) => void} */ onclick, main = false) =>
    el("button", { type: "button", class: `button ${main ? "is-main" : ""}`, onclick }, text);
  return el(
    "p",
    { class: "trouble-acts" },
    desk.may("case.supervise")
      ? press(
          t("again.supervise"),
          run(() => supervise(trouble, look)),
          true,
        )
      : null,
    waiting.length && desk.me.role === "shift_leader"
      ? press(
          t("again.merge"),
          run(() => merge(waiting, trouble.lead, look)),
        )
      : null,
    press(t("again.open"), () => desk.open(trouble.lead)),
  );
}

/**
 * One 督办 on the oldest open case that names them all.
 * @param {any} trouble
 * @param {Look} look
 */
async function supervise(trouble, { t }) {
  const numbers = trouble.cases.slice(0, MOST_NAMED).map((/** @type {any} */ one) => one.number);
  const text = t("again.text", { n: trouble.n, numbers: numbers.join("、") });
  await post(`/api/v1/cases/${trouble.lead}/supervisions`, { kind: "supervise", level: "key", text });
  return t("again.done");
}

/**
 * Cases that are not filed yet follow the oldest open one.
 * @param {readonly any[]} waiting
 * @param {number} lead
 * @param {Look} look
 */
async function merge(waiting, lead, { t }) {
  for (const one of waiting)
    await post(`/api/v1/cases/${one.id}/changes`, { to: "merged", version: one.version, merge_into: lead });
  return t("again.merged", { n: waiting.length });
}

/** @param {number} chance */
function small(chance) {
  return chance < 0.0001 ? "0.01%" : `${(chance * 100).toPrecision(2)}%`;
}
