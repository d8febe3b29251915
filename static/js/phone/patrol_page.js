/** The page's parts about patrols: my round and urgings at home, past rounds, and the sheet on which the worker writes. */

import { clock, dayStart, longDay } from "../core/time.js";
import { Compass } from "./compass.js";
import { byId, put } from "./dom.js";
import { cannotLocate } from "./health.js";
import { USUAL } from "./past.js";
import { nameOf, renderPast } from "./past_view.js";
import { renderRound } from "./round_view.js";
import { renderUrgings } from "./urging_view.js";
import { nearestWay } from "./way.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("./phone.js").State} PhoneState */
/** @typedef {import("./patrol.js").Patrol} Patrol */
/** @typedef {"" | "past" | "write"} Over which of these screens lies over the home screen */
/** @typedef {{kind: "urging", id: number, text: string} | {kind: "dispute", day: string, ordinal: number, text: string}} Subject */

const FRESH_MS = 120_000;
const COURSE_MS = 20_000;

export class PatrolPage {
  /** @type {Over} */
  over = "";

  #patrol;
  #phoneState;
  #i18n;
  #onChange;
  #now;
  #compass;
  /** @type {import("./way.js").Way | null} */
  #way = null;
  /** @type {Subject | null} */
  #subject = null;

  /** @param {{patrol: Patrol, phoneState: () => PhoneState, i18n: I18n, now: () => number, onChange: () => void}} parts */
  constructor({ patrol, phoneState, i18n, now, onChange }) {
    this.#patrol = patrol;
    this.#phoneState = phoneState;
    this.#i18n = i18n;
    this.#now = now;
    this.#onChange = onChange;
    this.#compass = new Compass(() => this.#renderRound());
  }

  wire() {
    byId("open-past").addEventListener("click", () => {
      this.#show("past");
      void this.#patrol.refreshPast();
    });
    byId("close-past").addEventListener("click", () => this.back());
    byId("urgings").addEventListener("click", (event) => this.#onUrgingTap(event));
    byId("past-days").addEventListener("click", (event) => this.#onDisputeTap(event));
    byId("points").addEventListener("change", (event) => this.#onTick(event));
    byId("write-cancel").addEventListener("click", () => this.back());
    byId("write-send").addEventListener("click", () => this.#send());
  }

  /** From the sheet to where it was opened, else home. */
  back() {
    this.#show(this.over === "write" && this.#subject?.kind === "dispute" ? "past" : "");
  }

  /** Brings a fresh urging before the eyes; what somebody is writing is left alone. */
  showUrging() {
    if (this.over === "past") this.#show("");
    if (this.over === "") window.scrollTo(0, 0);
  }

  render() {
    const { duty } = this.#phoneState();
    const { kept, letters, past, pastProblem } = this.#patrol.state;
    this.#compass.want(duty.on && this.over === "" && document.visibilityState === "visible");
    renderUrgings({ notices: kept?.answer.notices ?? [], letters, nowMs: this.#now() }, this.#i18n);
    byId("open-past").hidden = this.#patrol.state.problem === "unknown" && !past;
    if (this.over === "past")
      renderPast(
        { past, problem: pastProblem, letters, wanted: kept?.answer ?? USUAL, nowMs: this.#now() },
        this.#i18n,
      );
    this.#renderRound();
  }

  #renderRound() {
    const phone = this.#phoneState();
    const { problem, ticks } = this.#patrol.state;
    const { progress, ground } = this.#patrol;
    const me = this.#me();
    this.#way = progress && ground && me?.fresh ? nearestWay(progress, ground, me.spot, this.#way) : null;
    const nowMs = this.#now();
    const { onLine: online } = navigator;
    const place = { way: this.#way, me, turn: this.#turn(), blind: cannotLocate(phone.problem) };
    renderRound({ progress, ground, ...place, onDuty: phone.duty.on, problem, online, ticks, nowMs }, this.#i18n);
  }

  /** @returns {import("./grid_map.js").Me | null} */
  #me() {
    const { duty } = this.#phoneState();
    const { ground } = this.#patrol;
    if (!duty.on || !duty.last || !ground) return null;
    const fresh = this.#now() - duty.last.t < FRESH_MS;
    return { spot: ground.spotOf(duty.last), accuracy: duty.last.acc ?? 0, heading: this.#turn(), fresh };
  }

  /** Where the phone points; without a compass where the worker walks; null where neither is known. */
  #turn() {
    const { last } = this.#phoneState().duty;
    if (this.#compass.heading !== null) return this.#compass.heading;
    return last && this.#now() - last.t < COURSE_MS ? (last.brg ?? null) : null;
  }

  /** @param {Event} event */
  #onUrgingTap(event) {
    const { action, id } = buttonOf(event);
    const urging = this.#patrol.state.kept?.answer.notices.find((one) => String(one.id) === id);
    if (!urging) return;
    const { t } = this.#i18n;
    if (action === "urging-go") void this.#patrol.answerUrging(urging.id, t("urging.go"));
    if (action === "urging-known") void this.#patrol.answerUrging(urging.id, t("urging.known"));
    if (action === "urging-write")
      this.#write(
        { kind: "urging", id: urging.id, text: urging.text },
        t("urging.title"),
        t("urging.label"),
        urging.text,
      );
  }

  /** @param {Event} event */
  #onDisputeTap(event) {
    const { id } = buttonOf(event);
    const round = this.#patrol.state.past?.rounds.find(({ day, ordinal }) => `${day}/${ordinal}` === id);
    if (!round) return;
    const { t, language } = this.#i18n;
    const day = longDay(dayStart(round.day) ?? 0, language);
    const about = t("dispute.about", { day, name: nameOf(round, t), state: t(`state.${round.state}`) });
    const subject = /** @type {const} */ ({ kind: "dispute", day: round.day, ordinal: round.ordinal, text: about });
    this.#write(subject, t("dispute.title"), t("dispute.label"), about);
  }

  /** @param {Event} event */
  #onTick(event) {
    const box = /** @type {HTMLInputElement} */ (event.target);
    const { progress } = this.#patrol;
    if (!box.dataset.line || !progress?.round) return;
    const [id = 0, n = 0] = box.dataset.line.split(":").map(Number);
    const { t } = this.#i18n;
    const when = box.parentElement?.querySelector("small");
    if (when) when.textContent = box.checked ? t("points.ticked", { time: clock(this.#now()) }) : "";
    void this.#patrol.tickLine(progress.key, progress.round, { id, n }, box.checked);
  }

  /**
   * @param {Subject} subject
   * @param {string} title
   * @param {string} label
   * @param {string} about
   */
  #write(subject, title, label, about) {
    this.#subject = subject;
    put("write-title", title);
    put("write-label", label);
    put("write-about", about);
    byId("write-problem").hidden = true;
    const area = /** @type {HTMLTextAreaElement} */ (byId("write-text"));
    area.value = "";
    this.#show("write");
    area.focus();
  }

  #send() {
    const subject = this.#subject;
    const text = /** @type {HTMLTextAreaElement} */ (byId("write-text")).value.trim();
    const problem = byId("write-problem");
    problem.hidden = text !== "";
    put("write-problem", this.#i18n.t("write.empty"));
    if (!subject || text === "") return;
    if (subject.kind === "urging") void this.#patrol.answerUrging(subject.id, text);
    else void this.#patrol.dispute(subject, text);
    this.#show(subject.kind === "urging" ? "" : "past");
  }

  /** @param {Over} over */
  #show(over) {
    this.over = over;
    this.#onChange();
  }
}

/**
 * @param {Event} event
 * @returns {{action: string, id: string}}
 */
function buttonOf({ target }) {
  const button = target instanceof Element ? target.closest("button") : null;
  return { action: button?.dataset.action ?? "", id: button?.dataset.id ?? "" };
}
