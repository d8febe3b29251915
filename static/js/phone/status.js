/** What this phone knows of each worker's duty, help and uploads; kept, so that a reload forgets nothing. */

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./queue.js").Fix} Fix */
/**
 * What became of the uploads.
 * @typedef {object} Status
 * @property {number} upload_ms last 2xx answer, 0 = none yet
 * @property {number} failures in a row
 * @property {number} next_try_ms not before this
 * @property {boolean} asked_to_wait the server itself asked for the wait
 * @property {string} problem "" or the last failure's code
 * @property {boolean | null} on_duty as the server last said
 * @property {number | null} until_ms when the server will end this shift by itself
 * @property {number} sent fixes answered for, ever
 * @property {number} off_duty fixes the server dropped because it had no shift for them
 * @property {number} quarantined fixes the server set aside
 * @property {number} lost fixes that found no room on this phone
 * @property {number | null} interval_s
 * @property {number | null} skew_ms server clock minus phone clock
 * @property {number} help_sent_ms when an upload with help in it was last answered
 */
/** @typedef {{on: boolean, since_ms: number, help: boolean, help_since_ms: number, last: Fix | null, ended_by_server?: boolean}} Duty */

/** @type {Readonly<Status>} */
export const NO_STATUS = Object.freeze({
  upload_ms: 0,
  failures: 0,
  next_try_ms: 0,
  asked_to_wait: false,
  problem: "",
  on_duty: null,
  until_ms: null,
  sent: 0,
  off_duty: 0,
  quarantined: 0,
  lost: 0,
  interval_s: null,
  skew_ms: null,
  help_sent_ms: 0,
});

/** @type {Readonly<Duty>} */
export const NO_DUTY = Object.freeze({ on: false, since_ms: 0, help: false, help_since_ms: 0, last: null });

/**
 * @param {Store} store
 * @param {number} worker
 * @returns {Promise<Status>}
 */
export async function readStatus(store, worker) {
  return { ...NO_STATUS, ...(await store.read(`status:${worker}`)) };
}

/**
 * @param {Store} store
 * @param {number} worker
 * @param {(status: Status) => Status} change
 */
export async function changeStatus(store, worker, change) {
  await store.change(`status:${worker}`, (/** @type {Status | undefined} */ before) =>
    change({ ...NO_STATUS, ...before }),
  );
}

/**
 * @param {Store} store
 * @param {number} worker
 * @returns {Promise<Duty>}
 */
export async function readDuty(store, worker) {
  return { ...NO_DUTY, ...(await store.read(`duty:${worker}`)) };
}

/**
 * @param {Store} store
 * @param {number} worker
 * @param {(duty: Duty) => Duty} change
 * @returns {Promise<Duty>}
 */
export async function changeDuty(store, worker, change) {
  const after = await store.change(`duty:${worker}`, (/** @type {Duty | undefined} */ d) =>
    change({ ...NO_DUTY, ...d }),
  );
  return after ?? { ...NO_DUTY };
}
