/** The service worker from the page's side: keeping the page, offering a new version, asking for background sync. */

const TAG = "sanxun-queue";

/**
 * @typedef {object} Offline
 * @property {() => boolean} ready whether the page opens without a network
 * @property {() => Promise<void>} askForSync
 * @property {() => void} useNewVersion
 * @property {() => void} lookForUpdate
 */

/**
 * @param {{onChange: () => void, onNewVersion: () => void}} listeners
 * @returns {Promise<Offline>}
 */
export async function prepareOffline({ onChange, onNewVersion }) {
  const registration = await register();
  if (!registration) return { ready: () => false, askForSync: async () => {}, useNewVersion() {}, lookForUpdate() {} };
  let asked = false;
  watchForUpdate(registration, onChange, onNewVersion);
  navigator.serviceWorker.addEventListener("controllerchange", () => (asked ? location.reload() : onChange()));
  return {
    ready: () => registration.active !== null,
    askForSync: () => registerSync(registration),
    useNewVersion() {
      asked = true;
      registration.waiting?.postMessage("use-new-version");
    },
    lookForUpdate: () => void registration.update().catch(() => {}),
  };
}

async function register() {
  if (!("serviceWorker" in navigator)) return null;
  try {
    return await navigator.serviceWorker.register("/sw.js", {
      type: "module",
      scope: "/phone",
      updateViaCache: "none",
    });
  } catch {
    return null; // no module workers, private window, or no network on the first visit: the page works, but only online
  }
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @param {() => void} onChange
 * @param {() => void} onNewVersion
 */
function watchForUpdate(registration, onChange, onNewVersion) {
  const look = () => {
    if (registration.waiting && navigator.serviceWorker.controller) onNewVersion();
    onChange();
  };
  look();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
}

/** @param {ServiceWorkerRegistration} registration */
async function registerSync(registration) {
  const { sync } = /** @type {any} */ (registration);
  // Only Chromium has it; elsewhere the page sends by itself when it is next open.
  await sync?.register(TAG).catch(() => {});
}
