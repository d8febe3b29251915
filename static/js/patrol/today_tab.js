/** Today: the rounds, how far each is, the way down to the grid, and who must be urged. */

import { get } from "../net/api.js";
import { button, el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { meter } from "../panel/patrol_progress.js";
import { openUrge } from "../panel/patrol_urge.js";
import { workRow } from "../panel/patrol_work.js";
import { errorText } from "../panel/words.js";
import { mapLink, moveSpan } from "./desk_state.js";
import { crumbs, dayInput, nothing, problem, put, reading, skeletons, table } from "./parts.js";
import { byGrid, children, gridsIn, PHASES, phaseOf, shareOf, summary } from "./progress.js";
import { clockText, percent, roundPhase, windowText } from "./round_words.js";
import { PatrolStore } from "./store.js";
import { urgeNow } from "./urging.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./progress.js").RoundsAnswer} RoundsAnswer */
/** @typedef {import("./progress.js").Round} Round */
/** @typedef {import("./progress.js").GridRound} GridRound */
/** @typedef {import("./progress.js").Summary} Summary */
/** @typedef {{code: string, name: string, sum: Summary, grid: GridRound | null}} Line */

const WORK_MS = 10_000;
const ROUNDS_MS = 45_000;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountToday(root, desk) {
  const { state, t } = desk;
  const store = new PatrolStore({ area: desk.area, nowMs: desk.clock.nowMs, language: desk.language });
  const head = el("div", { class: "desk-head" });
  const cards = el("div", { class: "round-cards" });
  const list = el("div", { class: "desk-box" });
  const work = el("div", { class: "desk-box desk-work" });
  put(root, [head, cards, el("div", { class: "desk-columns" }, list, work)]);
  /** @type {{rounds: RoundsAnswer[]} | null} */
  let found = null;
  const drawHead = () => put(head, [crumbs(desk), dayPicker(desk)]);
  const drawBoth = () => {
    if (!found) return;
    put(
      cards,
      found.rounds.map((answer) => roundCard(desk, answer, chosen(desk, found))),
    );
    const answer = chosen(desk, found);
    put(list, answer ? lines(desk, answer) : [nothing(t("patrol.round.none"), t("patrol.none.text"))]);
  };
  const read = () =>
    reading(
      cards,
      desk,
      async () => {
        found = await readRounds(desk);
        return found;
      },
      () => {
        queueMicrotask(drawBoth);
        return [];
      },
    );
  const drawWork = () =>
    work.matches(":active") || put(work, workList(desk, store, found ? (chosen(desk, found)?.rounds ?? []) : []));
  const readWork = () => {
    work.hidden = desk.day !== desk.today;
    if (!work.hidden) {
      store.area = desk.area;
      store.readWork();
    }
  };
  const all = () => {
    drawHead();
    put(list, [skeletons(8)]);
    read().then(drawWork);
    readWork();
  };
  store.state.on(["work", "workError"], drawWork);
  state.on(["area", "day"], all);
  state.on(["round", "sort", "down"], drawBoth);
  const visible = () => state.values.tab === "today" && document.visibilityState === "visible";
  setInterval(() => visible() && desk.day === desk.today && store.readWork(), WORK_MS);
  setInterval(
    () =>
      visible() &&
      desk.day === desk.today &&
      quietly(desk, (fresh) => {
        found = fresh;
        drawBoth();
      }),
    ROUNDS_MS,
  );
  put(work, [skeletons()]);
  all();
}

/**
 * Reads again without a skeleton; a failure keeps what is shown.
 * @param {Desk} desk
 * @param {(found: {rounds: RoundsAnswer[]}) => void} take
 */
async function quietly(desk, take) {
  try {
    take(await readRounds(desk));
  } catch {
    // The figures on the page say when they were read; the next turn asks again.
  }
}

/**
 * Every round of the day, each by its own question.
 * @param {Desk} desk
 * @returns {Promise<{rounds: RoundsAnswer[]}>}
 */
async function readRounds({ area, day, language }) {
  const ask = (/** @type {string} */ more) => get(`/api/v1/patrol/rounds?area=${area}&day=${day}${more}`, { language });
  const first = await ask("");
  const rounds = await Promise.all(
    first.rounds.map((/** @type {Round} */ { ordinal }) =>
      ordinal === first.round?.ordinal ? first : ask(`&round=${ordinal}`),
    ),
  );
  return { rounds };
}

/**
 * @param {Desk} desk
 * @param {{rounds: RoundsAnswer[]} | null} found
 */
function chosen({ state, clock }, found) {
  const answers = found?.rounds ?? [];
  const wished = answers.find(({ round }) => round?.ordinal === state.values.round);
  const begun = answers.filter(({ round }) => round && round.starts_ms <= clock.nowMs());
  return wished ?? begun.at(-1) ?? answers[0];
}

/** @param {Desk} desk */
function dayPicker(desk) {
  const { t, state, day, today } = desk;
  const date = dayInput({
    value: day,
    max: today,
    "aria-label": t("desk.day"),
    onchange: () => date.value && state.set({ day: date.value === today ? "" : date.value, round: null }),
  });
  /** @param {number} steps */
  const move = (steps) => {
    const next = moveSpan("day", day, steps);
    state.set({ day: next >= today ? "" : next, round: null });
  };
  const after = button({
    label: t("time.day.after"),
    icon: icon("after"),
    className: "button-quiet",
    onclick: () => move(1),
  });
  after.disabled = day >= today;
  return el(
    "div",
    { class: "day-picker" },
    button({ label: t("time.day.before"), icon: icon("before"), className: "button-quiet", onclick: () => move(-1) }),
    date,
    after,
    day === today
      ? el("span", { class: "tag" }, t("time.today"))
      : el(
          "button",
          { type: "button", class: "link", onclick: () => state.set({ day: "", round: null }) },
          t("desk.day.today"),
        ),
  );
}

/**
 * @param {Desk} desk
 * @param {RoundsAnswer} answer
 * @param {RoundsAnswer | undefined} shown
 */
function roundCard({ t, state, clock, language }, answer, shown) {
  const { round } = answer;
  if (!round) return null;
  const sum = summary(byGrid(answer).values());
  const phase = roundPhase(round, clock.nowMs());
  const bar = el("span", { class: "phase-bar" });
  bar.append(
    ...PHASES.filter((one) => sum.byPhase[one]).map((one) => {
      const piece = el("i", { class: `phase-${one}`, title: `${t(`patrol.phase.${one}`)} ${sum.byPhase[one]}` });
      piece.style.flexGrow = String(sum.byPhase[one]);
      return piece;
    }),
  );
  return el(
    "button",
    {
      type: "button",
      class: `round-card is-${phase}`,
      "aria-pressed": String(answer === shown),
      onclick: () => state.set({ round: round.ordinal }),
    },
    el(
      "span",
      { class: "round-card-head" },
      el("b", {}, round.name),
      el("span", {}, windowText(round)),
      el("em", {}, clockText(round, clock.nowMs(), t, language)),
    ),
    el(
      "span",
      { class: "patrol-figures" },
      el(
        "span",
        {},
        el("b", { class: "patrol-done" }, sum.done.toLocaleString()),
        t("patrol.done.of", { all: sum.due.toLocaleString() }),
      ),
      el("span", { class: "patrol-share" }, el("b", {}, percent(sum.share)), t("patrol.share")),
    ),
    bar,
    el(
      "span",
      { class: "phase-key" },
      ...PHASES.filter((one) => sum.byPhase[one]).map((one) =>
        el(
          "span",
          { title: t(`patrol.phase.${one}.hint`) },
          el("i", { class: `phase-${one}` }),
          t(`patrol.phase.${one}`),
          el("b", {}, sum.byPhase[one].toLocaleString()),
        ),
      ),
    ),
  );
}

/**
 * The divisions below, or the grids of a village.
 * @param {Desk} desk
 * @param {RoundsAnswer} answer
 */
function lines(desk, answer) {
  const { t, area, state } = desk;
  const grids = byGrid(answer);
  const isVillage = !area.endsWith("000");
  /** @type {Line[]} */
  const rows = isVillage
    ? gridsIn(grids, area).map((grid) => ({ code: grid.code, name: desk.name(grid.code), sum: summary([grid]), grid }))
    : children(grids, area).map(({ code, sum }) => ({ code, name: desk.name(code), sum, grid: null }));
  const day = answer.day;
  const ordinal = answer.round?.ordinal ?? 1;
  const isToday = day === desk.today;
  const link = (/** @type {Line} */ { code, grid }) =>
    el(
      "a",
      { class: "link", href: mapLink({ day, ordinal, isToday, ...(grid ? { grid: code } : { area: code }) }) },
      t("desk.on_map"),
    );
  const sort = ["name", "done", "share", "miss", "idle", "no_data", "minutes"].includes(state.values.sort)
    ? state.values.sort
    : "name";
  return [
    el(
      "h2",
      {},
      t("desk.progress", { round: answer.round?.name ?? "" }),
      el("small", {}, t(isVillage ? "desk.progress.grids" : "desk.progress.areas", { n: rows.length })),
    ),
    table(desk, {
      caption: t("desk.progress", { round: answer.round?.name ?? "" }),
      rows,
      sort,
      down: state.values.down,
      onsort: (key, down) => state.set({ sort: key, down }),
      ...(isVillage ? {} : { onrow: ({ code }) => state.set({ area: code }) }),
      columns: isVillage ? gridColumns(desk, link) : areaColumns(desk, link),
    }),
  ];
}

/**
 * @param {Desk} desk
 * @param {(line: Line) => Node} link
 * @returns {import("./parts.js").Column<Line>[]}
 */
function areaColumns({ t }, link) {
  return [
    { key: "name", title: t("desk.col.area"), value: ({ code }) => code, cell: ({ name }) => name },
    {
      key: "done",
      title: t("desk.col.done"),
      number: true,
      value: ({ sum }) => sum.doneShare,
      cell: ({ sum }) => `${sum.done} / ${sum.due}`,
    },
    {
      key: "share",
      title: t("patrol.share"),
      number: true,
      value: ({ sum }) => sum.share,
      cell: ({ sum }) => withMeter(sum.share, ""),
    },
    {
      key: "miss",
      title: t("desk.col.miss"),
      number: true,
      value: ({ sum }) => sum.byPhase.will_miss + sum.byPhase.missed,
      cell: ({ sum }) => count(sum.byPhase.will_miss + sum.byPhase.missed),
    },
    {
      key: "idle",
      title: t("patrol.phase.not_started"),
      number: true,
      value: ({ sum }) => sum.byPhase.not_started,
      cell: ({ sum }) => count(sum.byPhase.not_started),
    },
    {
      key: "no_data",
      title: t("patrol.phase.no_data"),
      hint: t("patrol.phase.no_data.hint"),
      number: true,
      value: ({ sum }) => sum.byPhase.no_data,
      cell: ({ sum }) => count(sum.byPhase.no_data),
    },
    { key: "map", title: "", value: () => null, cell: link },
  ];
}

/**
 * @param {Desk} desk
 * @param {(line: Line) => Node} link
 * @returns {import("./parts.js").Column<Line>[]}
 */
function gridColumns({ t }, link) {
  const of = (/** @type {Line} */ { grid }) => /** @type {GridRound} */ (grid);
  return [
    { key: "name", title: t("desk.col.grid"), value: ({ code }) => code, cell: ({ name }) => name },
    {
      key: "done",
      title: t("desk.col.state"),
      value: (line) => PHASES.indexOf(phaseOf(of(line))),
      cell: (line) => tag(t, phaseOf(of(line))),
    },
    {
      key: "share",
      title: t("patrol.share"),
      number: true,
      value: (line) => shareOf(of(line)),
      cell: (line) => withMeter(shareOf(of(line)), `meter-${phaseOf(of(line))}`),
    },
    {
      key: "minutes",
      title: t("desk.col.minutes"),
      number: true,
      value: (line) => of(line).minutes,
      cell: (line) => String(Math.round(of(line).minutes)),
    },
    {
      key: "points",
      title: t("desk.col.points"),
      number: true,
      value: (line) => of(line).visited,
      cell: (line) => `${of(line).visited} / ${of(line).keyPoints}`,
    },
    {
      key: "confidence",
      title: t("patrol.confidence"),
      number: true,
      value: (line) => of(line).confidence,
      cell: (line) => percent(of(line).confidence),
    },
    { key: "map", title: "", value: () => null, cell: link },
  ];
}

/** @param {number} n */
const count = (n) => (n ? n.toLocaleString() : "–");

/**
 * @param {import("../core/i18n.js").Translate} t
 * @param {string} phase
 */
export const tag = (t, phase) =>
  el(
    "span",
    { class: `phase phase-text-${phase}`, title: t(`patrol.phase.${phase}.hint`) },
    t(`patrol.phase.${phase}`),
  );

/**
 * @param {number} share
 * @param {string} kind
 */
const withMeter = (share, kind) => el("span", { class: "with-meter" }, meter(share, kind), el("b", {}, percent(share)));

/**
 * @param {Desk} desk
 * @param {PatrolStore} store
 * @param {readonly Round[]} rounds
 */
function workList(desk, store, rounds) {
  const { t } = desk;
  const { work, workError } = store.values;
  const title = el(
    "h2",
    {},
    t("patrol.view.work"),
    work ? el("small", {}, t("desk.work.n", { n: `${work.length}${store.values.moreWork ? "+" : ""}` })) : null,
  );
  if (work === null) return [title, workError ? problem(desk, workError, () => store.readWork()) : skeletons()];
  if (work.length === 0) return [title, nothing(t("patrol.work.none.title"), t("patrol.work.none.text"))];
  store.state.set({ rounds });
  const isToday = true;
  const actions = /** @type {any} */ ({
    goToGrid: (/** @type {string} */ grid) => {
      const item = work.find((one) => one.grid === grid);
      location.assign(mapLink({ day: desk.today, ordinal: item?.ordinal ?? 1, grid, isToday }));
    },
    urge: (/** @type {{worker: number, name: string, place: string}} */ person) =>
      openUrge(desk.dialog, {
        t,
        person,
        say: desk.say,
        send: async (text) => void (await store.urge(person.worker, text)),
      }),
    urgeNow: (/** @type {import("./urging.js").Person} */ person, /** @type {string} */ text) =>
      urgeNow(person, text, { store, t, say: desk.say, sayError: (error) => desk.say(errorText(error, t)) }),
  });
  const app = /** @type {any} */ (desk);
  return [title, el("ul", { class: "works" }, ...work.slice(0, 80).map((item) => workRow(app, item, store, actions)))];
}
