/** What is known of the patrols: one round's progress and the work list, read from the server and kept up to date by the live stream. */

import { State } from "../core/state.js";
import { day as dayOf } from "../core/time.js";
import { get, post, request } from "../net/api.js";
import { applyLive, byGrid, needsHand } from "./progress.js";

/** @typedef {import("./progress.js").Round} Round */
/** @typedef {import("./progress.js").GridRound} GridRound */
/** @typedef {import("./progress.js").RoundsAnswer} RoundsAnswer */
/** @typedef {{grid: string, grid_name: string, worker_id: number | null, name: string, ordinal: number, state: import("./progress.js").RoundState, forecast: import("./progress.js").Forecast, why: Record<string, number> | null, covered: number, cells: number, minutes_left: number, last_seen_ms: number | null, urged_ms: number | null, seen_ms: number | null, answer: string | null, answered_ms: number | null}} WorkItem */

/**
 * @typedef {object} Patrol
 * @property {string} day the shown one, "" before anything was read
 * @property {Round | null} round null where the day has none
 * @property {readonly Round[]} rounds of that day
 * @property {ReadonlyMap<string, GridRound>} grids
 * @property {number} changes counts what the live stream changed
 * @property {readonly string[]} changed the grids of the last change
 * @property {boolean} loading
 * @property {unknown} error of the last reading, null where it succeeded
 * @property {number | null} pastMs the shown past minute, null for the present state of the round
 * @property {readonly WorkItem[] | null} work null before it was read
 * @property {boolean} moreWork whether the list was cut
 * @property {unknown} workError
 */

/** @type {Patrol} */
const NOTHING = {
  day: "",
  round: null,
  rounds: [],
  grids: new Map(),
  changes: 0,
  changed: [],
  loading: false,
  error: null,
  pastMs: null,
  work: null,
  moreWork: false,
  workError: null,
};

const READ_EVERY_S = 60;
const WORK_EVERY_S = 30;
const SOON_MS = 1500;

export class PatrolStore {
  #reading = 0;
  #soon = 0;
  #dueS = 0;
  #workDueS = 0;
  /** @type {{day: string, round: number | null}} */
  #wish = { day: "", round: null };
  /** @type {() => number} */
  #nowMs;

  /**
   * @param {{area: string, nowMs: () => number, language: string}} options
   */
  constructor({ area, nowMs, language }) {
    this.area = area;
    this.language = language;
    this.state = new State(NOTHING);
    this.#nowMs = nowMs;
    /** Called with what the live stream said of the shown round. @type {(news: readonly import("./progress.js").LiveGrid[]) => void} */
    this.onCells = () => {};
  }

  get values() {
    return this.state.values;
  }

  /**
   * The day and round to show; null and "" for the present one.
   * @param {{day: string, round: number | null}} wish
   */
  show(wish) {
    this.#wish = wish;
    this.state.set({ pastMs: null });
    return this.read();
  }

  async read() {
    const reading = ++this.#reading;
    this.#dueS = this.#nowMs() / 1000 + READ_EVERY_S;
    this.state.set({ loading: true });
    const { day, round } = this.#wish;
    const query = new URLSearchParams({ area: this.area, ...(day && { day }), ...(round && { round: String(round) }) });
    try {
      const answer = await get(`/api/v1/patrol/rounds?${query}`, { language: this.language });
      if (reading === this.#reading) this.take(answer, null);
    } catch (error) {
      if (reading === this.#reading) this.state.set({ loading: false, error });
    }
  }

  /**
   * Takes an answer, of now or of a past minute.
   * @param {RoundsAnswer} answer
   * @param {number | null} pastMs
   */
  take(answer, pastMs) {
    this.state.set({
      day: answer.day,
      round: answer.round,
      rounds: answer.rounds,
      grids: byGrid(answer),
      changes: this.values.changes + 1,
      changed: [],
      loading: false,
      error: null,
      pastMs,
    });
  }

  async readWork() {
    this.#workDueS = this.#nowMs() / 1000 + WORK_EVERY_S;
    try {
      const { items, total } = await get(`/api/v1/patrol/work?area=${this.area}`, { language: this.language });
      this.state.set({ work: items.filter(needsHand), moreWork: total > items.length, workError: null });
    } catch (error) {
      this.state.set({ workError: error });
    }
  }

  /**
   * 督促: the phone shows the text.
   * @param {number} worker
   * @param {string} text
   * @returns {Promise<number>} the notice, by which it can be taken back for a minute
   */
  async urge(worker, text) {
    const body = { worker_id: worker, text };
    const { id } = await post("/api/v1/patrol/urge", body, { language: this.language });
    this.#patchWork(worker, { urged_ms: this.#nowMs(), seen_ms: null, answer: null, answered_ms: null });
    return id;
  }

  /**
   * Takes an urging back.
   * @param {number} worker
   * @param {number} notice
   */
  async withdraw(worker, notice) {
    await request(`/api/v1/patrol/urge/${notice}`, { method: "DELETE", language: this.language });
    this.#patchWork(worker, { urged_ms: null, seen_ms: null, answer: null, answered_ms: null });
    this.#workDueS = 0;
  }

  /**
   * What the live stream said.
   * @param {string} kind
   * @param {any} data
   */
  event(kind, data) {
    if (kind === "coverage") this.#coverage(data);
    else if (kind === "round") this.readSoon();
    else if (kind === "notice") {
      if (data.answer) this.#patchWork(data.worker_id, { answer: data.answer, answered_ms: data.answered_ms ?? null });
      this.#workDueS = 0;
    }
  }

  /**
   * Once a second: reads again what is old.
   * @param {{work: boolean}} wanted whether the work list is being looked at
   */
  tick({ work }) {
    const nowS = this.#nowMs() / 1000;
    if (this.values.pastMs === null && nowS > this.#dueS && this.isToday) this.read();
    if (work && nowS > this.#workDueS) this.readWork();
  }

  get isToday() {
    return this.#wish.day === "" || this.#wish.day === dayOf(this.#nowMs());
  }

  /** Many rounds change their state in the same second: they are read once. */
  readSoon() {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      if (this.values.pastMs === null) this.read();
      this.#workDueS = 0;
    }, SOON_MS);
  }

  /** @param {{day: string, ordinal: number, grids: import("./progress.js").LiveGrid[]}} data */
  #coverage({ day, ordinal, grids: news }) {
    const { day: shownDay, round, grids, changes, pastMs } = this.values;
    if (pastMs !== null || day !== shownDay || ordinal !== round?.ordinal) return;
    const next = new Map(grids);
    const changed = applyLive(next, news);
    if (changed.length) this.state.set({ grids: next, changed, changes: changes + 1 });
    this.onCells(news);
  }

  /**
   * @param {number} worker
   * @param {Partial<WorkItem>} patch
   */
  #patchWork(worker, patch) {
    const { work } = this.values;
    if (work) this.state.set({ work: work.map((item) => (item.worker_id === worker ? { ...item, ...patch } : item)) });
  }
}
