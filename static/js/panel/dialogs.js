/** The windows over the page: help with the keys, and the code that enrols a phone. */

import { STATUSES } from "../core/status.js";
import { clock, duration } from "../core/time.js";
import { post } from "../net/api.js";
import { button, el } from "./dom.js";
import { icon, sign } from "./icons.js";
import { errorText, statusHint } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/roster.js").Person} Person */

const KEYS = /** @type {const} */ ([
  ["/", "help.search"],
  ["↑ ↓", "help.arrows"],
  ["Enter", "help.enter"],
  ["Esc", "help.escape"],
  ["F", "help.follow"],
  ["T", "help.trail"],
  ["C", "help.coverage"],
  ["L", "help.live"],
  ["Space", "help.space"],
  ["+ − 0", "help.zoom"],
  ["?", "help.help"],
]);

/**
 * @param {HTMLDialogElement} dialog
 * @param {App} app
 */
export function openHelp(dialog, app) {
  const { t, workers, language } = app;
  const { staleMs, offlineMs } = workers.thresholds;
  openDialog(
    dialog,
    t,
    t("help.title"),
    el(
      "dl",
      { class: "keys" },
      ...KEYS.flatMap(([key, word]) => [
        el("dt", {}, ...key.split(" ").map((k) => el("kbd", {}, k))),
        el("dd", {}, t(word)),
      ]),
    ),
    el("h3", {}, t("help.status")),
    el(
      "ul",
      { class: "legend" },
      ...STATUSES.map((status) =>
        el(
          "li",
          {},
          sign(status, false),
          el("b", { class: `status-${status}` }, t(`status.${status}`)),
          el("span", {}, statusHint(app, status)),
        ),
      ),
    ),
    el(
      "p",
      { class: "note" },
      t("help.honest", { stale: duration(staleMs, language), offline: duration(offlineMs, language) }),
    ),
  );
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {App} app
 * @param {Person} person
 * @param {{say: (text: string) => void}} actions
 */
export async function openEnrolment(dialog, app, person, { say }) {
  const { t } = app;
  const body = el("div", { class: "enrol" }, el("p", { class: "note" }, t("enrol.loading")));
  openDialog(dialog, t, t("enrol.title", { name: person.name }), body);
  try {
    const made = await post("/api/v1/enrolments", { worker_id: person.id }, { language: app.language });
    body.replaceChildren(...enrolment(app, person, made, say));
  } catch (error) {
    const again = el(
      "button",
      { type: "button", class: "button", onclick: () => openEnrolment(dialog, app, person, { say }) },
      t("retry"),
    );
    body.replaceChildren(el("p", { class: "note note-error" }, errorText(error, t)), again);
  }
}

/**
 * @param {App} app
 * @param {Person} person
 * @param {{code: string, url: string, qr_svg: string, expires_at_ms: number}} made
 * @param {(text: string) => void} say
 */
function enrolment({ t }, person, { code, url, qr_svg, expires_at_ms }, say) {
  // As a picture the drawing cannot run anything, whatever it holds.
  const picture = el("img", {
    class: "qr",
    alt: code,
    width: 240,
    height: 240,
    src: `data:image/svg+xml,${encodeURIComponent(withNamespace(qr_svg))}`,
  });
  const copy = async () => {
    await navigator.clipboard?.writeText(url);
    say(t("enrol.copied"));
  };
  return [
    picture,
    el("p", {}, t("enrol.text", { name: person.name })),
    el(
      "p",
      { class: "enrol-code" },
      el("small", {}, t("enrol.code")),
      el("b", {}, code),
      el("small", {}, t("enrol.expires", { time: clock(expires_at_ms) })),
    ),
    navigator.clipboard ? el("button", { type: "button", class: "button", onclick: copy }, t("enrol.copy")) : "",
  ];
}

/** @param {string} text */
function withNamespace(text) {
  return text.includes("xmlns=") ? text : text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {App["t"]} t
 * @param {string} title
 * @param {...Node} content
 */
export function openDialog(dialog, t, title, ...content) {
  const close = button({
    label: t("close"),
    icon: icon("close"),
    className: "button-quiet",
    onclick: () => dialog.close(),
  });
  dialog.setAttribute("aria-label", title);
  dialog.replaceChildren(
    el("div", { class: "dialog-head" }, el("h2", {}, title), close),
    el("div", { class: "dialog-body" }, ...content),
  );
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  if (!dialog.open) dialog.showModal();
}
