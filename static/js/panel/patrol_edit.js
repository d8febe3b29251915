/** Drawing a grid's reachable cells on the map: a bar with what is chosen, undo, save and cancel. */

import { dayStart, longDay } from "../core/time.js";
import { Camera } from "../map/camera.js";
import { CoverageEdit, reasonColours } from "../map/coverage_edit.js";
import { boxOf } from "../map/plan.js";
import { get, request } from "../net/api.js";
import { CellEdit } from "../patrol/cell_edit.js";
import { areaM2, cellsIn, centerOf } from "../patrol/cell_ground.js";
import { countReasons, reasonOf } from "../patrol/reasons.js";
import { isDark } from "../theme.js";
import { button, el, setText } from "./dom.js";
import { icon } from "./icons.js";
import { errorText } from "./words.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{valid_from: string, source: string, cells: string[], why: number[]}} Version newest first, as the server tells them */
/** Walked on several days beside the known cells. @typedef {{cell: string, days: number, workers: number, last_day: string}} Proposed */

const HECTARE_M2 = 10_000;
const MU_M2 = 10_000 / 15;
const BRUSHES_M = /** @type {const} */ ({ small: 0, large: 62 });

/**
 * @param {HTMLElement} stage
 * @param {App} app
 * @param {{map: import("../../vendor/maplibre-gl.mjs").Map, edge: import("../core/datum.js").Edge, shapes: ReadonlyMap<string, any>, say: (text: string) => void, sayError: (error: unknown) => void, onEdit: (on: boolean) => void}} parts `onEdit`: whether the hexagons of the coverage are in the way
 * @returns {(grid: string) => Promise<void>} begins to edit a grid
 */
export function mountReachEdit(stage, app, { map, edge, shapes, say, sayError, onEdit }) {
  const { t, state, language } = app;
  const bar = new Bar(app, {
    undo: () => drawing.undo(),
    propose: () => drawing.add(now?.proposed ?? []),
    brush: (name) => {
      drawing.brushM = BRUSHES_M[name];
    },
    save: () => save(),
    cancel: () => cancel(),
    discard: () => stop(),
  });
  stage.append(bar.node);
  /** @type {{grid: string, edit: CellEdit, areas: ReadonlyMap<string, number>, proposed: readonly string[]} | null} */
  let now = null;
  const drawing = new CoverageEdit(map, { edge, onChange: () => now && bar.show(now.edit, now.areas) });
  let keys = new AbortController();
  const dark = () => isDark(state.values.theme);
  state.on(["theme"], () => drawing.setDark(dark()));

  /** @param {string} grid */
  const start = async (grid) => {
    if (now?.edit.changed) return bar.ask();
    const shape = shapes.get(grid);
    if (!shape) return;
    try {
      const [found, h3] = await Promise.all([
        get(`/api/v1/patrol/reachable/${grid}`, { language }),
        import("../../vendor/h3-js.mjs"),
      ]);
      stop();
      begin(grid, shape, found, h3);
    } catch (error) {
      sayError(error);
    }
  };

  /**
   * @param {string} grid
   * @param {any} shape
   * @param {{resolution: number, versions: Version[], proposed: Proposed[]}} found
   * @param {any} h3
   */
  const begin = (grid, shape, { resolution, versions, proposed }, h3) => {
    const [newest] = versions;
    const centers = cellsIn(shape.geometry, resolution, h3);
    const fresh = proposed.map(({ cell }) => cell);
    for (const cell of [...(newest?.cells ?? []), ...fresh])
      if (!centers.has(cell)) centers.set(cell, centerOf(cell, h3));
    const rings = new Map([...centers.keys()].map((cell) => [cell, h3.cellToBoundary(cell, true)]));
    const areas = new Map([...rings].map(([cell, ring]) => [cell, areaM2(ring)]));
    const edit = new CellEdit(centers.keys(), newest?.cells ?? []);
    now = { grid, edit, areas, proposed: fresh };
    const reasons = new Map((newest?.cells ?? []).map((cell, i) => [cell, reasonOf(newest?.why[i] ?? 0)]));
    onEdit(true);
    drawing.start(edit, { resolution, centers, rings, h3, reasons, proposed: new Set(fresh) }, dark());
    bar.open(shape.properties.name, newest ?? null, proposed, reasonColours(dark()));
    bar.show(edit, areas);
    if (innerWidth <= 760) state.set({ listOpen: false });
    const [west, south, east, north] = boxOf(shape.geometry);
    const padding = Camera.padding(state.values);
    map.fitBounds([edge.toMap([west, south]), edge.toMap([east, north])], {
      padding: { ...padding, top: padding.top + bar.node.offsetHeight },
      maxZoom: 17,
      duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 500,
    });
    listenToKeys();
  };

  /** Escape leaves; Ctrl Z takes a stroke back. Both before the page's own keys. */
  const listenToKeys = () => {
    keys = new AbortController();
    const onkey = (/** @type {KeyboardEvent} */ event) => {
      if (document.querySelector("dialog[open]")) return;
      const undoes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
      if (event.key !== "Escape" && !undoes) return;
      event.preventDefault();
      event.stopPropagation();
      if (undoes) drawing.undo();
      else if (bar.asking) stop();
      else cancel();
    };
    document.addEventListener("keydown", onkey, { capture: true, signal: keys.signal });
    const warn = (/** @type {Event} */ event) => now?.edit.changed && event.preventDefault();
    addEventListener("beforeunload", warn, { signal: keys.signal });
  };

  const cancel = () => {
    if (now?.edit.changed) bar.ask();
    else stop();
  };

  const stop = () => {
    if (!now) return;
    now = null;
    keys.abort();
    drawing.stop();
    bar.close();
    onEdit(false);
  };

  const save = async () => {
    if (!now) return;
    const { grid, edit } = now;
    bar.busy(true);
    try {
      const body = { cells: edit.cells() };
      const { versions } = await request(`/api/v1/patrol/reachable/${grid}`, { method: "PUT", body, language });
      stop();
      say(t("reach.saved", { n: edit.count, day: dayText(versions[0].valid_from, language) }));
    } catch (error) {
      bar.fail(refusal(error, t));
      bar.busy(false);
    }
  };
  return start;
}

/**
 * @param {string} day
 * @param {import("../core/i18n.js").Language} language
 */
function dayText(day, language) {
  return longDay(dayStart(day) ?? 0, language);
}

/**
 * Why the server did not take it, in words that tell what to do.
 * @param {any} error
 * @param {App["t"]} t
 */
function refusal(error, t) {
  if (error?.status === 403) return t("reach.error.denied");
  if (error?.status === 404) return t("reach.error.gone");
  if (error?.status === 400 && error.field === "cells") return t("reach.error.cells", { message: error.message });
  return t("reach.error.kept", { message: errorText(error, t) });
}

/** What floats above the map while hexagons are drawn. */
class Bar {
  #title = el("b", {});
  #source = el("small", {});
  #count = el("b", { class: "reach-count" });
  #area = el("span", {});
  #added = el("span", { class: "reach-added" });
  #removed = el("span", { class: "reach-removed" });
  #problem = el("p", { class: "note note-error", role: "alert", hidden: true });
  #question = el("div", { class: "reach-question", role: "alertdialog", hidden: true });
  #actions = el("div", { class: "reach-actions" });
  #reasons = el("p", { class: "reach-reasons" });
  #proposal = el("p", { class: "reach-proposal", hidden: true });

  /**
   * @param {App} app
   * @param {{undo: () => void, propose: () => void, brush: (name: "small" | "large") => void, save: () => void, cancel: () => void, discard: () => void}} acts
   */
  constructor(app, acts) {
    const { t } = app;
    this.app = app;
    this.propose = acts.propose;
    this.undo = button({ label: t("reach.undo.key"), icon: icon("replay"), text: t("reach.undo"), onclick: acts.undo });
    this.save = el("button", { type: "button", class: "button button-main", onclick: acts.save }, t("reach.save"));
    this.keep = el("button", { type: "button", class: "button", onclick: () => this.#ask(false) }, t("reach.keep"));
    const cancel = el("button", { type: "button", class: "button", onclick: acts.cancel }, t("reach.cancel"));
    const discard = el("button", { type: "button", class: "button", onclick: acts.discard }, t("reach.discard"));
    this.#question.append(el("span", {}, t("reach.ask")), this.keep, discard);
    this.#actions.append(this.#brushes(acts.brush), this.undo, cancel, this.save);
    const figures = el("p", { class: "reach-figures" }, this.#count, this.#area, this.#added, this.#removed);
    figures.setAttribute("aria-live", "polite");
    this.node = el(
      "section",
      { class: "reach-bar", "aria-label": t("reach.title"), hidden: true },
      el("div", { class: "reach-head" }, this.#title, this.#source),
      figures,
      this.#reasons,
      this.#proposal,
      el("p", { class: "note" }, t("reach.how")),
      this.#problem,
      this.#actions,
      this.#question,
    );
  }

  get asking() {
    return !this.#question.hidden;
  }

  /** @param {(name: "small" | "large") => void} choose */
  #brushes(choose) {
    const { t } = this.app;
    const names = /** @type {const} */ (["small", "large"]);
    const nodes = names.map((name) =>
      el(
        "button",
        { type: "button", class: "segment", "aria-pressed": String(name === "small"), onclick: () => take(name) },
        t(`reach.brush.${name}`),
      ),
    );
    const take = (/** @type {"small" | "large"} */ name) => {
      for (const [i, node] of nodes.entries()) node.setAttribute("aria-pressed", String(names[i] === name));
      choose(name);
    };
    return el("div", { class: "segments", role: "group", "aria-label": t("reach.brush") }, ...nodes);
  }

  /**
   * @param {string} name of the grid
   * @param {Version | null} version
   * @param {readonly Proposed[]} proposed
   * @param {Record<import("../patrol/reasons.js").Reason, string>} colours
   */
  open(name, version, proposed, colours) {
    const { t, language } = this.app;
    setText(this.#title, t("reach.title.of", { name }));
    this.#explain(version, proposed, colours);
    const known = version && ["lanes", "points", "tracks", "drawn", "unknown"].includes(version.source);
    const source = t(known ? `reach.source.${version.source}` : "reach.source.none");
    const later = version && (dayStart(version.valid_from) ?? 0) > this.app.clock.nowMs();
    const day = version ? dayText(version.valid_from, language) : "";
    setText(this.#source, later ? t("reach.source.later", { source, day }) : source);
    this.#problem.hidden = true;
    this.node.hidden = false;
    document.body.classList.add("is-drawing");
    this.#ask(false);
    this.busy(false);
  }

  /**
   * Why cells are there, and which more were walked.
   * @param {Version | null} version
   * @param {readonly Proposed[]} proposed
   * @param {Record<import("../patrol/reasons.js").Reason, string>} colours
   */
  #explain(version, proposed, colours) {
    const { t } = this.app;
    this.#reasons.replaceChildren(
      ...countReasons(version?.why ?? []).map(({ reason, n }) => {
        const dot = el("i", { class: "reach-dot" });
        dot.style.setProperty("--dot", colours[reason]);
        return el("span", { title: t(`reach.why.${reason}.hint`) }, dot, t(`reach.why.${reason}`, { n }));
      }),
    );
    this.#proposal.hidden = proposed.length === 0;
    const days = Math.min(...proposed.map((one) => one.days));
    this.#proposal.replaceChildren(
      t("reach.proposed", { n: proposed.length, days }),
      el(
        "button",
        {
          type: "button",
          class: "button button-small",
          onclick: () => {
            this.propose();
            this.#proposal.hidden = true;
          },
        },
        t("reach.proposed.add"),
      ),
    );
  }

  close() {
    this.node.hidden = true;
    document.body.classList.remove("is-drawing");
  }

  /**
   * @param {CellEdit} edit
   * @param {ReadonlyMap<string, number>} areas in m²
   */
  show(edit, areas) {
    const { t } = this.app;
    const m2 = edit.cells().reduce((sum, cell) => sum + (areas.get(cell) ?? 0), 0);
    setText(this.#count, t("reach.count", { n: edit.count.toLocaleString() }));
    const figures = { ha: (m2 / HECTARE_M2).toFixed(1), mu: Math.round(m2 / MU_M2).toLocaleString() };
    setText(this.#area, t("reach.area", figures));
    setText(this.#added, edit.added ? t("reach.added", { n: edit.added }) : "");
    setText(this.#removed, edit.removed ? t("reach.removed", { n: edit.removed }) : "");
    /** @type {HTMLButtonElement} */ (this.undo).disabled = !edit.undoable;
    this.save.disabled = !edit.changed || edit.count === 0;
    this.#problem.hidden = edit.count > 0;
    if (edit.count === 0) setText(this.#problem, t("reach.error.empty"));
    if (!edit.changed) this.#ask(false);
  }

  /** @param {string} text */
  fail(text) {
    setText(this.#problem, text);
    this.#problem.hidden = false;
  }

  /** @param {boolean} on */
  busy(on) {
    this.save.disabled = on;
    this.node.setAttribute("aria-busy", String(on));
  }

  /** There are changes: whether they are to be given up. */
  ask() {
    this.#ask(true);
    this.keep.focus();
  }

  /** @param {boolean} on */
  #ask(on) {
    this.#question.hidden = !on;
    this.#actions.hidden = on;
  }
}
