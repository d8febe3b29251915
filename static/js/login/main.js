/** Starts the sign-in page. */

import { LOGIN_WORDS } from "../../i18n/login.js";
import { createI18n, rememberLanguage, translateTree } from "../core/i18n.js";
import { ApiError, get, post } from "../net/api.js";
import { safeNext } from "./next.js";
import { problemOf } from "./problem.js";

const i18n = createI18n(LOGIN_WORDS);
const next = safeNext(new URLSearchParams(location.search).get("next"), location.origin);
const form = /** @type {HTMLFormElement} */ (byId("form"));
const name = /** @type {HTMLInputElement} */ (byId("name"));
const password = /** @type {HTMLInputElement} */ (byId("password"));
const submit = /** @type {HTMLButtonElement} */ (byId("submit"));

document.documentElement.lang = i18n.locale;
document.title = i18n.t("title");
translateTree(document, i18n.t);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});
byId("show").addEventListener("click", togglePassword);
byId("language").addEventListener("click", otherLanguage);
password.addEventListener("keydown", showCapsLock);
password.addEventListener("keyup", showCapsLock);
// On a phone the keyboard would cover half the page before anybody has read it.
if (matchMedia("(pointer: fine)").matches) name.focus();
void goOnIfSignedIn();

async function signIn() {
  const missing = [name, password].find((input) => input.value === "");
  if (missing) return fail({ key: missing === name ? "problem.no_name" : "problem.no_password", params: {} }, missing);
  setBusy(true);
  try {
    await post(
      "/api/v1/session",
      { name: name.value.trim(), password: password.value },
      { language: i18n.language, signIn: false },
    );
    location.replace(next);
  } catch (error) {
    setBusy(false);
    fail(problemOf(asApiError(error), Date.now()), password);
    password.select();
  }
}

/**
 * @param {{key: string, params: Record<string, string>}} problem
 * @param {HTMLInputElement} input where to go on
 */
function fail({ key, params }, input) {
  const box = byId("problem");
  box.textContent = i18n.t(key, params);
  box.hidden = false;
  input.focus();
}

/** @param {boolean} busy */
function setBusy(busy) {
  submit.disabled = busy;
  submit.textContent = i18n.t(busy ? "busy" : "submit");
  if (busy) byId("problem").hidden = true;
}

function togglePassword() {
  const shown = password.type === "text";
  password.type = shown ? "password" : "text";
  const show = byId("show");
  show.setAttribute("aria-pressed", String(!shown));
  show.textContent = i18n.t(shown ? "show" : "hide");
  password.focus();
}

/** @param {KeyboardEvent} event */
function showCapsLock(event) {
  byId("caps").hidden = !event.getModifierState?.("CapsLock");
}

function otherLanguage() {
  rememberLanguage(i18n.language === "zh" ? "en" : "zh");
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.replace(url);
}

async function goOnIfSignedIn() {
  try {
    await get("/api/v1/session", { signIn: false });
    location.replace(next);
  } catch {
    // Not signed in, or no answer: the form says the rest when it is used.
  }
}

/** @param {unknown} error */
function asApiError(error) {
  if (error instanceof ApiError) return error;
  return new ApiError({ code: "failed", message: String(error), status: 500 });
}

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}
