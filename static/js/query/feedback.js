/** The reporter's word on the answer: stars, solved or not, and asking for it to be taken up again. */

import { ApiError, post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { problemText } from "../report/problem.js";

const STARS = [1, 2, 3, 4, 5];

/**
 * @param {import("./progress.js").Found} found
 * @param {{code: string, i18n: import("../core/i18n.js").I18n, reload: () => Promise<void>}} tools
 * @returns {HTMLElement[]}
 */
export function feedbackPart(found, tools) {
  const { t } = tools.i18n;
  const parts = [];
  if (found.can_rate) parts.push(ratingForm(tools));
  else if (found.rating)
    parts.push(
      el(
        "section",
        {},
        el("h2", {}, t("rating.given")),
        el(
          "p",
          { class: "stars", "aria-label": t("rating.stars", { n: found.rating }) },
          "★".repeat(found.rating) + "☆".repeat(5 - found.rating),
        ),
      ),
    );
  if (found.can_reopen) parts.push(reopenForm(tools));
  return parts;
}

/** @param {{code: string, i18n: import("../core/i18n.js").I18n, reload: () => Promise<void>}} tools */
function ratingForm({ code, i18n: { t }, reload }) {
  const stars = STARS.map((n) =>
    el(
      "label",
      { class: "star" },
      el("input", { type: "radio", name: "rating", value: n }),
      el("span", { "aria-hidden": "true" }, "★"),
      el("small", {}, t(`rating.${n}`)),
    ),
  );
  const solved = ["yes", "no"].map((answer) =>
    el(
      "label",
      { class: "choice" },
      el("input", { type: "radio", name: "solved", value: answer }),
      t(`solved.${answer}`),
    ),
  );
  const text = el("textarea", {
    rows: 2,
    maxlength: 500,
    placeholder: t("rating.text"),
    "aria-label": t("rating.text"),
  });
  return formOf({
    title: t("rating.title"),
    submit: t("rating.submit"),
    children: [
      el("div", { class: "star-row", role: "radiogroup", "aria-label": t("rating.title") }, ...stars),
      el("p", { class: "label" }, t("solved.title")),
      el("div", { class: "choices", role: "radiogroup", "aria-label": t("solved.title") }, ...solved),
      text,
    ],
    t,
    reload,
    send: async (data) => {
      if (!data.get("rating")) return t("rating.needed");
      const solvedSaid = data.get("solved");
      await post(
        `/api/v1/public/reports/${encodeURIComponent(code)}/rating`,
        {
          rating: Number(data.get("rating")),
          ...(solvedSaid ? { solved: solvedSaid === "yes" } : {}),
          ...(text.value.trim() ? { text: text.value.trim() } : {}),
        },
        { signIn: false },
      );
      await reload();
      return "";
    },
  });
}

/** @param {{code: string, i18n: import("../core/i18n.js").I18n, reload: () => Promise<void>}} tools */
function reopenForm({ code, i18n: { t }, reload }) {
  const text = el("textarea", {
    rows: 3,
    maxlength: 500,
    placeholder: t("reopen.hint"),
    "aria-label": t("reopen.hint"),
  });
  const form = formOf({
    title: "",
    submit: t("reopen.submit"),
    children: [text],
    t,
    reload,
    send: async () => {
      if (text.value.trim().length < 2) return t("reopen.needed");
      await post(
        `/api/v1/public/reports/${encodeURIComponent(code)}/reopen`,
        { reason: text.value.trim() },
        { signIn: false },
      );
      await reload();
      return "";
    },
  });
  return el("section", {}, el("details", {}, el("summary", {}, t("reopen.title")), form));
}

/**
 * @param {{title: string, submit: string, children: Node[], t: import("../core/i18n.js").Translate, reload: () => Promise<void>, send: (data: FormData) => Promise<string>}} options
 *   `send` answers what is missing, or ""
 */
function formOf({ title, submit, children, t, reload, send }) {
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const button = el("button", { type: "submit", class: "main-button" }, submit);
  const form = el("form", { novalidate: true }, title ? el("h2", {}, title) : null, ...children, problem, button);
  form.addEventListener("input", () => {
    problem.hidden = true;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const said = await send(new FormData(form)).catch((error) => {
      // It was done already, and the answer lost on its way: the page shows how things stand.
      if (error instanceof ApiError && error.status === 409) return reload().then(() => "");
      return problemText(error, t);
    });
    problem.textContent = said;
    problem.hidden = !said;
    button.disabled = false;
  });
  return title ? el("section", {}, form) : form;
}
