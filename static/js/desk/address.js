/** The desk's state in the address bar, so that a case or a queue can be passed on. */

import { EMPTY } from "./desk.js";

/** @typedef {import("./desk.js").DeskState} DeskState */

const TEXTS = /** @type {const} */ (["queue", "words", "area", "department", "category", "channel", "light", "view"]);
const TABS = ["cases", "new", "kpi", "flow", "codes"];

/**
 * @param {string} search
 * @returns {Partial<DeskState>}
 */
export function fromSearch(search) {
  const query = new URLSearchParams(search);
  /** @type {Partial<DeskState>} */
  const found = {};
  for (const key of TEXTS) if (query.get(key)) found[key] = (query.get(key) ?? "").slice(0, 100);
  const tab = query.get("tab") ?? "";
  if (TABS.includes(tab)) found.tab = /** @type {DeskState["tab"]} */ (tab);
  const id = Number(query.get("case"));
  if (Number.isSafeInteger(id) && id > 0) found.caseId = id;
  return found;
}

/**
 * @param {DeskState} state
 * @param {string} [search] the present one; its `lang` stays
 */
export function toSearch(state, search = "") {
  const query = new URLSearchParams();
  if (state.tab !== EMPTY.tab) query.set("tab", state.tab);
  for (const key of TEXTS) if (state[key]) query.set(key, state[key]);
  if (state.caseId !== null) query.set("case", String(state.caseId));
  const language = new URLSearchParams(search).get("lang");
  if (language) query.set("lang", language);
  const text = query.toString();
  return text ? `?${text}` : "";
}
