/** Compliance: what the rounds of a span came to, who is how far, and by which formula. */

import { get } from "../net/api.js";
import { button, el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { daysOf, moveSpan, spanDays } from "./desk_state.js";
import { crumbs, dayInput, nothing, put, reading, segments, select, skeletons, table } from "./parts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk_state.js").By} By */
/** @typedef {{key: string, name: string, place: string, due: number, done: number, late: number, missed: number, no_data: number, excused: number, by_others: number, rate: number | null, rate_with_late: number | null, rate_known: number | null, no_data_share: number | null, coverage: number | null, minutes: number, key_points: number, visited: number, value: number | null, rank: number | null}} Row */
/** @typedef {{rows: Row[], total: Row, days: {day: string, rate: number | null, no_data_share: number | null, coverage: number | null}[], county_mean: number | null, formulas: Record<string, string>, next: string | null}} Answer */

const SPANS = /** @type {const} */ (["day", "week", "month", "own"]);
const BYS = /** @type {readonly By[]} */ (["township", "village", "grid", "worker"]);
const MOST_PAGES = 8;
const LEAST_KNOWN = 15;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountStats(root, desk) {
  const { state } = desk;
  const head = el("div", { class: "desk-head" });
  const tools = el("div", { class: "desk-tools" });
  const body = el("div", { class: "desk-stats" });
  put(root, [head, tools, body]);
  /** @type {Answer | null} */
  let found = null;
  const drawTable = () => {
    const box = body.querySelector(".stats-table");
    if (box && found) box.replaceChildren(statsTable(desk, found));
  };
  const all = () => {
    put(head, [crumbs(desk), areaSelect(desk)]);
    put(tools, toolbar(desk));
    put(body, [skeletons(10)]);
    reading(
      body,
      desk,
      () => readAll(desk),
      (answer) => {
        found = answer;
        queueMicrotask(drawTable);
        return content(desk, answer);
      },
    );
  };
  state.on(["area", "by", "span", "day", "from", "to"], () => state.values.tab === "stats" && all());
  state.on(["sort", "down"], drawTable);
  state.on(["tab"], () => state.values.tab === "stats" && all());
  all();
}

/** @param {Desk} desk */
function levels({ area }) {
  return BYS.filter((by) =>
    by === "township" ? area.endsWith("000000") : by === "village" ? area.endsWith("000") : true,
  );
}

/** @param {Desk} desk */
const byOf = (desk) =>
  levels(desk).includes(desk.state.values.by) ? desk.state.values.by : (levels(desk)[0] ?? "grid");

/** @param {Desk} desk */
function span({ state, day }) {
  return spanDays(state.values.span, day, state.values);
}

/** @param {Desk} desk */
function query(desk) {
  const [from, to] = span(desk);
  return new URLSearchParams({ area: desk.area, from, to, by: byOf(desk) });
}

/**
 * All pages of the report: at most some thousand lines, which a browser sorts at once.
 * @param {Desk} desk
 * @returns {Promise<Answer>}
 */
async function readAll(desk) {
  const asked = query(desk);
  const first = await get(`/api/v1/patrol/compliance?${asked}`, { language: desk.language });
  let { next } = first;
  for (let page = 1; next && page < MOST_PAGES; page++) {
    asked.set("cursor", next);
    const more = await get(`/api/v1/patrol/compliance?${asked}`, { language: desk.language });
    first.rows.push(...more.rows);
    next = more.next;
  }
  return { ...first, next };
}

/** @param {Desk} desk */
function areaSelect(desk) {
  const towns = [...desk.divisions.values()].filter(({ level }) => level === 2);
  if (towns.length < 2) return null;
  const options = [
    { value: "", text: desk.me.area.name },
    ...towns.map(({ code, name }) => ({ value: code, text: name })),
  ];
  const town = desk.area.endsWith("000000") ? "" : `${desk.area.slice(0, 9)}000`;
  const node = select(options, town, (value) => desk.state.set({ area: value }));
  node.setAttribute("aria-label", desk.t("list.area"));
  return node;
}

/** @param {Desk} desk */
function toolbar(desk) {
  const { t, state } = desk;
  const { span: kind } = state.values;
  const [from, to] = span(desk);
  const by = byOf(desk);
  const file = (/** @type {string} */ suffix) =>
    el(
      "a",
      { class: "button", href: `/api/v1/patrol/compliance.${suffix}?${query(desk)}`, download: true },
      icon("download"),
      el("span", {}, suffix.toUpperCase()),
    );
  const move = (/** @type {number} */ steps) => {
    const next = moveSpan(kind, desk.day, steps);
    state.set({ day: next > desk.today ? "" : next });
  };
  const after = button({
    label: t("desk.span.after"),
    icon: icon("after"),
    className: "button-quiet",
    onclick: () => move(1),
  });
  after.disabled = to >= desk.today;
  return [
    segments(
      levels(desk),
      by,
      (one) => t(`desk.by.${one}`),
      (one) => state.set({ by: one, sort: "rank", down: false }),
    ),
    segments(
      SPANS,
      kind,
      (one) => t(`desk.span.${one}`),
      (one) => state.set({ span: one, ...(one === "own" ? { from, to } : {}) }),
    ),
    kind === "own"
      ? el("div", { class: "day-picker" }, spanInput(desk, "from", from), "–", spanInput(desk, "to", to))
      : el(
          "div",
          { class: "day-picker" },
          button({
            label: t("desk.span.before"),
            icon: icon("before"),
            className: "button-quiet",
            onclick: () => move(-1),
          }),
          el("span", { class: "span-days" }, from === to ? from : `${from} – ${to}`),
          after,
        ),
    el("div", { class: "files" }, file("xlsx"), file("csv")),
  ];
}

/**
 * @param {Desk} desk
 * @param {"from" | "to"} key
 * @param {string} value
 */
function spanInput({ t, state, today }, key, value) {
  const node = dayInput({ value, max: today, "aria-label": t(`desk.span.${key}`) });
  node.onchange = () => node.value && state.set({ [key]: node.value });
  return node;
}

/**
 * @param {Desk} desk
 * @param {Answer} answer
 */
function content(desk, answer) {
  const { t } = desk;
  if (answer.total.due === 0 && answer.rows.every(({ due }) => due === 0))
    return [nothing(t("desk.stats.none"), t("desk.stats.none.text"))];
  return [
    tiles(desk, answer),
    trend(desk, answer),
    el(
      "div",
      { class: "desk-box" },
      el("h2", {}, t("desk.stats.table"), el("small", {}, t("desk.stats.rows", { n: answer.rows.length }))),
      el("p", { class: "fair" }, icon("help"), el("span", {}, t("desk.fair", { mean: share(answer.county_mean) }))),
      el("div", { class: "stats-table" }),
      answer.next ? el("p", { class: "note" }, t("desk.stats.cut")) : null,
    ),
    formulas(desk, answer),
  ];
}

/** @param {number | null} value */
const share = (value) => (value === null ? "–" : `${(value * 100).toFixed(1)}%`);

/**
 * @param {Desk} desk
 * @param {Answer} answer
 */
function tiles({ t }, { total }) {
  const tile = (/** @type {string} */ word, /** @type {string} */ value, /** @type {string} */ note) =>
    el("div", { class: "tile" }, el("span", {}, word), el("b", {}, value), el("small", {}, note));
  return el(
    "div",
    { class: "tiles" },
    tile(
      t("desk.rate"),
      share(total.rate),
      t("desk.rate.of", {
        done: total.done.toLocaleString(),
        due: (total.due - total.excused - total.by_others).toLocaleString(),
      }),
    ),
    tile(t("desk.rate_known"), share(total.rate_known), t("desk.rate_known.note")),
    tile(t("desk.no_data"), share(total.no_data_share), t("desk.no_data.n", { n: total.no_data.toLocaleString() })),
    tile(t("desk.coverage"), share(total.coverage), t("desk.coverage.note")),
    tile(
      t("desk.points"),
      total.key_points ? share(total.visited / total.key_points) : "–",
      `${total.visited.toLocaleString()} / ${total.key_points.toLocaleString()}`,
    ),
  );
}

/**
 * The span day by day; days of which no round is over yet leave a gap in the lines.
 * @param {Desk} desk
 * @param {Answer} answer
 */
function trend(desk, { days: known }) {
  const { t } = desk;
  const [from, to] = span(desk);
  const [last = to] = [to, desk.today].sort();
  const days = daysOf(from, last);
  if (days.length < 2 || known.length === 0) return null;
  const chart = el("div", { class: "trend" });
  const byDay = new Map(known.map((line) => [line.day, line]));
  const column = (/** @type {"rate" | "coverage" | "no_data_share"} */ key) =>
    days.map((day) => byDay.get(day)?.[key] ?? null);
  const draw = async () => {
    try {
      const { drawTrend } = await import("./trend.js");
      drawTrend(chart, t("desk.day"), days, [
        { label: t("desk.rate"), color: "--phase-done", values: column("rate") },
        { label: t("desk.coverage"), color: "--status-still", dash: [6, 4], values: column("coverage") },
        { label: t("desk.no_data"), color: "--phase-no_data", dash: [2, 3], values: column("no_data_share") },
      ]);
    } catch {
      chart.replaceChildren(el("p", { class: "note" }, t("desk.trend.error")));
    }
  };
  queueMicrotask(draw); // it measures itself, so it has to be on the page
  return el("div", { class: "desk-box" }, el("h2", {}, t("desk.trend")), chart);
}

/**
 * @param {Desk} desk
 * @param {Answer} answer
 */
function statsTable(desk, { rows }) {
  const { t, state } = desk;
  const by = byOf(desk);
  const deeper = by === "township" || by === "village";
  const number = (/** @type {keyof Row} */ key, /** @type {string} */ hint = "") => ({
    key,
    title: t(`desk.col.${key}`),
    hint,
    number: true,
    value: (/** @type {Row} */ row) => /** @type {number | null} */ (row[key]),
    cell: (/** @type {Row} */ row) => (row[key] ? Math.round(Number(row[key])).toLocaleString() : "–"),
  });
  const rate = (/** @type {keyof Row} */ key) => ({
    ...number(key, t(`desk.col.${key}.hint`)),
    cell: (/** @type {Row} */ row) => share(/** @type {number | null} */ (row[key])),
  });
  const sort = state.values.sort;
  return table(desk, {
    caption: t("desk.stats.table"),
    rows,
    sort,
    down: state.values.down,
    onsort: (key, down) => state.set({ sort: key, down }),
    ...(deeper
      ? { onrow: (/** @type {Row} */ row) => state.set({ area: row.key, by: by === "township" ? "village" : "grid" }) }
      : {}),
    columns: [
      { key: "name", title: t(`desk.by.${by}`), value: ({ name }) => name, cell: (row) => named(desk, row, by) },
      {
        key: "rank",
        title: t("desk.col.rank"),
        hint: t("desk.col.rank.hint"),
        number: true,
        value: ({ rank }) => rank,
        cell: (row) => rankCell(desk, row),
      },
      { ...number("value", t("desk.col.value.hint")), cell: ({ value }) => share(value) },
      number("due"),
      number("done"),
      number("late"),
      number("missed"),
      number("no_data", t("patrol.phase.no_data.hint")),
      number("excused"),
      rate("rate"),
      rate("rate_known"),
      rate("coverage"),
      number("minutes"),
      {
        key: "points",
        title: t("desk.col.points"),
        number: true,
        value: ({ visited, key_points }) => (key_points ? visited / key_points : null),
        cell: ({ visited, key_points }) => (key_points ? `${visited} / ${key_points}` : "–"),
      },
    ],
  });
}

/**
 * @param {Desk} desk
 * @param {Row} row
 * @param {By} by
 */
function named(desk, row, by) {
  if (by === "township" || by === "village") return row.name;
  const grid = by === "grid" ? row.key : row.place;
  const href = by === "grid" ? `/?tab=patrol&cov=1&grid=${grid}` : `/?w=${row.key}`;
  return el("a", { class: "link", href }, row.name, by === "worker" ? el("small", {}, desk.name(grid)) : "");
}

/**
 * @param {Desk} desk
 * @param {Row} row
 */
function rankCell({ t }, { rank, done, late, missed, value, no_data_share }) {
  const known = done + late + missed;
  if (rank === null)
    return el(
      "span",
      { class: "tag", title: t(no_data_share ? "desk.unranked.hint" : "desk.unranked.none") },
      t("desk.unranked"),
    );
  const few = value !== null && known < LEAST_KNOWN;
  return few
    ? el("span", {}, String(rank), el("span", { class: "tag", title: t("desk.few.hint", { n: known }) }, t("desk.few")))
    : String(rank);
}

/**
 * @param {Desk} desk
 * @param {Answer} answer
 */
function formulas({ t }, { formulas: all }) {
  return el(
    "details",
    { class: "desk-box formulas", open: true },
    el("summary", {}, t("desk.formulas")),
    el(
      "dl",
      {},
      ...Object.entries(all).flatMap(([name, text]) => [el("dt", {}, el("code", {}, name)), el("dd", {}, text)]),
    ),
    el("p", { class: "note" }, t("desk.formulas.note")),
  );
}
