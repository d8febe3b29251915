/** What every tab is given: who sets up, the words, the lists to choose from, and ways to say something. */

import { DAY_MS, day } from "../core/time.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("../app.js").Me} Me */
/** @typedef {{categories: any[], channels: any[], templates: any[], limits: any[], plans: any[]}} Settings */

const UNITS = ["minute", "work_hour", "work_day", "natural_day"];
const CHANNEL_KINDS = ["worker", "code", "phone", "web", "paper", "system"];
const TEMPLATE_KINDS = ["reply", "reject", "return", "extend", "suspend", "note"];

export class Setup {
  /**
   * @param {{me: Me, i18n: I18n, departments: any[], divisions: any[], say: (text: string) => void, dialog: HTMLDialogElement}} options
   */
  constructor({ me, i18n, departments, divisions, say, dialog }) {
    this.me = me;
    this.t = i18n.t;
    this.language = i18n.language;
    this.departments = departments;
    this.divisions = divisions;
    this.say = say;
    this.dialog = dialog;
    /** @type {string[]} kinds of messages, told by the server */
    this.hookKinds = [];
    /** @type {any[]} ways in, told by the server */
    this.channels = [];
    this.tomorrow = day(Date.now() + DAY_MS);
    this.now = "categories";
  }

  /** @param {string} code */
  departmentName(code) {
    return this.departments.find((one) => one.code === code)?.name ?? code;
  }

  /** @param {string} code */
  areaName(code) {
    return this.divisions.find((one) => one.code === code)?.name ?? code;
  }

  /**
   * The sentence under a field; the same key means other things on other tabs.
   * @param {string} key
   */
  hintOf(key) {
    const own = `hint.${this.now}.${key}`;
    return this.t(own) === own ? `hint.${key}` : own;
  }

  /**
   * A list to choose from by its name.
   * @param {string} name
   * @returns {[string, string][]} value, text
   */
  options(name) {
    const named = (/** @type {string[]} */ codes, /** @type {string} */ prefix) =>
      codes.map((code) => /** @type {[string, string]} */ ([code, this.t(`${prefix}.${code}`)]));
    const departments = this.departments.map((one) => /** @type {[string, string]} */ ([one.code, one.name]));
    if (name === "units") return named(UNITS, "unit");
    if (name === "channel_kinds") return named(CHANNEL_KINDS, "kind");
    if (name === "template_kinds") return named(TEMPLATE_KINDS, "kind");
    if (name === "hook_kinds") return named(this.hookKinds, "event");
    if (name === "departments") return [["", this.t("department.none")], ...departments];
    if (name === "departments_or_all") return [["", this.t("department.all")], ...departments];
    if (name === "channels")
      return this.channels.filter((one) => one.enabled).map((one) => [one.code, this.nameOf(one)]);
    if (name === "areas") return this.divisions.filter((one) => one.level <= 2).map((one) => [one.code, one.name]);
    return [];
  }

  /** @param {{name: string, name_en?: string}} one */
  nameOf(one) {
    return this.language === "en" ? one.name_en || one.name : one.name;
  }
}
