/** The owner of what concerns cases: what I may report, what I have to verify and check, my reports and what is on its way. */

import { get } from "../net/api.js";
import { backoffMs } from "./backoff.js";
import { CaseOutbox, keyOf } from "./case_outbox.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {import("./case_outbox.js").CaseLetter} CaseLetter */
/** @typedef {import("./case_outbox.js").Photo} Photo */
/** @typedef {{code: string, group: string, name: string, name_en: string, icon: string, urgent: boolean, attributes?: import("../setup/questions.js").Question[]}} Category `attributes` are missing in a table kept by an older version */
/** @typedef {{id: number, number: string, version: number, state: string, category: string | null, category_name: string, icon: string, title: string, address: string, area_name: string, lat: number | null, lon: number | null, urgent: boolean, light: "green" | "yellow" | "red" | null, red_ms: number | null, reported_ms: number}} Card */
/** @typedef {{to: string, zh: string, en: string, needs: string[]}} Offer */
/** @typedef {{case: Card, description: string, result: string, media: {ref: string, role: string}[], changes: Offer[], supervisions: {kind: string, text: string, at_ms: number, reply: string | null}[]}} Task */
/** @typedef {{todo: Task[], reported: Card[], got_ms: number}} Mine */
/** @typedef {{categories: Category[] | null, mine: Mine | null, letters: CaseLetter[], problem: "" | "offline" | "away" | "unknown"}} CaseState */
/** @typedef {{category: string, attributes: Record<string, string[]>, description: string, urgent: boolean, selfHandled: boolean, place: {lat: number, lon: number}, photos: Photo[]}} Filled */

const EVERY_MS = 60_000;
const TIMEOUT_MS = 20_000;
const WAIT_S = 50; // the server answers a request that waits as soon as there is news, and after this at the latest
const CATEGORIES_MS = 6 * 3_600_000;
const TITLE_LETTERS = 24;

export class Cases {
  /** @type {CaseState} */
  state = empty();

  #store;
  #outbox;
  #now;
  #random;
  #onChange;
  #onNewTask;
  /** @type {Identity | null} */
  #identity = null;
  #nextMs = 0;
  #failures = 0;
  #tag = "";
  #categoriesMs = 0;
  #asking = false;
  #waiting = false;
  #waitFromMs = 0;

  /** @param {{store: Store, now: () => number, random: () => number, onChange: () => void, onNewTask: () => void}} parts */
  constructor({ store, now, random, onChange, onNewTask }) {
    this.#store = store;
    this.#outbox = new CaseOutbox(store);
    this.#now = now;
    this.#random = random;
    this.#onChange = onChange;
    this.#onNewTask = onNewTask;
  }

  /**
   * Takes notice of whose phone this is.
   * @param {import("./phone.js").State} phone
   */
  follow({ identity }) {
    const mine = identity && !identity.revoked ? identity : null;
    const changed = mine?.worker.id !== this.#identity?.worker.id;
    this.#identity = mine;
    if (changed) void this.#load();
  }

  /** How many reports and answers have not gone out. */
  get unsent() {
    return this.state.letters.filter(({ state }) => state === "waiting").length;
  }

  /** Called every second while the page is seen. */
  tick() {
    if (!this.#asking && this.#now() >= this.#nextMs) void this.refresh();
    if (!this.#waiting && this.#tag && this.#now() >= this.#waitFromMs) void this.#wait();
  }

  /** Sends what waits, then asks whether anything is new. */
  async refresh() {
    const identity = this.#identity;
    if (!identity || this.#asking) return;
    this.#asking = true;
    this.#nextMs = this.#now() + EVERY_MS * (0.9 + this.#random() / 5);
    try {
      const sent = await this.#drain(identity);
      await this.#ask(identity);
      if (sent) this.#failures = 0;
      else this.#again(null);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /**
   * Keeps a report and sends it as soon as there is a network; resolves once it is on disk.
   * @param {string} id the report's client id
   * @param {Filled} filled
   */
  async report(id, { category, attributes, description, urgent, selfHandled, place, photos }) {
    const body = {
      client_id: id,
      channel: "grid",
      category,
      attributes,
      description,
      urgent,
      self_handled: selfHandled,
      at_ms: this.#now(),
      lat: round(place.lat),
      lon: round(place.lon),
    };
    await this.#keep({ id, path: "/api/v1/my/cases", body, title: description.slice(0, TITLE_LETTERS), photos });
  }

  /**
   * Keeps a worker's verification or check.
   * @param {Task} task
   * @param {string} to
   * @param {{reason: string, photos: Photo[]}} said
   */
  async change({ case: card }, to, { reason, photos }) {
    const { id, version, title } = card;
    const body = { to, version, ...(reason ? { reason } : {}) };
    await this.#keep({ id: `${id}/${version}`, path: `/api/v1/my/cases/${id}/changes`, body, title, photos });
  }

  /** @param {string} id of a refused letter */
  async giveUp(id) {
    if (!this.#identity) return;
    await this.#outbox.drop(this.#identity.worker.id, id);
    await this.#readLetters(this.#identity);
  }

  /**
   * A photo as an address for an image element; the caller revokes it.
   * @param {string} ref
   * @param {"thumb" | "full"} size
   * @returns {Promise<string>} "" where it cannot be had now
   */
  async picture(ref, size) {
    const headers = { Authorization: `Bearer ${this.#identity?.token}` };
    const asked = fetch(`/api/v1/my/media/${ref}?size=${size}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const response = await asked.catch(() => null);
    return response?.ok ? URL.createObjectURL(await response.blob()) : "";
  }

  /**
   * Forgets all that was kept of a worker's cases; what waits to be sent too.
   * @param {number} worker
   */
  async forget(worker) {
    for (const key of [`cases:${worker}`, keyOf(worker)]) await this.#store.change(key, () => undefined);
  }

  async #load() {
    this.#set(empty());
    this.#tag = "";
    const identity = this.#identity;
    if (!identity) return;
    const [categories, mine] = await Promise.all([
      this.#store.read("case_categories"),
      this.#store.read(`cases:${identity.worker.id}`),
    ]);
    if (identity !== this.#identity) return;
    this.#set({ categories: categories ?? null, mine: mine ?? null });
    await this.#readLetters(identity);
    await this.refresh();
  }

  /** @param {Identity} identity */
  async #ask(identity) {
    const { state } = this;
    if (!state.categories || this.#now() - this.#categoriesMs > CATEGORIES_MS) {
      const { categories } = await this.#get("/api/v1/my/case-config", identity);
      this.#categoriesMs = this.#now();
      await this.#store.write("case_categories", categories);
      this.#set({ categories });
    }
    const { tag } = await this.#get("/api/v1/my/case-news", identity);
    if (tag !== this.#tag || !state.mine) await this.#read(identity);
    if (tag !== this.#tag) this.#waitFromMs = 0;
    this.#tag = tag;
    this.#set({ problem: "" });
  }

  /** Lets the server say when something is new; where it cannot, it is asked every minute as before. */
  async #wait() {
    const [identity, tag, began] = [this.#identity, this.#tag, this.#now()];
    if (!identity) return;
    this.#waiting = true;
    this.#waitFromMs = Infinity;
    try {
      const path = `/api/v1/my/case-news?tag=${tag}&wait=${WAIT_S}`;
      const found = await this.#get(path, identity, TIMEOUT_MS + WAIT_S * 1000);
      const held = this.#now() - began > (WAIT_S * 1000) / 2;
      this.#waitFromMs = held ? 0 : began + EVERY_MS;
      this.#nextMs = found.tag === tag ? this.#nextMs : 0;
      if (held && found.tag === tag) this.#nextMs = this.#now() + EVERY_MS;
    } catch {
      this.#waitFromMs = this.#now() + EVERY_MS;
    } finally {
      this.#waiting = false;
    }
  }

  /** @param {Identity} identity */
  async #read(identity) {
    const answer = await this.#get("/api/v1/my/cases", identity);
    if (identity.worker.id !== this.#identity?.worker.id) return;
    const known = new Set(this.state.mine?.todo.map((one) => one.case.id));
    /** @type {Mine} */
    const mine = { todo: answer.todo, reported: answer.reported, got_ms: this.#now() };
    await this.#store.write(`cases:${identity.worker.id}`, mine);
    const fresh = mine.todo.some((one) => !known.has(one.case.id));
    this.#set({ mine });
    if (fresh) this.#onNewTask();
  }

  /** @param {Omit<CaseLetter, "state" | "number" | "problem" | "at_ms">} letter */
  async #keep(letter) {
    const identity = this.#identity;
    if (!identity) return;
    await this.#outbox.add(identity.worker.id, { ...letter, at_ms: this.#now() });
    await this.#readLetters(identity);
    this.#nextMs = 0;
    void this.refresh();
  }

  /** @param {Identity} identity */
  async #drain(identity) {
    if (!this.state.letters.some(({ state }) => state === "waiting")) return true;
    const sent = await this.#outbox.drain(identity);
    await this.#readLetters(identity);
    this.#tag = ""; // what was taken has changed the lists
    return sent;
  }

  /** @param {Identity} identity */
  async #readLetters(identity) {
    this.#set({ letters: await this.#outbox.letters(identity.worker.id) });
  }

  /**
   * @param {string} path
   * @param {Identity} identity
   * @param {number} [timeoutMs]
   */
  #get(path, { token }, timeoutMs = TIMEOUT_MS) {
    const headers = { Authorization: `Bearer ${token}` };
    return get(path, { headers, signIn: false, signal: AbortSignal.timeout(timeoutMs) });
  }

  /** @param {unknown} error */
  #fail(error) {
    const { status = 0, retryAfterMs = null } = /** @type {{status?: number, retryAfterMs?: number | null}} */ (error);
    this.#again(retryAfterMs);
    this.#set({ problem: status === 404 ? "unknown" : status === 0 ? "offline" : "away" });
  }

  /**
   * Tries again sooner than the next minute at first, later when it keeps failing.
   * @param {number | null} retryAfterMs
   */
  #again(retryAfterMs) {
    this.#failures += 1;
    this.#nextMs = this.#now() + backoffMs(this.#failures, this.#random(), retryAfterMs);
  }

  /** @param {Partial<CaseState>} change */
  #set(change) {
    this.state = { ...this.state, ...change };
    this.#onChange();
  }
}

/** @returns {CaseState} */
function empty() {
  return { categories: null, mine: null, letters: [], problem: "" };
}

/** @param {number} degrees */
function round(degrees) {
  return Math.round(degrees * 1e7) / 1e7;
}
