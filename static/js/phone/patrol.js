/** The owner of what concerns patrols: my round, my own steps in it, urgings, ticks, past rounds and letters on their way. */

import { day as dayOf } from "../core/time.js";
import { get } from "../net/api.js";
import { answerOf, pastOf } from "./answer.js";
import { backoffMs } from "./backoff.js";
import { groundOf } from "./ground.js";
import { markRevoked } from "./identity.js";
import { keyOf, Outbox } from "./outbox.js";
import { progressOf, roundAt } from "./round.js";
import { NO_WALK, roundKey, settled, stepped } from "./walk.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {import("./queue.js").Fix} Fix */
/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./round.js").Kept} Kept */
/** @typedef {import("./outbox.js").Letter} Letter */
/** @typedef {import("./past.js").PastRound} PastRound */
/** @typedef {{key: string, lines: Record<string, number>}} Ticks lines of checklists, with the time of the tick, negative where it was taken away */
/** @typedef {{rounds: PastRound[], got_ms: number}} Past */
/** @typedef {"" | "offline" | "away" | "unknown"} Problem why the last answer did not come; unknown: this server has no rounds */
/** @typedef {{kept: Kept | null, walk: Walk, ticks: Ticks, past: Past | null, letters: Letter[], problem: Problem, pastProblem: Problem}} PatrolState */

const ON_DUTY_MS = 30_000;
const OFF_DUTY_MS = 60_000;
const TIMEOUT_MS = 20_000;
const PAST_DAYS = 14;
/** @type {Readonly<Ticks>} */
const NO_TICKS = Object.freeze({ key: "", lines: {} });
const KEPT = ["round", "walk", "ticks", "past", "urged"];

export class Patrol {
  /** @type {PatrolState} */
  state = empty();

  #store;
  #outbox;
  #now;
  #random;
  #onChange;
  #onUrged;
  #onRevoked;
  /** @type {Identity | null} */
  #identity = null;
  /** @type {import("./queue.js").Summary | null} */
  #queue = null;
  #onDuty = false;
  #takenMs = 0;
  #nextMs = 0;
  #failures = 0;
  #asking = false;
  #askAgain = false;
  /** @type {{answer: unknown, ground: import("./ground.js").Ground} | null} */
  #ground = null;

  /** @param {{store: Store, now: () => number, random: () => number, onChange: () => void, onUrged: () => void, onRevoked: () => void}} parts */
  constructor({ store, now, random, onChange, onUrged, onRevoked }) {
    this.#store = store;
    this.#outbox = new Outbox(store);
    this.#now = now;
    this.#random = random;
    this.#onChange = onChange;
    this.#onUrged = onUrged;
    this.#onRevoked = onRevoked;
  }

  /**
   * Takes notice of whose phone this is and of each new fix.
   * @param {import("./phone.js").State} phone
   */
  follow({ identity, duty, queue }) {
    const mine = identity && !identity.revoked ? identity : null;
    const changed = mine?.worker.id !== this.#identity?.worker.id;
    this.#identity = mine;
    this.#queue = queue;
    if (duty.on !== this.#onDuty) this.#nextMs = 0;
    this.#onDuty = duty.on;
    if (changed) return void this.#load();
    const fix = duty.on ? duty.last : null;
    if (!fix || fix.t === this.#takenMs || !this.state.kept) return;
    this.#takenMs = fix.t;
    void this.#step(fix);
  }

  /** The layout of the present answer's grid, made once for each answer. */
  get ground() {
    const answer = this.state.kept?.answer;
    if (!answer) return null;
    if (this.#ground?.answer !== answer) this.#ground = { answer, ground: groundOf(answer) };
    return this.#ground.ground;
  }

  get progress() {
    const { kept, walk } = this.state;
    return kept ? progressOf(kept, walk, this.#now()) : null;
  }

  /** How many answers to urgings and disputes have not gone out. */
  get unsent() {
    return this.state.letters.filter(({ state, passing }) => state === "waiting" && !passing).length;
  }

  /** Called every second while the page is seen. */
  tick() {
    if (!this.#asking && this.#now() >= this.#nextMs) void this.refresh();
  }

  /** Sends letters and asks for the round; one after the other. Called meanwhile, it does so once more. */
  async refresh() {
    const identity = this.#identity;
    if (this.#asking) this.#askAgain = true; // the network may have returned just after the question was lost
    if (!identity || this.#asking) return;
    this.#asking = true;
    this.#askAgain = false;
    const everyMs = this.#onDuty ? ON_DUTY_MS : OFF_DUTY_MS;
    // A tenth more or less by chance: phones that went on duty together must not ask together for ever.
    this.#nextMs = this.#now() + everyMs * (0.9 + this.#random() / 5);
    try {
      await this.#outbox.drain(identity);
      await this.#ask(identity);
    } finally {
      this.#asking = false;
    }
    if (this.#askAgain) await this.refresh();
  }

  /** The last fourteen days; the kept ones stay where no answer comes. */
  async refreshPast() {
    const identity = this.#identity;
    if (!identity) return;
    const answer = await this.#get(`/api/v1/my/rounds?days=${PAST_DAYS}`, identity);
    if (typeof answer === "string") return this.#set({ pastProblem: /** @type {Problem} */ (answer) });
    const rounds = pastOf(answer);
    if (!rounds) return this.#set({ pastProblem: "away" });
    const past = { rounds, got_ms: this.#now() };
    await this.#store.write(`past:${identity.worker.id}`, past);
    this.#set({ past, pastProblem: "" });
  }

  /**
   * @param {number} id
   * @param {string} answer
   */
  answerUrging(id, answer) {
    return this.#post(`notice:${id}`, `/api/v1/my/notices/${id}`, { answer });
  }

  /**
   * @param {{day: string, ordinal: number}} round
   * @param {string} text
   */
  dispute({ day, ordinal }, text) {
    return this.#post(`dispute:${day}/${ordinal}`, "/api/v1/my/disputes", { day, ordinal, text });
  }

  /**
   * Ticks a line of a key point's checklist, or takes the tick away: shown at once, sent as soon as there is a network.
   * @param {string} key of the round
   * @param {{starts_ms: number, ordinal: number}} round
   * @param {{id: number, n: number}} line of a key point
   * @param {boolean} is
   */
  async tickLine(key, round, { id, n }, is) {
    if (!this.#identity) return;
    const atMs = this.#now();
    const line = `${id}:${n}`;
    const after = await this.#store.change(
      `ticks:${this.#identity.worker.id}`,
      (/** @type {Ticks | undefined} */ t) => {
        return { key, lines: { ...(t?.key === key ? t.lines : {}), [line]: is ? atMs : -atMs } };
      },
    );
    this.#set({ ticks: after ?? NO_TICKS });
    const said = { key_point: id, day: dayOf(round.starts_ms), ordinal: round.ordinal, line: n, at_ms: atMs, done: is };
    await this.#post(`tick:${said.day}/${round.ordinal}/${line}/${atMs}`, "/api/v1/my/ticks", { ticks: [said] }, true);
  }

  /**
   * Tells the server that another version of the notice was accepted.
   * @param {string} version
   */
  renewConsent(version) {
    const body = { notice_version: version, consented_at_ms: this.#now() };
    return this.#post(`consent:${version}`, "/api/v1/my/consent", body);
  }

  /**
   * Forgets all that was kept of a worker's patrols; letters too.
   * @param {number} worker
   */
  async forget(worker) {
    for (const key of [...KEPT.map((name) => `${name}:${worker}`), keyOf(worker)])
      await this.#store.change(key, () => undefined);
  }

  async #load() {
    this.#set(empty());
    const worker = this.#identity?.worker.id;
    if (worker === undefined) return;
    const [kept, walk, ticks, past] = await Promise.all(
      KEPT.slice(0, 4).map((name) => this.#store.read(`${name}:${worker}`)),
    );
    const letters = await this.#outbox.letters(worker);
    if (worker !== this.#identity?.worker.id) return;
    this.#set({ kept: kept ?? null, walk: walk ?? NO_WALK, ticks: ticks ?? NO_TICKS, past: past ?? null, letters });
    await this.refresh();
  }

  /** @param {Identity} identity */
  async #ask(identity) {
    // Read before the question: what is sent while it is under way may or may not be in the answer.
    const countedMs = this.#queue?.oldestMs ? this.#queue.oldestMs - 1 : this.#now();
    const sentMs = this.#now();
    const raw = await this.#get("/api/v1/my/round", identity);
    const letters = await this.#outbox.letters(identity.worker.id);
    if (typeof raw === "string") return this.#set({ letters, problem: /** @type {Problem} */ (raw) });
    const answer = answerOf(raw);
    if (!answer || identity.worker.id !== this.#identity?.worker.id) return this.#set({ letters, problem: "away" });
    const kept = { answer, got_ms: Math.round((sentMs + this.#now()) / 2) };
    const worker = identity.worker.id;
    await this.#store.write(`round:${worker}`, kept);
    const walk = await this.#changeWalk(worker, (before) => settled(before, countedMs));
    const urged = await this.#isUrgedAnew(worker, answer);
    this.#set({ kept, walk, letters, problem: "" });
    if (urged) this.#onUrged();
  }

  /**
   * Whether there is an urging that this phone has not had; each is fresh once.
   * @param {number} worker
   * @param {import("./ground.js").Answer} answer
   */
  async #isUrgedAnew(worker, { notices }) {
    let fresh = false;
    const ids = notices.map(({ id }) => id);
    await this.#store.change(`urged:${worker}`, (/** @type {number[] | undefined} */ known) => {
      fresh = ids.some((id) => !known?.includes(id));
      return ids;
    });
    return fresh;
  }

  /** @param {Fix} fix */
  async #step(fix) {
    const { kept } = this.state;
    const { ground } = this;
    const round = kept && roundAt(kept, this.#now());
    const worker = this.#identity?.worker.id;
    if (!kept || !round || !ground || worker === undefined) return;
    const key = roundKey(kept.answer.grid.code, round);
    const walk = await this.#changeWalk(worker, (before) => stepped(before, fix, { key, round, ground }));
    this.#set({ walk });
  }

  /**
   * @param {number} worker
   * @param {(before: Walk) => Walk} change
   */
  async #changeWalk(worker, change) {
    const after = await this.#store.change(`walk:${worker}`, (/** @type {Walk | undefined} */ w) =>
      change(w ?? NO_WALK),
    );
    return after ?? NO_WALK;
  }

  /**
   * @param {string} id
   * @param {string} path
   * @param {Record<string, unknown>} body
   * @param {boolean} [passing] whether nobody asks what became of it
   */
  async #post(id, path, body, passing = false) {
    const identity = this.#identity;
    if (!identity) return;
    await this.#outbox.add(identity.worker.id, { id, path, body, at_ms: this.#now(), passing });
    this.#set({ letters: await this.#outbox.letters(identity.worker.id) });
    await this.#outbox.drain(identity);
    this.#set({ letters: await this.#outbox.letters(identity.worker.id) });
  }

  /**
   * @param {string} path
   * @param {Identity} identity
   * @returns {Promise<any>} the answer, or why there is none as a Problem
   */
  async #get(path, { token }) {
    const headers = { Authorization: `Bearer ${token}` };
    try {
      const answer = await get(path, { headers, signIn: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
      this.#failures = 0;
      return answer;
    } catch (error) {
      const { status = 0, retryAfterMs = null } = /** @type {{status?: number, retryAfterMs?: number | null}} */ (
        error
      );
      if (status === 401) {
        await markRevoked(this.#store, token);
        this.#onRevoked();
      }
      this.#failures += 1;
      this.#nextMs = Math.max(this.#nextMs, this.#now() + backoffMs(this.#failures, this.#random(), retryAfterMs));
      if (status === 404) return "unknown";
      return status === 0 ? "offline" : "away";
    }
  }

  /** @param {Partial<PatrolState>} change */
  #set(change) {
    this.state = { ...this.state, ...change };
    this.#onChange();
  }
}

/** @returns {PatrolState} */
function empty() {
  return { kept: null, walk: NO_WALK, ticks: NO_TICKS, past: null, letters: [], problem: "", pastProblem: "" };
}
