/** What the server says about a case that it would not change, in the reader's words. Pure. */

/**
 * The sentence of an error's `reason`; the page's dictionaries have CASE_ERROR_WORDS and STATE_WORDS among them.
 * @param {{reason: string, values: Record<string, unknown>}} error
 * @param {import("./i18n.js").Translate} t
 * @returns {string} "" where the server gave no reason, or one that this page does not know yet
 */
export function reasonText({ reason, values }, t) {
  const told = Object.entries(values).map(([name, value]) => [name, stateOr(String(value ?? ""), t)]);
  const said = reason ? t(reason, Object.fromEntries(told)) : "";
  return said === reason ? "" : said;
}

/**
 * @param {string} value a state's code, or anything else
 * @param {import("./i18n.js").Translate} t
 */
function stateOr(value, t) {
  const key = `case_state.${value}`;
  const name = t(key);
  return name === key ? value : name;
}
