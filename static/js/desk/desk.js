/** What every part of the desk is given: who sits here, the configuration, the state, and the ways to the server. */

import { State } from "../core/state.js";
import { get, post } from "../net/api.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("../app.js").Me} Me */
/**
 * @typedef {object} Case
 * @property {number} id
 * @property {string} number
 * @property {number} version
 * @property {string} state
 * @property {string} channel
 * @property {string | null} category
 * @property {string} category_name
 * @property {string} icon
 * @property {string} title
 * @property {string} address
 * @property {string} area
 * @property {string} area_name
 * @property {number | null} lat
 * @property {number | null} lon
 * @property {boolean} urgent
 * @property {boolean} secret
 * @property {"green" | "yellow" | "red" | null} light
 * @property {number | null} red_ms
 * @property {number | null} due_ms
 * @property {string | null} department
 * @property {string | null} department_name
 * @property {number} returns
 * @property {number} reworks
 * @property {number} reopens
 * @property {number} urges
 * @property {number} supervisions
 * @property {number | null} merged_into
 * @property {number} reported_ms
 * @property {number} updated_ms
 */
/** @typedef {any} Detail as docs/cases.md: CaseDetail */
/** @typedef {any} Config as docs/cases.md: /api/v1/cases/config */
/** @typedef {"cases" | "new" | "kpi" | "flow" | "codes"} Tab */
/**
 * @typedef {object} DeskState
 * @property {Tab} tab
 * @property {string} queue "" for all cases, newest first
 * @property {number | null} caseId
 * @property {string} words
 * @property {string} area
 * @property {string} department
 * @property {string} category
 * @property {string} channel
 * @property {string} light
 * @property {string} view what of the statistics
 */
/**
 * @typedef {object} World
 * @property {readonly any[] | null} queues
 * @property {readonly Case[] | null} cases null while loading
 * @property {string | null} next
 * @property {unknown} listError
 * @property {Detail | null} detail
 * @property {unknown} detailError
 * @property {string} notice what happened while one was reading
 * @property {number} minute so that remaining times go on
 */

/** @type {DeskState} */
export const EMPTY = Object.freeze({
  tab: "cases",
  queue: "",
  caseId: null,
  words: "",
  area: "",
  department: "",
  category: "",
  channel: "",
  light: "",
  view: "",
});

/** @type {World} */
const NOTHING_YET = {
  queues: null,
  cases: null,
  next: null,
  listError: null,
  detail: null,
  detailError: null,
  notice: "",
  minute: 0,
};

const FILTERS = /** @type {const} */ (["area", "department", "category", "channel", "light", "words"]);
const PAGE = 50;

export class Desk {
  #listAsked = 0;

  /**
   * @param {{me: Me, i18n: I18n, config: Config, initial: DeskState, divisions: any[], say: (text: string, action?: any) => void, dialog: HTMLDialogElement}} options
   */
  constructor({ me, i18n, config, initial, divisions, say, dialog }) {
    this.me = me;
    this.t = i18n.t;
    this.language = i18n.language;
    this.config = config;
    this.divisions = divisions;
    this.say = say;
    this.dialog = dialog;
    this.state = new State(initial);
    this.world = new State(NOTHING_YET);
    this.states = new Map(config.states.map((/** @type {any} */ one) => [one.code, one]));
    this.categories = new Map(config.categories.map((/** @type {any} */ one) => [one.code, one]));
    this.channels = new Map(config.channels.map((/** @type {any} */ one) => [one.code, one]));
  }

  /** @param {string} permission */
  may(permission) {
    return this.me.permissions.includes(permission);
  }

  /**
   * The name of something that the server names in both languages.
   * @param {any} one
   * @returns {string}
   */
  name(one) {
    if (!one) return "";
    const zh = one.zh ?? one.name ?? one.title ?? one.key ?? "";
    return this.language === "en" ? one.en || one.name_en || zh : zh;
  }

  /** @param {string} code */
  stateName(code) {
    return this.name(this.states.get(code)) || code;
  }

  /** @param {Pick<Case, "category" | "category_name">} one */
  categoryName(one) {
    return this.name(this.categories.get(one.category ?? "")) || one.category_name || this.t("case.uncategorised");
  }

  async loadQueues() {
    const { area } = this.state.values;
    const { queues } = await get(`/api/v1/cases/queues${area ? `?area=${area}` : ""}`);
    this.world.set({ queues });
  }

  /** Reads the list anew, or more of it. @param {{more?: boolean, quiet?: boolean}} [options] */
  async loadList({ more = false, quiet = false } = {}) {
    const asked = ++this.#listAsked;
    const before = this.world.values.cases ?? [];
    if (!more && !quiet) this.world.set({ cases: null, listError: null });
    try {
      const found = await get(`/api/v1/cases?${this.#question(more ? this.world.values.next : null)}`);
      if (asked !== this.#listAsked) return;
      this.world.set({ cases: more ? [...before, ...found.cases] : found.cases, next: found.next, listError: null });
    } catch (error) {
      if (asked === this.#listAsked) this.world.set({ listError: error, ...(quiet || more ? {} : { cases: [] }) });
    }
  }

  /** @param {string | null} cursor */
  #question(cursor) {
    const { values } = this.state;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (values.queue) query.set("queue", values.queue);
    // Without a queue ended cases are listed too, and those have no light.
    for (const key of FILTERS) if (values[key] && (key !== "light" || values.queue)) query.set(key, values[key]);
    if (cursor) query.set("cursor", cursor);
    return query;
  }

  /** @param {number | null} id */
  open(id) {
    this.world.set({ detail: null, detailError: null, notice: "" });
    this.state.set({ caseId: id, tab: "cases" });
    if (id !== null) void this.loadCase();
  }

  async loadCase() {
    const id = this.state.values.caseId;
    if (id === null) return;
    try {
      const detail = await get(`/api/v1/cases/${id}`);
      if (id === this.state.values.caseId) this.take(detail);
    } catch (error) {
      if (id === this.state.values.caseId) this.world.set({ detailError: error, detail: null });
    }
  }

  /** Says that the open case changed, without showing how: somebody is typing. Our own change coming back is no news. */
  async compareCase() {
    const before = this.world.values.detail;
    const now = await get(`/api/v1/cases/${before.case.id}`).catch(() => null);
    const same = !now || now.timeline.length === this.world.values.detail?.timeline.length;
    if (!same && now.case.id === this.state.values.caseId) this.world.set({ notice: this.t("notice.changed") });
  }

  /** A newer form of the open case. @param {Detail} detail */
  take(detail) {
    // Our own change comes back as news: what stays the same is not drawn again.
    if (JSON.stringify(detail) === JSON.stringify(this.world.values.detail)) return;
    const cases = this.world.values.cases?.map((one) => (one.id === detail.case.id ? detail.case : one)) ?? null;
    this.world.set({ detail, detailError: null, cases });
  }

  /**
   * Sends something that changes the open case, and shows what became of it.
   * @param {string} path below the case
   * @param {object} body
   */
  async send(path, body) {
    const detail = await post(`/api/v1/cases/${this.world.values.detail.case.id}/${path}`, body);
    this.take(detail);
    this.world.set({ notice: "" });
    void this.loadQueues();
    return detail;
  }
}
