/** What became of the messages to one webhook, and sending again what was given up. */

import { failure, moment, problemLine, say, select } from "../desk/bits.js";
import { get, post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { show } from "./dialogs.js";
import { fill, table } from "./table.js";

/** @typedef {import("./setup.js").Setup} Setup */

const AGAIN_MS = 3000; // a test message comes through while one looks
const STATES = ["waiting", "done", "dead"];

/**
 * @param {Setup} setup
 * @param {any} hook
 * @param {() => Promise<void>} reload the list behind
 */
export function openDeliveries(setup, hook, reload) {
  const { t, dialog } = setup;
  const path = `/api/v1/webhooks/${hook.id}`;
  const body = el("div", {});
  const problem = problemLine();
  const state = select(
    [["", t("all")], ...STATES.map((one) => /** @type {[string, string]} */ ([one, t(`delivery.${one}`)]))],
    "",
    {
      "aria-label": t("c.state"),
    },
  );
  const load = () =>
    fill(setup, body, async () => {
      const found = await get(`${path}/deliveries?limit=100${state.value ? `&state=${state.value}` : ""}`);
      return list(setup, found, again);
    });
  /** @param {string} below */
  const again = async (below) => {
    say(problem, "");
    try {
      const { count } = await post(`${path}${below}/resend`, {});
      setup.say(t("delivery.again.said", { n: count }));
    } catch (error) {
      say(problem, failure(error, t));
    }
    await load();
  };
  state.addEventListener("change", () => void load());
  const timer = setInterval(() => void load(), AGAIN_MS);
  dialog.addEventListener(
    "close",
    () => {
      clearInterval(timer);
      void reload();
    },
    { once: true },
  );
  const all = el("button", { type: "button", class: "button", onclick: () => void again("") }, t("delivery.all_again"));
  const close = el("button", { type: "button", class: "button is-main", onclick: () => dialog.close() }, t("close"));
  show(
    dialog,
    el("h2", {}, t("delivery.title", { name: hook.name })),
    el("div", { class: "setup-tools" }, state, hook.retired_ms ? null : all),
    problem,
    body,
    el("p", { class: "dialog-foot" }, close),
  );
  dialog.classList.add("is-wide");
  void load();
}

/**
 * @param {Setup} setup
 * @param {{deliveries: any[], next: string | null}} found
 * @param {(below: string) => Promise<void>} again
 */
function list(setup, { deliveries, next }, again) {
  const { t } = setup;
  const kind = (/** @type {string} */ code) => t(`event.${code}`);
  const rows = table(setup, {
    columns: [
      { key: "made", show: (row) => moment(row.created_ms) },
      { key: "event", show: (row) => kind(row.kind) },
      { key: "state", show: (row) => el("span", { class: `is-${row.state}-word` }, t(`delivery.${row.state}`)) },
      { key: "attempts", show: (row) => String(row.attempts) },
      { key: "answer", wide: true, show: (row) => answerText(setup, row) },
    ],
    rows: deliveries,
    empty: t("empty.delivery"),
    actions: (row) =>
      row.state === "dead" ? [{ label: t("delivery.again"), run: () => void again(`/deliveries/${row.id}`) }] : [],
  });
  return el("div", {}, rows, next ? el("p", { class: "quiet" }, t("delivery.more")) : null);
}

/**
 * @param {Setup} setup
 * @param {any} row
 */
function answerText({ t }, { status, error, state, due_ms }) {
  const next = state === "waiting" ? el("span", {}, t("delivery.next"), " ", moment(due_ms)) : null;
  return el("span", {}, [status ? `HTTP ${status}` : "", error].filter(Boolean).join(" · "), " ", next);
}
