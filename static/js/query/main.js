/** The page behind a query code: where the report stands, the answer, a rating, and asking again where it is not solved. */

import { CASE_ERROR_WORDS, STATE_WORDS } from "../../i18n/case_errors.js";
import words from "../../i18n/query.js";
import { createI18n, rememberLanguage, translateTree } from "../core/i18n.js";
import { ApiError, get } from "../net/api.js";
import { byId, el } from "../panel/dom.js";
import { mineList } from "../report/mine.js";
import { problemText } from "../report/problem.js";
import { tidyCode } from "./code.js";
import { feedbackPart } from "./feedback.js";
import { statusPart, stepsPart } from "./progress.js";

const i18n = createI18n([CASE_ERROR_WORDS, STATE_WORDS, words]);
const { t, language } = i18n;
const main = byId("main");

document.documentElement.lang = i18n.locale;
document.title = t("title");
translateTree(document, t);
byId("language").textContent = t("language.other");
byId("language").addEventListener("click", () => {
  rememberLanguage(language === "zh" ? "en" : "zh");
  location.replace(location.pathname);
});
addEventListener("popstate", () => void start());
void start();

async function start() {
  const code = tidyCode(decodeURIComponent(location.pathname.split("/")[2] ?? ""));
  if (!code) return main.replaceChildren(askCode(""), mineList(t) ?? "");
  await show(code);
}

/** @param {string} code */
async function show(code) {
  main.setAttribute("aria-busy", "true");
  try {
    const found = await get(`/api/v1/public/reports/${encodeURIComponent(code)}`, { signIn: false, language });
    main.replaceChildren(
      statusPart(found, i18n),
      ...feedbackPart(found, { code, i18n, reload: () => show(code) }),
      stepsPart(found, i18n),
      el("p", { class: "foot" }, el("a", { href: "/q/" }, t("ask.other"))),
    );
  } catch (error) {
    const wrong = error instanceof ApiError && (error.status === 404 || error.status === 400);
    const text = wrong ? t("ask.wrong") : problemText(error, t);
    main.replaceChildren(askCode(code, text), mineList(t) ?? "");
  }
  main.removeAttribute("aria-busy");
}

/**
 * @param {string} code what was typed or scanned
 * @param {string} [problem]
 */
function askCode(code, problem = "") {
  const field = el("input", {
    id: "code",
    value: code,
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    maxlength: 40,
    "aria-describedby": "code-problem",
  });
  const said = el("p", { id: "code-problem", class: "problem", role: "alert", hidden: !problem }, problem);
  const form = el(
    "form",
    { class: "ask", novalidate: true },
    el("label", { class: "title", for: "code" }, t("ask.title")),
    el("p", { class: "hint" }, t("ask.hint")),
    field,
    said,
    el("button", { type: "submit", class: "main-button" }, t("ask.submit")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = tidyCode(field.value);
    if (!typed) {
      said.textContent = t("ask.empty");
      said.hidden = false;
      return field.focus();
    }
    history.pushState(null, "", `/q/${encodeURIComponent(typed)}`);
    void show(typed);
  });
  return el("section", {}, form);
}
