/** What every part of the map page is given: the state, the data, the words. Parts meet here and nowhere else. */

import { Cache } from "./core/cache.js";
import { NOBODY } from "./core/roster.js";
import { ServerClock } from "./core/server_clock.js";
import { State } from "./core/state.js";
import { WorkerStore } from "./core/workers.js";

/** @typedef {import("./core/i18n.js").I18n} I18n */
/** @typedef {import("./core/page_state.js").PageState} PageState */
/** @typedef {import("./core/roster.js").Roster} Roster */
/** @typedef {import("./core/roster.js").Person} Person */
/** @typedef {import("./core/roster.js").Division} Division */
/** @typedef {import("./core/workers.js").Counts} Counts */
/** @typedef {import("./core/track.js").Track} Track */
/** @typedef {import("./net/live_socket.js").Connection} Connection */
/** @typedef {{name: string, display_name: string, role: string, area: {code: string, name: string, level: number}, permissions: string[]}} Me */

/**
 * What came from the server, as far as the panels show it.
 * @typedef {object} World
 * @property {Roster} roster
 * @property {ReadonlyMap<string, Division>} divisions
 * @property {readonly Person[]} wanted the people who pass the filters, in the list's order
 * @property {Counts | null} counts of the whole area, null before the first snapshot
 * @property {Connection} connection
 * @property {number} delayMs of the stream
 * @property {number} second server time in whole seconds: those who show ages listen to it
 * @property {number} changes counts applied frames
 * @property {ReadonlyMap<string, Track>} tracks of replayed workers by "id:day"
 * @property {readonly string[]} loadingTracks
 */

/** @type {World} */
const NOTHING_YET = {
  roster: NOBODY,
  divisions: new Map(),
  wanted: [],
  counts: null,
  connection: { phase: "connecting", retryAtMs: null, lastHeardMs: null, reason: "" },
  delayMs: 0,
  second: 0,
  changes: 0,
  tracks: new Map(),
  loadingTracks: [],
};

export class App {
  /**
   * @param {{me: Me, i18n: I18n, initial: PageState, countyName: string}} options
   */
  constructor({ me, i18n, initial, countyName }) {
    this.me = me;
    this.i18n = i18n;
    this.t = i18n.t;
    this.language = i18n.language;
    this.countyName = countyName;
    this.state = new State(initial);
    this.world = new State(NOTHING_YET);
    this.workers = new WorkerStore();
    this.clock = new ServerClock(() => Date.now());
    this.cards = new Cache(60);
  }

  /** @param {string} permission */
  may(permission) {
    return this.me.permissions.includes(permission);
  }

  /** @param {number} id */
  person(id) {
    return this.world.values.roster.byId.get(id) ?? null;
  }

  /** The selected worker, null where none is. */
  get selectedPerson() {
    const { selected } = this.state.values;
    return selected === null ? null : this.person(selected);
  }

  /**
   * Selects a worker, and opens the card.
   * @param {number | null} id
   */
  select(id) {
    this.state.set({ selected: id, follow: false, cardOpen: true });
  }

  /** How old the newest fix of a slot is, ms. @param {number} slot */
  ageMs(slot) {
    return this.clock.nowMs() - (this.workers.fixMs[slot] ?? 0);
  }
}
