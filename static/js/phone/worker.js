/** Keeps the phone page for use without a network, and sends the queue when the network returns. Scope: /phone only. */

import { CaseOutbox } from "./case_outbox.js";
import { readIdentity } from "./identity.js";
import { Outbox } from "./outbox.js";
import { Queue } from "./queue.js";
import { Sender } from "./sender.js";
import { Store } from "./store.js";
import { FILES } from "./version.js";

const PREFIX = "sanxun-phone-";
const worker = /** @type {any} */ (self);

/**
 * Listens to everything that the browser asks of the worker.
 * @param {string} version of the kept files
 */
export function serve(version) {
  const cacheName = PREFIX + version;
  worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(keepFiles(cacheName)));
  worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(takeOver(cacheName)));
  worker.addEventListener("fetch", (/** @type {any} */ event) => {
    const key = keptAs(event.request);
    if (key) event.respondWith(fromCache(cacheName, key, event.request));
  });
  worker.addEventListener("message", (/** @type {any} */ event) => {
    if (event.data === "use-new-version") worker.skipWaiting();
  });
  // Background sync (Chromium): the browser calls this once a network is there, even when the page is gone.
  worker.addEventListener("sync", (/** @type {any} */ event) => {
    if (event.tag === "sanxun-queue") event.waitUntil(sendQueue());
  });
}

/** @param {string} cacheName */
async function keepFiles(cacheName) {
  const cache = await caches.open(cacheName);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

/** @param {string} cacheName */
async function takeOver(cacheName) {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * The kept file that answers this request, or null where the network must.
 * @param {Request} request
 */
function keptAs(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return null;
  return FILES.includes(url.pathname) ? url.pathname : null;
}

/**
 * One version of the page at a time: everything comes from the same cache until the next version takes over as a whole.
 * @param {string} cacheName
 * @param {string} key
 * @param {Request} request
 */
async function fromCache(cacheName, key, request) {
  const cache = await caches.open(cacheName);
  return (await cache.match(key)) ?? fetch(request);
}

async function sendQueue() {
  const store = new Store();
  const identity = await readIdentity(store);
  if (!identity) return;
  const outcome = await new Sender({ store, queue: new Queue(store) }).drain(identity, { force: true });
  const lettersGone = (await new Outbox(store).drain(identity)) && (await new CaseOutbox(store).drain(identity));
  // A rejected sync event is tried again by the browser, later each time.
  if (outcome === "retry" || !lettersGone) throw new Error("not everything could be sent");
}
