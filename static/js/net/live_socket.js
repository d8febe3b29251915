/** The live stream's transport: connects, listens for silence, reconnects with a growing jittered wait. It knows no map and no store. */

import { backoffMs } from "../core/backoff.js";
import { decodeFrame } from "../core/frames.js";

/** @typedef {import("../core/frames.js").Frame} Frame */
/** @typedef {{epoch: string, seq: number, server_time_ms: number, tick_ms: number, heartbeat_ms: number, area: string, workers: number, stale_s: number, offline_s: number, roster: number}} Hello */
/** @typedef {"connecting" | "live" | "lost" | "signed_out" | "refused"} Phase */
/** @typedef {{phase: Phase, retryAtMs: number | null, lastHeardMs: number | null, reason: string}} Connection */

/**
 * @typedef {object} Handlers
 * @property {(hello: Hello) => void} onHello
 * @property {(frame: Frame) => "applied" | "skipped" | "resync"} onFrame
 * @property {(version: number) => void} onRoster
 * @property {(kind: string, data: any) => void} onEvent
 * @property {(connection: Connection) => void} onConnection
 * @property {() => {epoch: string, seq: number} | null} resume
 * @property {() => Promise<boolean>} mayRetry asks whether we are still signed in
 */

export const SUBPROTOCOL = "sanxun.live.1";
const FIRST_HEARTBEAT_MS = 5000;
const WATCH_EVERY_MS = 1000;
// A refused upgrade gives a browser no reason, so after this many the session itself is asked.
const ASK_AFTER = 2;
/** Phases after which no attempt is made, by close code. @type {Readonly<Record<number, Phase>>} */
const FINAL = { 4401: "signed_out" };

export class LiveSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  #heartbeatMs = FIRST_HEARTBEAT_MS;
  /** @type {number | null} */
  #lastHeardMs = null;
  #openedMs = 0;
  #retryTimer = 0;
  #watchTimer = 0;
  #stopped = false;
  #resyncAskedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param {{url: string, handlers: Handlers, nowMs?: () => number, random?: () => number}} options
   */
  constructor({ url, handlers, nowMs = () => Date.now(), random = Math.random }) {
    this.url = url;
    this.handlers = handlers;
    this.nowMs = nowMs;
    this.random = random;
  }

  start() {
    this.#stopped = false;
    this.#watchTimer = setInterval(() => this.#watch(), WATCH_EVERY_MS);
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearInterval(this.#watchTimer);
    clearTimeout(this.#retryTimer);
    this.#drop();
  }

  /** Tries at once, for a reader who does not want to wait. */
  retryNow() {
    if (this.#socket) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  #connect() {
    const url = new URL(this.url);
    const resume = this.handlers.resume();
    if (resume) url.searchParams.set("resume", `${resume.epoch}:${resume.seq}`);
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#openedMs = this.nowMs();
    this.#report("connecting", null, "");
    socket.onmessage = ({ data }) => this.#heard(socket, data);
    socket.onclose = ({ code, reason }) => this.#closed(socket, code, reason);
  }

  /**
   * @param {WebSocket} socket
   * @param {string | ArrayBuffer} data
   */
  #heard(socket, data) {
    if (socket !== this.#socket) return;
    this.#lastHeardMs = this.nowMs();
    if (typeof data === "string") this.#control(JSON.parse(data));
    else this.#frame(decodeFrame(data));
  }

  /** @param {Frame} frame */
  #frame(frame) {
    const outcome = this.handlers.onFrame(frame);
    // One question is enough: the frames already on their way would each ask again.
    if (outcome === "resync" && this.nowMs() - this.#resyncAskedMs > 2 * this.#heartbeatMs) {
      this.#resyncAskedMs = this.nowMs();
      this.#socket?.send('{"type":"resync"}');
    }
    if (outcome === "applied") this.#resyncAskedMs = Number.NEGATIVE_INFINITY;
  }

  /** @param {any} message */
  #control(message) {
    if (message.type === "hello") {
      this.#attempt = 0;
      this.#heartbeatMs = message.heartbeat_ms;
      this.handlers.onHello(message);
      this.#report("live", null, "");
    } else if (message.type === "roster") this.handlers.onRoster(message.version);
    else if (message.type === "event") this.handlers.onEvent(message.kind, message.data);
  }

  #watch() {
    if (!this.#socket) return;
    const since = Math.max(this.#lastHeardMs ?? 0, this.#openedMs);
    if (this.nowMs() - since <= 2 * this.#heartbeatMs) return;
    this.#drop();
    this.#retryLater("silent");
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   * @param {string} reason
   */
  #closed(socket, code, reason) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const final = FINAL[code];
    if (final) return this.#report(final, null, reason);
    this.#retryLater(code === 4429 ? "too_many" : code === 4408 ? "too_slow" : "closed");
  }

  /** @param {string} reason */
  async #retryLater(reason) {
    if (this.#stopped) return;
    const waitMs = reason === "too_many" ? 30_000 : backoffMs(this.#attempt++, this.random);
    this.#report("lost", this.nowMs() + waitMs, reason);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), waitMs);
    if (this.#attempt > ASK_AFTER && !(await this.handlers.mayRetry())) {
      clearTimeout(this.#retryTimer);
      this.#report("signed_out", null, reason);
    }
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /**
   * @param {Phase} phase
   * @param {number | null} retryAtMs
   * @param {string} reason
   */
  #report(phase, retryAtMs, reason) {
    this.handlers.onConnection({ phase, retryAtMs, lastHeardMs: this.#lastHeardMs, reason });
  }
}
