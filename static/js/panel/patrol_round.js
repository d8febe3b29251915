/** One round of one grid in full: what the plan wants and what was reached, who walked, the key points, the silences. */

import { clock, duration, exact } from "../core/time.js";
import { get } from "../net/api.js";
import { el } from "./dom.js";
import { errorText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{name: string, wanted: number, reached: number, met: boolean}} Criterion */
/** @typedef {{worker_id: number, name: string, covered: number, minutes: number, longest_gap_s: number, confidence: number}} Walk */
/** @typedef {{text: string, ticks: {worker_id: number, name: string, at_ms: number}[]}} Check */
/** @typedef {{criteria: Criterion[], walkers: Walk[], points: {id: number, name: string, visited: boolean, checklist: Check[]}[], gaps: {worker_id: number, from_ms: number, to_ms: number}[], done_ms: number | null, revised_ms: number | null, cells: number}} OneRound */

const FRESH_MS = 20_000;
const MOST_GAPS = 4;

export class RoundDetails {
  #key = "";
  #readMs = Number.NEGATIVE_INFINITY;
  /** Stays the same element, so that nothing jumps while it is read anew. */
  node = el("div", { class: "round-details" });

  /** @param {App} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * Shows a round; reads it where it is another one or was read a while ago.
   * @param {string} grid
   * @param {string} day
   * @param {number} ordinal
   */
  async show(grid, day, ordinal) {
    const key = `${grid}/${day}/${ordinal}`;
    const nowMs = performance.now();
    if (key === this.#key && nowMs - this.#readMs < FRESH_MS) return;
    if (key !== this.#key) this.node.replaceChildren(el("span", { class: "skeleton" }));
    this.#key = key;
    this.#readMs = nowMs;
    try {
      const found = await get(`/api/v1/patrol/rounds/${key}`, { language: this.app.language });
      if (key === this.#key) this.node.replaceChildren(...this.#parts(found));
    } catch (error) {
      if (key === this.#key) this.node.replaceChildren(el("p", { class: "note" }, errorText(error, this.app.t)));
    }
  }

  /**
   * @param {OneRound} found
   * @returns {Node[]}
   */
  #parts(found) {
    const { t } = this.app;
    /** @type {Node[]} */
    const parts = [el("ul", { class: "criteria" }, ...found.criteria.map((one) => criterion(this.app, one)))];
    if (found.cells === 0) parts.unshift(el("p", { class: "note" }, t("patrol.ground.unknown")));
    if (found.points.length)
      parts.push(
        el(
          "ul",
          { class: "criteria" },
          ...found.points.map(({ name, visited, checklist }) =>
            el(
              "li",
              { class: visited ? "is-met" : "" },
              el("i", {}, visited ? "✓" : "○"),
              el("span", {}, name),
              checklist.length ? checks(this.app, checklist) : null,
            ),
          ),
        ),
      );
    if (found.gaps.length) parts.push(gaps(this.app, found));
    if (found.revised_ms)
      parts.push(
        el(
          "p",
          { class: "note", title: exact(found.revised_ms) },
          t("patrol.revised", { time: clock(found.revised_ms) }),
        ),
      );
    return parts;
  }
}

/**
 * @param {App} app
 * @param {Criterion} criterion
 */
function criterion({ t }, { name, wanted, reached, met }) {
  const text = (/** @type {number} */ value) =>
    name === "coverage" ? `${Math.floor(value * 100)}%` : Math.floor(value).toLocaleString();
  return el(
    "li",
    { class: met ? "is-met" : "" },
    el("i", { title: t(met ? "patrol.met" : "patrol.unmet") }, met ? "✓" : "○"),
    el("span", {}, t(`patrol.criterion.${name}`)),
    el("b", {}, text(reached)),
    el("small", {}, t("patrol.wanted", { n: text(wanted) })),
  );
}

/**
 * What was looked at there, and by whom.
 * @param {App} app
 * @param {readonly Check[]} checklist
 */
function checks({ t }, checklist) {
  return el(
    "ul",
    { class: "checks" },
    ...checklist.map(({ text, ticks }) =>
      el(
        "li",
        { class: ticks.length ? "is-met" : "" },
        el("i", {}, ticks.length ? "✓" : "○"),
        el("span", {}, text),
        el(
          "small",
          {},
          ticks.length ? ticks.map(({ name, at_ms: ms }) => `${name} ${clock(ms)}`).join("、") : t("patrol.unticked"),
        ),
      ),
    ),
  );
}

/**
 * The longest silences; a phone that was silent tells nothing of the walker.
 * @param {App} app
 * @param {OneRound} found
 */
function gaps({ t, language }, { gaps: all }) {
  const longest = [...all].sort((a, b) => b.to_ms - b.from_ms - (a.to_ms - a.from_ms)).slice(0, MOST_GAPS);
  return el(
    "div",
    { class: "gaps" },
    el("span", {}, t("patrol.gaps")),
    ...longest.map(({ from_ms: from, to_ms: to }) =>
      el("span", { class: "flag", title: duration(to - from, language) }, `${clock(from)}–${clock(to)}`),
    ),
  );
}
