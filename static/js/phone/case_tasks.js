/** What the worker has to verify and check, each with its two answers; and the worker's own reports. */

import { caseIcon } from "../core/case_icons.js";
import { clock, day, duration } from "../core/time.js";
import { el } from "../panel/dom.js";
import { casePhotos } from "./case_photos.js";
import { eighth, roundMetres } from "./way.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./cases.js").Task} Task */
/** @typedef {import("./cases.js").Card} Card */
/** @typedef {import("./cases.js").Offer} Offer */
/** @typedef {import("./case_outbox.js").CaseLetter} CaseLetter */
/** @typedef {{nowMs: number, last: import("./queue.js").Fix | null, i18n: I18n, nameOf: (card: Card) => string, picture: (ref: string, size: "thumb" | "full") => Promise<string>}} Around */
/** @typedef {{change: (task: Task, to: string, said: {reason: string, photos: import("./case_outbox.js").Photo[]}) => Promise<void>, busy: (is: boolean) => void}} Does */

const EARTH_M = 6_371_008.8;
const MOST_THUMBS = 4;

/**
 * @param {Task} task
 * @param {CaseLetter | null} letter the worker's answer on its way
 * @param {Around} around
 * @param {Does} does
 */
export function taskItem(task, letter, around, does) {
  const { case: card, description, result, media } = task;
  const { t } = around.i18n;
  const item = el("li", { class: "task" });
  item.dataset.light = card.light ?? "";
  const open = task.supervisions.filter(({ reply }) => !reply);
  item.append(
    el(
      "div",
      { class: "task-head" },
      caseIcon(card.icon),
      el("div", {}, el("strong", {}, around.nameOf(card)), el("small", {}, t(`do.${card.state}`))),
      limit(card, around),
    ),
    el("p", {}, description),
    el("p", { class: "faint" }, [placeOf(card, around), card.number].filter(Boolean).join(" · ")),
    ...open.map(({ text }) => el("p", { class: "notice is-urge" }, t("task.urged", { text }))),
    ...(card.state === "checking" && result ? [el("p", { class: "notice" }, t("task.result", { text: result }))] : []),
    thumbs(media, around),
  );
  item.append(
    letter && letter.state !== "refused"
      ? el("p", { class: "notice", role: "status" }, t("task.kept"))
      : actions(task, around, does),
  );
  return item;
}

/**
 * @param {Card} card
 * @param {I18n} i18n
 */
export function reportedItem(card, { t }) {
  return el(
    "li",
    { class: "reported" },
    caseIcon(card.icon),
    el(
      "div",
      {},
      el("span", {}, card.title),
      el("small", {}, `${card.number} · ${day(card.reported_ms)} ${clock(card.reported_ms)}`),
    ),
    el("strong", {}, t(`state.${card.state}`)),
  );
}

/**
 * @param {CaseLetter} letter
 * @param {I18n} i18n
 * @param {(id: string) => void} giveUp
 */
export function letterItem({ id, title, state, problem, photos }, { t }, giveUp) {
  const refused = state === "refused";
  const item = el(
    "li",
    { class: `notice ${refused ? "is-bad" : ""}` },
    el("strong", {}, title),
    el(
      "small",
      {},
      refused ? t("letter.refused", { problem: problemOf(problem, t) }) : t("letter.waiting", { n: photos.length }),
    ),
  );
  if (refused)
    item.append(el("button", { type: "button", class: "quiet", onclick: () => giveUp(id) }, t("letter.drop")));
  return item;
}

/**
 * @param {string} problem
 * @param {import("../core/i18n.js").Translate} t
 */
function problemOf(problem, t) {
  const key = `problem.${problem.split(/[.[]/)[0]}`;
  const words = t(key);
  return words === key ? t("problem.other", { problem }) : words;
}

/**
 * @param {Card} card
 * @param {Around} around
 */
function limit({ red_ms, light, urgent }, { nowMs, i18n: { t, language } }) {
  if (!red_ms || !light) return urgent ? el("span", { class: "limit" }, t("task.urgent")) : null;
  const late = nowMs > red_ms;
  return el(
    "span",
    { class: "limit" },
    t(late ? "task.late" : "task.left", { time: duration(Math.abs(red_ms - nowMs), language) }),
  );
}

/**
 * @param {Card} card
 * @param {Around} around
 */
function placeOf({ address, area_name, lat, lon }, { last, i18n: { t } }) {
  const words = address || area_name;
  if (lat === null || lon === null || !last) return words;
  const east = ((lon - last.lon) * Math.PI * EARTH_M * Math.cos((lat * Math.PI) / 180)) / 180;
  const north = ((lat - last.lat) * Math.PI * EARTH_M) / 180;
  const bearing = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
  const way = t("task.way", {
    metres: roundMetres(Math.hypot(east, north)),
    direction: t(`direction.${eighth(bearing)}`),
  });
  return [words, way].filter(Boolean).join(" · ");
}

/**
 * @param {Task["media"]} media
 * @param {Around} around
 */
function thumbs(media, { picture, i18n: { t } }) {
  const box = el("div", { class: "thumbs" });
  for (const { ref, role } of media.slice(0, MOST_THUMBS))
    void picture(ref, "thumb").then((src) => {
      if (!src) return;
      const image = el("img", { src, alt: t(`photo.${role}`) });
      image.addEventListener("load", () => URL.revokeObjectURL(src));
      const enlarge = async () => large(await picture(ref, "full"), t(`photo.${role}`), t);
      box.append(el("button", { type: "button", title: t("photo.large"), onclick: () => void enlarge() }, image));
    });
  return box;
}

/**
 * A photo over the whole screen.
 * @param {string} src "" where it cannot be had now
 * @param {string} title
 * @param {import("../core/i18n.js").Translate} t
 */
function large(src, title, t) {
  const close = el("button", { type: "button", class: "button" }, t("photo.close"));
  const shown = src ? el("img", { src, alt: title }) : el("p", { role: "alert" }, t("photo.away"));
  const dialog = el("dialog", { class: "large", "aria-label": title }, shown, close);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    URL.revokeObjectURL(src);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Two buttons; the chosen one opens what it needs.
 * @param {Task} task
 * @param {Around} around
 * @param {Does} does
 */
function actions(task, around, does) {
  const { t, language } = around.i18n;
  const box = el("div", {});
  const choose = () => {
    does.busy(false);
    box.replaceChildren(
      el(
        "div",
        { class: "pair" },
        ...task.changes.map((offer) => {
          const own = t(`offer.${offer.to}`);
          const words = own === `offer.${offer.to}` ? (language === "en" ? offer.en : offer.zh) : own;
          const open = () => {
            does.busy(true);
            box.replaceChildren(answerForm(task, offer, words, around, does, choose));
          };
          return el("button", { type: "button", class: "button", onclick: open }, words);
        }),
      ),
    );
  };
  choose();
  return box;
}

/**
 * @param {Task} task
 * @param {Offer} offer
 * @param {string} words
 * @param {Around} around
 * @param {Does} does
 * @param {() => void} cancel
 */
function answerForm(task, { to, needs }, words, { i18n: { t } }, does, cancel) {
  const role = /** @type {import("./case_outbox.js").Role | undefined} */ (
    needs.find((need) => need.startsWith("media:"))?.slice("media:".length)
  );
  const wantsReason = needs.includes("reason");
  const photos = role ? casePhotos({ role, title: t(`photo.${role}`), t }) : null;
  const reason = el("textarea", {
    rows: 2,
    maxlength: 500,
    placeholder: t("answer.reason"),
    "aria-label": t("answer.reason"),
  });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const form = el(
    "form",
    { class: "case-form", novalidate: true },
    el("h3", {}, words),
    photos?.node,
    wantsReason ? reason : null,
    problem,
    el(
      "div",
      { class: "pair" },
      el("button", { type: "submit", class: "button primary" }, t("answer.send")),
      el("button", { type: "button", class: "button", onclick: cancel }, t("answer.cancel")),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const lack =
      photos && !photos.count()
        ? "answer.need.photo"
        : wantsReason && reason.value.trim().length < 2
          ? "answer.need.reason"
          : "";
    problem.hidden = lack === "";
    problem.textContent = lack && t(lack);
    if (lack) return;
    await does.change(task, to, { reason: reason.value.trim(), photos: (await photos?.photos()) ?? [] });
    does.busy(false);
  });
  return form;
}
