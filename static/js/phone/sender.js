/** Sends what waits, oldest first, one sender at a time over all tabs and the service worker. */

import { ApiError, post } from "../net/api.js";
import { backoffMs } from "./backoff.js";
import { BATCH, covers, failureOf, nextStep } from "./batch.js";
import { markRevoked } from "./identity.js";
import { withLock } from "./lock.js";
import { changeStatus, NO_STATUS, readStatus } from "./status.js";
import { VERSION } from "./version.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./queue.js").Queue} Queue */
/** @typedef {import("./queue.js").Item} Item */
/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {import("./batch.js").Step} Step */
/** @typedef {import("./status.js").Status} Status */
/** @typedef {"empty" | "retry" | "revoked" | "busy"} Outcome */

const LOCK = "sanxun-phone-send";
// A rural network may take long for 100 fixes (10 kB); after half a minute nothing comes any more.
const TIMEOUT_MS = 30_000;

/** Empties the queue of one worker over HTTP. */
export class Sender {
  #store;
  #queue;
  #now;
  #random;

  /** @param {{store: Store, queue: Queue, now?: () => number, random?: () => number}} parts */
  constructor({ store, queue, now = Date.now, random = Math.random }) {
    this.#store = store;
    this.#queue = queue;
    this.#now = now;
    this.#random = random;
  }

  /**
   * Sends until nothing waits, or until a failure says to stop. `force` ignores a wait that we chose ourselves.
   * @param {Identity} identity
   * @param {{force?: boolean}} [options]
   * @returns {Promise<Outcome>}
   */
  async drain(identity, { force = false } = {}) {
    const done = await withLock(LOCK, () => this.#drain(identity, force));
    return done ?? "busy";
  }

  /**
   * @param {Identity} identity
   * @param {boolean} force
   * @returns {Promise<Outcome>}
   */
  async #drain(identity, force) {
    if (identity.revoked) return "revoked";
    const worker = identity.worker.id;
    const { next_try_ms: notBefore, asked_to_wait: asked } = await readStatus(this.#store, worker);
    if (this.#now() < notBefore && (asked || !force)) return "retry";
    for (let size = BATCH; ; ) {
      const step = nextStep(await this.#queue.head(worker, size));
      if (!step) return "empty";
      const failed = await this.#send(identity, step).catch((error) => this.#failed(identity, step, error));
      if (failed === "smaller") size = Math.max(1, Math.floor(size / 2));
      else if (failed) return failed;
    }
  }

  /**
   * @param {Identity} identity
   * @param {Step} step
   * @returns {Promise<null>}
   */
  async #send(identity, step) {
    if (step.kind === "duty") await this.#sendDuty(identity, step.item);
    else await this.#sendFixes(identity, step.items);
    return null;
  }

  /**
   * @param {Identity} identity
   * @param {readonly Item[]} items
   */
  async #sendFixes(identity, items) {
    const sentMs = this.#now();
    const body = {
      sent_at: sentMs,
      crs: "wgs84",
      app: `sanxun-phone/${VERSION}`,
      fixes: items.map((item) => item.fix),
    };
    const reply = await this.#post("/api/v1/pings", body, identity);
    if (!covers(reply, items.length)) {
      throw new ApiError({ code: "bad_answer", message: "the answer does not cover the fixes", status: 200 });
    }
    await this.#queue.remove(items);
    const doneMs = this.#now();
    const help = items.some((item) => item.fix?.help);
    await changeStatus(this.#store, identity.worker.id, (status) => ({
      ...succeeded(status, doneMs),
      on_duty: reply.on_duty ?? status.on_duty,
      sent: status.sent + items.length,
      off_duty: status.off_duty + reply.off_duty,
      quarantined: status.quarantined + reply.quarantined.length,
      interval_s: reply.next?.interval_s ?? null,
      skew_ms: skew(reply.server_time_ms, sentMs, doneMs) ?? status.skew_ms,
      help_sent_ms: help ? doneMs : status.help_sent_ms,
    }));
  }

  /**
   * @param {Identity} identity
   * @param {Item} item
   */
  async #sendDuty(identity, item) {
    const sentMs = this.#now();
    const reply = await this.#post(`/api/v1/duty/${item.kind}`, { at_ms: item.t }, identity);
    await this.#queue.remove([item]);
    const doneMs = this.#now();
    await changeStatus(this.#store, identity.worker.id, (status) => ({
      ...succeeded(status, doneMs),
      on_duty: typeof reply?.on === "boolean" ? reply.on : item.kind === "on",
      until_ms: reply?.until_ms ?? null,
      skew_ms: skew(reply?.server_time_ms, sentMs, doneMs) ?? status.skew_ms,
    }));
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {Identity} identity
   */
  #post(path, body, { token }) {
    const headers = { Authorization: `Bearer ${token}` };
    return post(path, body, { signIn: false, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  /**
   * @param {Identity} identity
   * @param {Step} step
   * @param {unknown} error
   * @returns {Promise<Outcome | "smaller" | null>} null: the step is out of the way, go on
   */
  async #failed(identity, step, error) {
    const known =
      error instanceof ApiError ? error : new ApiError({ code: "failed", message: String(error), status: 0 });
    const meaning = failureOf(known.status);
    if (meaning === "revoked") {
      await markRevoked(this.#store, identity.token);
      return "revoked";
    }
    const items = step.kind === "duty" ? [step.item] : step.items;
    if (meaning !== "retry" && items.length > 1) return "smaller";
    if (meaning !== "retry") {
      await this.#queue.refuse(items);
      return null;
    }
    await this.#backOff(identity, known);
    return "retry";
  }

  /**
   * @param {Identity} identity
   * @param {ApiError} error
   */
  async #backOff(identity, error) {
    const nowMs = this.#now();
    await changeStatus(this.#store, identity.worker.id, (status) => ({
      ...status,
      failures: status.failures + 1,
      next_try_ms: nowMs + backoffMs(status.failures + 1, this.#random(), error.retryAfterMs),
      asked_to_wait: error.retryAfterMs !== null,
      problem: error.status === 0 ? "offline" : error.code,
    }));
  }
}

/**
 * @param {Status} status
 * @param {number} nowMs
 * @returns {Status}
 */
function succeeded(status, nowMs) {
  const { failures, next_try_ms, asked_to_wait, problem } = NO_STATUS;
  return { ...status, failures, next_try_ms, asked_to_wait, problem, upload_ms: nowMs };
}

/**
 * Server clock minus phone clock, taken in the middle of the request; null where the server did not say its time.
 * @param {number | undefined} serverMs
 * @param {number} sentMs
 * @param {number} doneMs
 */
function skew(serverMs, sentMs, doneMs) {
  return typeof serverMs === "number" ? Math.round(serverMs - (sentMs + doneMs) / 2) : null;
}
