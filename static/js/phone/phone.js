/** The phone page's one owner of state: duty, positions, help and the queue; it tells the page when something changed. */

import { get } from "../net/api.js";
import { fixOf } from "./fix.js";
import { acceptNotice, clearRevoked, enrol, forget, markRevoked, readIdentity } from "./identity.js";
import { Locator } from "./locator.js";
import { holdLock } from "./lock.js";
import { changeDuty, changeStatus, NO_DUTY, NO_STATUS, readDuty, readStatus } from "./status.js";
import { StorageFull } from "./store.js";
import { worthKeeping } from "./throttle.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./queue.js").Queue} Queue */
/** @typedef {import("./sender.js").Sender} Sender */
/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {import("./health.js").LocationProblem} LocationProblem */
/** @typedef {import("./fix.js").Position} Position */
/** @typedef {import("./fix.js").Battery} Battery */

const WATCH_LOCK = "sanxun-phone-watch";
const CHANNEL = "sanxun-phone";
// One request in ten seconds is plenty for a map, and spares the radio.
const SEND_GAP_MS = 10_000;
const BUSY_MS = 5_000;
const SILENT_MS = 45_000;

/** @typedef {{loaded: boolean, identity: Identity | null, duty: import("./status.js").Duty, status: import("./status.js").Status, queue: import("./queue.js").Summary, others: number, problem: LocationProblem, full: boolean, elsewhere: boolean, battery: Battery | null}} State */

export class Phone {
  /** @type {State} */
  state = {
    loaded: false,
    identity: null,
    duty: { ...NO_DUTY },
    status: { ...NO_STATUS },
    queue: { waiting: 0, oldestMs: null, duties: 0, refused: 0 },
    others: 0,
    problem: null,
    full: false,
    elsewhere: false,
    battery: null,
  };

  #store;
  #queue;
  #sender;
  #now;
  #onChange;
  #askForSync;
  #locator;
  #channel = new BroadcastChannel(CHANNEL);
  /** @type {AbortController | null} */
  #watching = null;
  /** @type {{timer: ReturnType<typeof setTimeout>, atMs: number} | null} */
  #wake = null;
  #sentMs = 0;
  #noticeVersion = "";
  #heardMs = 0;
  /** @type {Promise<void>} */
  #refreshing = Promise.resolve();

  /** @param {{store: Store, queue: Queue, sender: Sender, now: () => number, onChange: () => void, askForSync: () => void}} parts */
  constructor({ store, queue, sender, now, onChange, askForSync }) {
    this.#store = store;
    this.#queue = queue;
    this.#sender = sender;
    this.#now = now;
    this.#onChange = onChange;
    this.#askForSync = askForSync;
    this.#locator = new Locator({
      onPosition: (position) => void this.#take(position),
      onProblem: (problem) => this.#set({ problem }),
    });
    this.#channel.onmessage = () => void this.refresh();
  }

  async start() {
    await this.refresh();
    this.#set({ loaded: true });
    this.send({ force: true });
    void this.#askServer();
  }

  /** Reads everything anew, for another tab or the service worker may have changed it; one reading after the other. */
  refresh() {
    this.#refreshing = this.#refreshing.then(() => this.#read());
    return this.#refreshing;
  }

  async #read() {
    const identity = await readIdentity(this.#store);
    if (!identity) {
      this.#stopWatch();
      return this.#set({ identity, duty: { ...NO_DUTY }, status: { ...NO_STATUS } });
    }
    const worker = identity.worker.id;
    const [duty, status, queue, others] = await Promise.all([
      readDuty(this.#store, worker),
      readStatus(this.#store, worker),
      this.#queue.summary(worker),
      this.#queue.others(worker),
    ]);
    this.#set({ identity, duty, status, queue, others });
    if (endedByServer(this.state)) await this.#endByServer(worker);
    if (this.state.duty.on && !identity.revoked) this.#startWatch();
    else this.#stopWatch();
  }

  /**
   * @param {{code: string, language: string, agent: string}} about
   */
  async enrol({ code, language, agent }) {
    if (this.state.duty.on) await this.goOff();
    const noticeVersion = this.#noticeVersion;
    await enrol(this.#store, { code, language, agent, noticeVersion, nowMs: this.#now() });
    await navigator.storage?.persist?.().catch(() => false);
    await this.#changed();
    this.send({ force: true });
  }

  async acceptNotice() {
    await acceptNotice(this.#store, this.#noticeVersion, this.#now());
    await this.#changed();
  }

  /** @param {string} version of the notice that this page shows */
  useNotice(version) {
    this.#noticeVersion = version;
  }

  get noticeAccepted() {
    return this.state.identity?.notice_version === this.#noticeVersion;
  }

  async goOn() {
    const { identity } = this.state;
    if (!identity || identity.revoked || !this.noticeAccepted || this.state.duty.on) return;
    const worker = identity.worker.id;
    const nowMs = this.#now();
    await changeStatus(this.#store, worker, (status) => ({ ...status, on_duty: null, until_ms: null }));
    await this.#queue.addDuty(worker, "on", nowMs);
    await changeDuty(this.#store, worker, () => ({ ...NO_DUTY, on: true, since_ms: nowMs }));
    await this.#changed();
    this.send({ force: true });
  }

  async goOff() {
    const { identity } = this.state;
    if (!identity || !this.state.duty.on) return;
    this.#stopWatch();
    const worker = identity.worker.id;
    await this.#queue.addDuty(worker, "off", this.#now());
    await changeDuty(this.#store, worker, () => ({ ...NO_DUTY }));
    await this.#changed();
    this.send({ force: true });
  }

  /** @param {boolean} help */
  async setHelp(help) {
    if (help) await this.goOn();
    const { identity, duty } = this.state;
    if (!identity || !duty.on || duty.help === help) return;
    const change = { help, help_since_ms: help ? this.#now() : 0 };
    this.#set({ duty: { ...duty, ...change } }); // a position that comes while we write must carry it already
    await changeDuty(this.#store, identity.worker.id, (before) => ({ ...before, ...change }));
    await this.#changed();
    this.#locator.nudge(); // the next position carries the change, so ask for it now
  }

  /** Withdraws consent: ends duty, sends what it can, forgets the token. */
  async leave() {
    await this.goOff();
    if (this.state.identity) await this.#sender.drain(this.state.identity, { force: true });
    await forget(this.#store);
    await this.#changed();
  }

  async tryAgain() {
    await clearRevoked(this.#store);
    await this.#changed();
    await this.#askServer();
    this.send({ force: true });
  }

  /** @param {Battery | null} battery */
  setBattery(battery) {
    this.#set({ battery });
  }

  /** Called every second while the page lives. */
  tick() {
    if (timeIsUp(this.state, this.#now())) void this.#timeUp();
    if (!this.#locator.watching || this.#now() - this.#heardMs < SILENT_MS) return;
    this.#heardMs = this.#now();
    this.#locator.nudge();
  }

  /**
   * Sends soon; at once with `force`.
   * @param {{force?: boolean}} [options]
   */
  send({ force = false } = {}) {
    if (force) void this.#drain(true);
    else this.#sendAt(Math.max(this.#now(), this.#sentMs + SEND_GAP_MS));
  }

  /** @param {number} atMs */
  #sendAt(atMs) {
    if (this.#wake && this.#wake.atMs <= atMs) return;
    if (this.#wake) clearTimeout(this.#wake.timer);
    const timer = setTimeout(() => {
      this.#wake = null;
      void this.#drain(false);
    }, atMs - this.#now());
    this.#wake = { timer, atMs };
  }

  /** @param {boolean} force */
  async #drain(force) {
    const { identity } = this.state;
    if (!identity || identity.revoked) return;
    this.#sentMs = this.#now();
    const outcome = await this.#sender.drain(identity, { force });
    await this.#changed();
    if (outcome === "busy") this.#sendAt(this.#now() + BUSY_MS);
    if (outcome !== "retry") return;
    this.#askForSync();
    this.#sendAt(this.state.status.next_try_ms);
  }

  /** Learns whether the token is still good and whether the shift still runs, where nothing is waiting that would tell. */
  async #askServer() {
    const { identity } = this.state;
    if (!identity || identity.revoked) return;
    const headers = { Authorization: `Bearer ${identity.token}` };
    try {
      const answer = await get("/api/v1/duty", { headers, signIn: false });
      await changeStatus(this.#store, identity.worker.id, (status) => ({
        ...status,
        on_duty: typeof answer?.on === "boolean" ? answer.on : status.on_duty,
        until_ms: answer?.until_ms ?? null,
      }));
    } catch (error) {
      const status = /** @type {{status?: number}} */ (error).status;
      if (status === 401 || status === 403) await markRevoked(this.#store, identity.token);
    }
    await this.#changed();
  }

  /** @param {Position} position */
  async #take(position) {
    this.#heardMs = this.#now();
    const { identity, duty, battery, status } = this.state;
    const fix = fixOf(position, { battery, help: duty.help });
    // A position from before 上岗 belongs to the worker alone.
    if (!identity || !duty.on || fix.t < duty.since_ms) return;
    if (!worthKeeping(duty.last, fix, { intervalS: status.interval_s, help: duty.help })) return;
    this.#set({ duty: { ...duty, last: fix } });
    const urgent = !duty.last || Boolean(fix.help) !== Boolean(duty.last.help);
    await this.#keep(identity, fix);
    await this.#changed();
    this.send({ force: urgent });
  }

  /**
   * @param {Identity} identity
   * @param {import("./queue.js").Fix} fix
   */
  async #keep(identity, fix) {
    const worker = identity.worker.id;
    try {
      await this.#queue.addFix(worker, fix);
      await changeDuty(this.#store, worker, (duty) => (duty.on ? { ...duty, last: fix } : duty));
      this.#set({ full: false });
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      this.#set({ full: true, status: { ...this.state.status, lost: this.state.status.lost + 1 } });
      await changeStatus(this.#store, worker, (status) => ({ ...status, lost: status.lost + 1 })).catch(() => {});
    }
  }

  #startWatch() {
    if (this.#watching) return;
    this.#watching = new AbortController();
    this.#heardMs = this.#now();
    this.#set({ elsewhere: true });
    // Only one tab records; another one waits in line and takes over when the first is closed.
    void holdLock(WATCH_LOCK, this.#watching.signal, () => {
      this.#set({ elsewhere: false });
      this.#locator.start();
    });
  }

  #stopWatch() {
    this.#watching?.abort();
    this.#watching = null;
    if (this.#locator.watching || this.state.problem) this.#locator.stop();
    this.#set({ elsewhere: false });
  }

  /** @param {number} worker */
  async #endByServer(worker) {
    await changeDuty(this.#store, worker, () => ({ ...NO_DUTY, ended_by_server: true }));
    this.#set({ duty: await readDuty(this.#store, worker) });
  }

  /** The server ends a shift at its limit; without a network the phone must stop by itself at the same moment. */
  async #timeUp() {
    const { identity } = this.state;
    this.#stopWatch();
    if (identity) await this.#endByServer(identity.worker.id);
    await this.#changed();
  }

  async #changed() {
    this.#channel.postMessage("changed");
    await this.refresh();
  }

  /** @param {Partial<State>} change */
  #set(change) {
    this.state = { ...this.state, ...change };
    this.#onChange();
  }
}

/**
 * The server has closed the shift (its limit, or a supervisor) when it says off duty and no change of ours is on its way.
 * @param {State} state
 */
function endedByServer({ duty, status, queue }) {
  return duty.on && status.on_duty === false && queue.duties === 0;
}

/**
 * @param {State} state
 * @param {number} nowMs by the phone's clock
 */
function timeIsUp({ duty, status }, nowMs) {
  return duty.on && status.until_ms !== null && nowMs + (status.skew_ms ?? 0) >= status.until_ms;
}
