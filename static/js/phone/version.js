/** What the service worker keeps for offline use, and the stamp of its content (node tests/js/phone/stamp.js renews it). */

export const VERSION = "1fe6e663153a";

/** The page itself, then everything it loads. */
export const FILES = [
  "/phone",
  "/manifest.webmanifest",
  "/static/css/tokens.css",
  "/static/css/phone.css",
  "/static/i18n/phone.js",
  "/static/icons/app.svg",
  "/static/icons/app-192.png",
  "/static/js/core/i18n.js",
  "/static/js/core/time.js",
  "/static/js/net/api.js",
  "/static/js/phone/backoff.js",
  "/static/js/phone/batch.js",
  "/static/js/phone/code.js",
  "/static/js/phone/fix.js",
  "/static/js/phone/health.js",
  "/static/js/phone/hold.js",
  "/static/js/phone/identity.js",
  "/static/js/phone/locator.js",
  "/static/js/phone/lock.js",
  "/static/js/phone/main.js",
  "/static/js/phone/offline.js",
  "/static/js/phone/phone.js",
  "/static/js/phone/queue.js",
  "/static/js/phone/screens.js",
  "/static/js/phone/sender.js",
  "/static/js/phone/status.js",
  "/static/js/phone/store.js",
  "/static/js/phone/throttle.js",
  "/static/js/phone/version.js",
  "/static/js/phone/view.js",
  "/static/js/phone/wake.js",
  "/static/js/phone/worker.js",
];
