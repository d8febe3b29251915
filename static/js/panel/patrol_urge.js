/** 督促: a text to a worker's phone, from a few ready ones or one's own. */

import { button, el } from "./dom.js";
import { icon } from "./icons.js";
import { errorText } from "./words.js";

/** @typedef {import("../core/i18n.js").Translate} Translate */

const MOST = 120;
const READY = /** @type {const} */ (["start", "finish", "signal", "make_up"]);

/**
 * @param {HTMLDialogElement} dialog
 * @param {{t: Translate, person: {worker: number, name: string, place: string}, send: (text: string) => Promise<void>, say: (text: string) => void}} options
 */
export function openUrge(dialog, { t, person, send, say }) {
  const text = el("textarea", {
    class: "textarea",
    rows: 3,
    maxlength: MOST,
    required: true,
    "aria-label": t("patrol.urge.text"),
  });
  text.value = t("patrol.urge.start");
  const problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  const submit = el("button", { type: "submit", class: "button button-main" }, icon("phone"), t("patrol.urge.send"));
  const ready = READY.map((key) =>
    el(
      "button",
      {
        type: "button",
        class: "chip",
        onclick: () => {
          text.value = t(`patrol.urge.${key}`);
          text.focus();
        },
      },
      t(`patrol.urge.${key}.short`),
    ),
  );
  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    problem.hidden = true;
    try {
      await send(text.value.trim());
      dialog.close();
      say(t("patrol.urge.sent", { name: person.name }));
    } catch (error) {
      problem.textContent = errorText(error, t);
      problem.hidden = false;
    } finally {
      submit.disabled = false;
    }
  };
  openWindow(
    dialog,
    t,
    t("patrol.urge.title", { name: person.name }),
    el(
      "form",
      { class: "urge", onsubmit },
      el("p", { class: "note" }, person.place),
      el("div", { class: "chips" }, ...ready),
      text,
      el("p", { class: "note" }, t("patrol.urge.hint")),
      problem,
      el("div", { class: "form-actions" }, submit),
    ),
  );
  text.focus();
  text.select();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Translate} t
 * @param {string} title
 * @param {...Node} content
 */
export function openWindow(dialog, t, title, ...content) {
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
