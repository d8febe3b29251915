/** What every tab of the management page is given. */

import { State } from "../core/state.js";
import { day as dayOf } from "../core/time.js";

/** @typedef {import("../core/i18n.js").I18n} I18n */
/** @typedef {import("../core/roster.js").Division} Division */
/** @typedef {import("./desk_state.js").DeskState} DeskState */
/** @typedef {import("../app.js").Me} Me */

export class Desk {
  /**
   * @param {{me: Me, i18n: I18n, initial: DeskState, divisions: readonly Division[], grids: {features: any[]}, say: (text: string, action?: {label: string, run: () => void} | null) => void, dialog: HTMLDialogElement}} options
   */
  constructor({ me, i18n, initial, divisions, grids, say, dialog }) {
    this.me = me;
    this.t = i18n.t;
    this.language = i18n.language;
    this.state = new State(initial);
    this.divisions = new Map(divisions.map((division) => [division.code, division]));
    this.grids = new Map(grids.features.map((f) => [f.properties.code, f]));
    this.say = say;
    this.dialog = dialog;
    this.clock = { nowMs: () => Date.now() };
  }

  /** @param {string} permission */
  may(permission) {
    return this.me.permissions.includes(permission);
  }

  /** The day that is shown, today where none was chosen. */
  get day() {
    return this.state.values.day || this.today;
  }

  get today() {
    return dayOf(this.clock.nowMs());
  }

  /** The division that is shown: the chosen one where it lies inside one's own, else one's own. */
  get area() {
    const { area } = this.state.values;
    const own = this.me.area.code;
    return area !== "" && area.startsWith(own.replace(/(000)+$/, "")) ? area : own;
  }

  /** @param {string} code of a division or grid */
  name(code) {
    return this.divisions.get(code)?.name ?? this.grids.get(code)?.properties.name ?? code;
  }

  /**
   * The divisions from one's own down to one, for the way back up.
   * @param {string} area
   */
  chain(area) {
    const own = this.me.area.code;
    const prefix = own.replace(/(000)+$/, "");
    const codes = [own, `${area.slice(0, 9)}000`, area];
    return codes.filter((code, i) => code.startsWith(prefix) && codes.indexOf(code) === i);
  }
}
