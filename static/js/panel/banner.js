/** The banner that says that the stream is gone, since when, and when it is tried again. */

import { clock } from "../core/time.js";
import { goToSignIn } from "../net/api.js";
import { el, setText } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../app.js").App} App */

// A reconnection that takes a moment is no news.
const PATIENCE_MS = 1500;

/**
 * @param {HTMLElement} root
 * @param {App} app
 * @param {{retryNow: () => void}} actions
 */
export function mountBanner(root, app, { retryNow }) {
  const { t, world } = app;
  const text = el("span", {});
  const action = el("button", { type: "button", class: "button" });
  root.replaceChildren(icon("alert"), text, action);
  let lostMs = 0;
  const show = () => {
    const { connection, counts } = world.values;
    const { phase } = connection;
    if (phase === "live") lostMs = 0;
    else if (lostMs === 0 && (phase !== "connecting" || counts)) lostMs = Date.now();
    const final = phase === "signed_out";
    root.hidden = !final && (lostMs === 0 || Date.now() - lostMs < PATIENCE_MS);
    document.body.classList.toggle("is-lost", !root.hidden);
    if (root.hidden) return;
    setText(text, sentence(app));
    setText(action, t(final ? "banner.sign_in" : "banner.retry"));
    action.onclick = final ? goToSignIn : retryNow;
  };
  world.on(["connection", "second"], show);
}

/** @param {App} app */
function sentence({ t, world, clock: serverClock }) {
  const { phase, retryAtMs, lastHeardMs, reason } = world.values.connection;
  if (phase === "signed_out") return t("banner.signed_out");
  const seconds = retryAtMs === null ? 0 : Math.ceil((retryAtMs - Date.now()) / 1000);
  const parts = [
    t(reason === "too_many" ? "banner.too_many" : world.values.counts ? "banner.lost" : "banner.never"),
    lastHeardMs === null
      ? ""
      : t("banner.lost.heard", { time: clock(serverClock.nowMs() - (Date.now() - lastHeardMs), { seconds: true }) }),
    seconds > 0 ? t("banner.lost.wait", { n: seconds }) : t("banner.lost.now"),
  ];
  return parts.filter(Boolean).join(" ");
}
