/** The page's parts about cases: the two buttons at home, the report form, the list of tasks and reports. */

import { newId } from "../report/kept.js";
import { reportForm } from "./case_form.js";
import { letterItem, reportedItem, taskItem } from "./case_tasks.js";
import { byId, fill, put } from "./dom.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./cases.js").Cases} Cases */
/** @typedef {import("./cases.js").Filled} Filled */
/** @typedef {"" | "report" | "tasks"} Over which of these screens lies over the home screen */

const TOLD_MS = 6000;
const MOST_REPORTED = 30;

export class CasesPage {
  /** @type {Over} */
  over = "";

  #cases;
  #phoneState;
  #i18n;
  #onChange;
  #now;
  #answering = false;
  /** @type {{worker: number | undefined, locate: () => void} | null} the report that is being written */
  #draft = null;
  #keptAtMs = 0;

  /** @param {{cases: Cases, phoneState: () => import("./phone.js").State, i18n: I18n, now: () => number, onChange: () => void}} parts */
  constructor({ cases, phoneState, i18n, now, onChange }) {
    this.#cases = cases;
    this.#phoneState = phoneState;
    this.#i18n = i18n;
    this.#now = now;
    this.#onChange = onChange;
  }

  wire() {
    byId("open-report").addEventListener("click", () => this.#openReport());
    byId("close-report").addEventListener("click", () => this.back());
    byId("open-tasks").addEventListener("click", () => {
      this.#show("tasks");
      void this.#cases.refresh();
    });
    byId("close-tasks").addEventListener("click", () => this.back());
  }

  back() {
    this.#answering = false;
    this.#show("");
  }

  render() {
    const { t } = this.#i18n;
    const { categories, mine, letters, problem } = this.#cases.state;
    const waiting = letters.filter(({ state }) => state === "waiting").length;
    const refused = letters.filter(({ state }) => state === "refused").length;
    const todo = mine?.todo ?? [];
    const late = todo.filter((one) => one.case.red_ms !== null && one.case.red_ms < this.#now()).length;
    byId("cases").hidden = problem === "unknown" && !categories;
    put("report-brief", this.#reportBrief(waiting, refused));
    const brief = late ? "tasks.late" : todo.length ? "tasks.some" : "tasks.none";
    put("tasks-brief", mine ? t(brief, { n: todo.length, late }) : "");
    byId("open-tasks").dataset.level = refused || late ? "bad" : todo.length ? "weak" : "";
    if (this.over === "tasks" && !this.#answering) this.#renderTasks();
    if (this.over === "report" && !this.#draft && categories) this.#showForm(categories);
  }

  /** @param {number} waiting @param {number} refused */
  #reportBrief(waiting, refused) {
    const { t } = this.#i18n;
    if (refused) return t("report.refused", { n: refused });
    if (waiting) return t("report.waiting", { n: waiting });
    return t(this.#now() - this.#keptAtMs < TOLD_MS ? "report.sent" : "report.hint");
  }

  /** A report that was begun is still there. Without the table of categories the page says so, and shows the form as soon as it has come. */
  #openReport() {
    if (this.#draft?.worker !== this.#phoneState().identity?.worker.id) this.#draft = null;
    this.#draft?.locate(); // the worker may have walked on
    if (!this.#draft) byId("report-body").textContent = this.#i18n.t("report.no_table");
    this.#show("report");
    if (!this.#draft) void this.#cases.refresh();
  }

  /** @param {import("./cases.js").Category[]} categories */
  #showForm(categories) {
    const id = newId();
    const last = () => this.#phoneState().duty.last;
    const submit = async (/** @type {Filled} */ filled) => {
      await this.#cases.report(id, filled);
      this.#draft = null;
      this.#keptAtMs = this.#now();
      this.#show("");
    };
    const { node, locate } = reportForm({ categories, last, now: this.#now, i18n: this.#i18n, submit });
    this.#draft = { worker: this.#phoneState().identity?.worker.id, locate };
    byId("report-body").replaceChildren(node);
  }

  #renderTasks() {
    const { t } = this.#i18n;
    const { mine, letters, problem } = this.#cases.state;
    const { last } = this.#phoneState().duty;
    const nowMs = this.#now();
    /** @type {import("./case_tasks.js").Around} */
    const around = {
      nowMs,
      last,
      i18n: this.#i18n,
      nameOf: (card) => this.#nameOf(card),
      picture: (ref, size) => this.#cases.picture(ref, size),
    };
    const does = {
      change: this.#cases.change.bind(this.#cases),
      busy: (/** @type {boolean} */ is) => {
        this.#answering = is;
      },
    };
    const open = letters.filter(({ state }) => state !== "sent");
    const todo = mine?.todo ?? [];
    const reported = (mine?.reported ?? []).slice(0, MOST_REPORTED);
    const minute = Math.floor(nowMs / 60_000);
    put("tasks-say", mine ? (problem ? t("tasks.old") : "") : t(problem ? "tasks.away" : "tasks.asking"));
    fill(
      byId("case-letters"),
      open.map(({ id, state }) => [id, state]),
      () => open.map((one) => letterItem(one, this.#i18n, (id) => void this.#cases.giveUp(id))),
    );
    fill(
      byId("case-todo"),
      [todo.map((one) => [one.case.id, one.case.version]), open.map(({ id }) => id), minute],
      () =>
        todo.map((task) => {
          const letter = letters.find(({ id }) => id === `${task.case.id}/${task.case.version}`);
          return taskItem(task, letter ?? null, around, does);
        }),
    );
    byId("case-todo-none").hidden = !mine || todo.length > 0;
    fill(
      byId("case-reported"),
      reported.map(({ id, version }) => [id, version]),
      () => reported.map((card) => reportedItem(card, this.#i18n)),
    );
    byId("case-reported-none").hidden = !mine || reported.length > 0;
  }

  /** @param {import("./cases.js").Card} card */
  #nameOf({ category, category_name: name }) {
    const known = this.#cases.state.categories?.find(({ code }) => code === category);
    return (this.#i18n.language === "en" && known?.name_en) || name || this.#i18n.t("task.unsorted");
  }

  /** @param {Over} over */
  #show(over) {
    this.over = over;
    this.#onChange();
  }
}
