/** The page behind a village's QR code: says where one is, takes the report, keeps it until it has arrived, shows the query code. */

import { QUESTION_WORDS } from "../../i18n/questions.js";
import words from "../../i18n/report.js";
import { createI18n, rememberLanguage, translateTree } from "../core/i18n.js";
import { ApiError } from "../net/api.js";
import { byId, el } from "../panel/dom.js";
import { backoffMs } from "../phone/backoff.js";
import { deliver, Proof, readCode } from "./deliver.js";
import { mountForm } from "./form.js";
import { forgetReceipts, KeptReports, keepReceipt, newId } from "./kept.js";
import { mineList } from "./mine.js";
import { problemText } from "./problem.js";
import { showTaken } from "./taken.js";

/** @typedef {import("./kept.js").Report} Report */
/** @typedef {import("./deliver.js").CodeInfo} CodeInfo */

const i18n = createI18n([words, QUESTION_WORDS]);
const { t, language } = i18n;
const code = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const kept = new KeptReports();
const main = byId("main");
const page = { sending: false, proof: /** @type {Proof | null} */ (null), failures: 0, again: 0 };

document.documentElement.lang = i18n.locale;
document.title = t("page.title");
translateTree(document, t);
byId("language").textContent = t("language.other");
byId("language").addEventListener("click", () => {
  rememberLanguage(language === "zh" ? "en" : "zh");
  location.replace(location.pathname);
});
addEventListener("online", () => void sendKept());
void start();

async function start() {
  const waiting = await kept.all();
  if (waiting[0]) {
    showWaiting(null);
    return sendKept();
  }
  await openForm();
}

async function openForm() {
  try {
    const info = /** @type {CodeInfo} */ (await readCode(code));
    document.title = t("page.title.village", { village: info.area_name });
    byId("village").textContent = info.area_name;
    byId("place").textContent = info.place || t("subtitle");
    showForm(info);
  } catch (error) {
    showClosed(error);
  }
}

/** @param {CodeInfo} info */
function showForm(info) {
  const clientId = newId();
  page.proof = new Proof(info.challenge, clientId, Date.now());
  const box = el("div", {});
  main.replaceChildren(box, mine());
  mountForm(box, {
    info,
    i18n,
    submit: async (filled) => {
      await kept.put({ ...filled, clientId, code, atMs: Date.now() });
      await showWaiting(null);
      await sendKept();
    },
  });
}

/** Sends everything that waits, oldest first; the last answer is shown. */
async function sendKept() {
  if (page.sending) return;
  page.sending = true;
  clearTimeout(page.again);
  try {
    for (const report of await kept.all()) {
      const taken = await deliver(report, { ...page, nowMs: Date.now, keep: keepAndTell, language });
      if (taken.query_code)
        keepReceipt({ number: taken.number, queryCode: taken.query_code, text: report.description, atMs: report.atMs });
      await kept.remove(report.clientId);
      main.replaceChildren(showTaken(taken, { i18n, again: () => void openForm() }));
      scrollTo(0, 0);
    }
  } catch (error) {
    await showWaiting(error);
    page.failures += 1; // a weak network often tells nobody that it is back
    if (error instanceof ApiError && error.retryable)
      page.again = setTimeout(() => void sendKept(), backoffMs(page.failures, Math.random(), error.retryAfterMs));
  } finally {
    page.sending = false;
  }
}

/** @param {Report} report with one photo more that has arrived: over a weak line that takes minutes */
async function keepAndTell(report) {
  const [n, all] = [report.photos.filter(({ ref }) => ref !== null).length, report.photos.length];
  const line = document.getElementById("wait-photos"); // missing where the form of another report is open
  if (line) line.textContent = t("wait.photos", { n, all });
  await kept.put(report);
}

/**
 * What has not arrived yet: it is kept, why it waits, and what can be done.
 * @param {unknown} error null while it is being sent
 */
async function showWaiting(error) {
  const final = error instanceof ApiError && !error.retryable;
  const list = await kept.all();
  main.replaceChildren(
    el(
      "section",
      { class: `notice ${final ? "is-bad" : error ? "is-warning" : ""}`, role: "status" },
      el("h2", {}, t(final ? "wait.refused" : error ? "wait.title" : "wait.sending")),
      error ? el("p", {}, problemText(error, t)) : null,
      el("p", { id: "wait-photos" }),
      final ? null : el("p", {}, t(error ? "wait.text" : "wait.kept")),
    ),
    ...(error ? list.map((report) => el("blockquote", {}, report.description)) : []),
    error ? el("button", { type: "button", class: "main-button", onclick: retry }, t("wait.retry")) : "",
    final
      ? el("button", { type: "button", class: "wide-button", onclick: () => void giveUp(list) }, t("wait.give_up"))
      : "",
  );
  scrollTo(0, 0);
}

function retry() {
  void showWaiting(null);
  void sendKept();
}

/** @param {Report[]} list */
async function giveUp(list) {
  for (const report of list) await kept.remove(report.clientId);
  await openForm();
}

/** @param {unknown} error */
function showClosed(error) {
  const gone = error instanceof ApiError && error.status === 404;
  main.replaceChildren(
    el(
      "section",
      { class: "notice is-bad", role: "alert" },
      el("h2", {}, t(gone ? "code.gone" : "code.failed")),
      el("p", {}, gone ? t("code.gone.text") : problemText(error, t)),
    ),
    gone ? "" : el("button", { type: "button", class: "main-button", onclick: () => void start() }, t("wait.retry")),
    mine(),
  );
}

/** What was reported from this phone before, and a way to forget it. */
function mine() {
  const section = mineList(t);
  if (!section) return el("p", { class: "foot" }, el("a", { href: "/q/" }, t("query.link")));
  const forget = () => {
    forgetReceipts();
    section.remove();
  };
  section.append(el("button", { type: "button", class: "plain", onclick: forget }, t("mine.forget")));
  return section;
}
