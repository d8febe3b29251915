/** The page of one case: what it is, what may be done now, who waits for an answer, clocks, photos, what happened. */

import { clock, day } from "../core/time.js";
import { el } from "../panel/dom.js";
import { actionBar } from "./actions.js";
import { aside, failure, iconOf, lightMark, moment, note, remaining } from "./bits.js";
import { clocksPart, supervisionsPart } from "./case_clocks.js";
import { mediaPart, placePart } from "./case_media.js";
import { reportersPart } from "./case_people.js";
import { notePart, similarPart, timelinePart } from "./case_story.js";
import { flags } from "./list.js";
import { caseLink, part } from "./part.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountCase(root, desk) {
  const { t, state, world } = desk;
  /** @type {number | null} */
  let shown = null;
  const draw = () => {
    const { detail, detailError } = world.values;
    root.classList.toggle("is-open", state.values.caseId !== null);
    if (state.values.caseId === null) return root.replaceChildren(note(t("case.none")));
    if (detailError)
      return root.replaceChildren(
        back(desk),
        note(failure(detailError, t), { retry: () => void desk.loadCase(), label: t("retry"), bad: true }),
      );
    if (!detail) return root.replaceChildren(note(t("loading")));
    const top = shown === detail.case.id ? root.scrollTop : 0;
    shown = detail.case.id;
    root.replaceChildren(
      back(desk),
      el("div", { class: "notice-box" }, noticeOf(desk)),
      head(desk, detail),
      actionBar(desk, detail),
      ...parts(desk, detail),
    );
    root.scrollTop = top;
  };
  world.on(["detail", "detailError"], draw);
  // A notice must not draw the page anew: somebody is typing in it.
  world.on(["notice"], () => root.querySelector(".notice-box")?.replaceChildren(noticeOf(desk)));
  state.on(["caseId"], draw);
  draw();
}

/** @param {Desk} desk */
function back(desk) {
  return el(
    "button",
    { type: "button", class: "link back", onclick: () => desk.open(null) },
    `← ${desk.t("case.back")}`,
  );
}

/** @param {Desk} desk */
function noticeOf(desk) {
  const { notice } = desk.world.values;
  if (!notice) return "";
  const again = () => {
    desk.world.set({ notice: "" });
    void desk.loadCase();
  };
  return el(
    "p",
    { class: "notice", role: "alert" },
    notice,
    " ",
    el("button", { type: "button", class: "link", onclick: again }, desk.t("notice.read")),
  );
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
function head(desk, detail) {
  const { t } = desk;
  const one = detail.case;
  return el(
    "header",
    { class: "case-head" },
    el(
      "p",
      { class: "case-line" },
      iconOf(one.icon),
      el("strong", {}, desk.categoryName(one)),
      el("span", { class: "state" }, desk.stateName(one.state)),
      lightMark(one.light, t),
      one.red_ms ? el("span", { class: `left is-${one.light}` }, remaining(one.red_ms, Date.now(), desk)) : null,
      one.urgent ? el("b", { class: "tag is-red" }, t("urgent")) : null,
      ...flags(one, t),
    ),
    el("h2", {}, detail.description),
    el("dl", { class: "facts" }, ...facts(desk, detail)),
  );
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
function facts(desk, { case: one, ...detail }) {
  const { t } = desk;
  const channel = desk.name(desk.channels.get(one.channel)) || one.channel;
  /** @type {[string, string | Node][]} */
  const pairs = [
    [t("fact.number"), one.number],
    [t("fact.reported"), moment(one.reported_ms)],
    [t("fact.channel"), channel],
    [t("fact.place"), [one.area_name, one.address].filter(Boolean).join(" · ")],
    [
      t("fact.department"),
      [one.department_name, ...detail.co_departments.map((/** @type {any} */ d) => t("fact.co", { name: d.name }))]
        .filter(Boolean)
        .join(desk.t("comma")),
    ],
    [
      t("fact.due"),
      one.due_ms
        ? aside(
            `${day(one.due_ms)} ${clock(one.due_ms)}`,
            detail.limit ? t(`unit.${detail.unit}`, { n: detail.limit }) : "",
            t,
          )
        : "",
    ],
    ...answers(desk, one.category, detail.attributes),
    [t("fact.result"), detail.result],
    [
      t("fact.complained_of"),
      detail.complained_of
        ? (desk.config.departments.find((/** @type {any} */ d) => d.code === detail.complained_of)?.name ??
          detail.complained_of)
        : "",
    ],
    [t("fact.merged_into"), one.merged_into ? caseLink(desk, one.merged_into, `#${one.merged_into}`) : ""],
  ];
  return pairs.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
}

/**
 * What was answered to the category's own questions.
 * @param {Desk} desk
 * @param {string | null} category
 * @param {Record<string, string[]>} given
 * @returns {[string, string][]}
 */
function answers(desk, category, given) {
  /** @type {import("../setup/questions.js").Question[]} */
  const questions = desk.categories.get(category ?? "")?.attributes ?? [];
  return Object.entries(given).map(([code, values]) => {
    const question = questions.find((one) => one.code === code);
    const names = values.map((key) => question?.values.find((one) => one.key === key)?.name ?? key);
    return [question?.description ?? code, names.join(desk.t("comma"))];
  });
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
function parts(desk, detail) {
  return [
    reportersPart(desk, detail),
    placePart(desk, detail),
    mediaPart(desk, detail),
    clocksPart(desk, detail),
    supervisionsPart(desk, detail),
    mergedPart(desk, detail),
    similarPart(desk, detail),
    notePart(desk),
    timelinePart(desk, detail),
  ];
}

/**
 * @param {Desk} desk
 * @param {Detail} detail
 */
function mergedPart(desk, { merged }) {
  if (!merged?.length) return "";
  return part(
    desk.t("part.merged", { n: merged.length }),
    el(
      "ul",
      {},
      ...merged.map((/** @type {any} */ one) => el("li", {}, caseLink(desk, one.id, `${one.number} ${one.title}`))),
    ),
  );
}
