/** Words in the reader's language: dictionaries by key, parameters in braces. */

/** @typedef {"zh" | "en"} Language */
/** @typedef {Record<string, string>} Words */
/** @typedef {Record<Language, Words>} Dictionary */
/** @typedef {Record<string, string | number>} Params */
/** @typedef {(key: string, params?: Params) => string} Translate */
/** @typedef {{language: Language, t: Translate, locale: string}} I18n */

export const STORAGE_KEY = "sanxun.language";

/**
 * The language to use: the address bar's `?lang=`, then the choice kept in this browser, then the browser's own, then Chinese.
 * @param {{search?: string, stored?: string | null, navigator?: readonly string[]}} sources
 * @returns {Language}
 */
export function chooseLanguage({ search = "", stored = null, navigator = [] }) {
  const wished = [new URLSearchParams(search).get("lang"), stored, ...navigator];
  for (const tag of wished) {
    const language = asLanguage(tag);
    if (language) return language;
  }
  return "zh";
}

/**
 * The language of this page, read from the browser.
 * @returns {Language}
 */
export function pageLanguage() {
  return chooseLanguage({ search: location.search, stored: readStored(), navigator: navigator.languages });
}

/**
 * Keeps the choice in this browser; a browser that refuses storage only forgets it.
 * @param {Language} language
 */
export function rememberLanguage(language) {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Private windows may refuse: the choice then lives in the address bar alone.
  }
}

/**
 * One translator over several dictionaries; a later dictionary wins where a key comes twice.
 * A missing key falls back to Chinese and then to the key itself, so that a gap is seen and not silent.
 * @param {Dictionary | readonly Dictionary[]} dictionaries
 * @param {{language?: Language}} [options]
 * @returns {I18n}
 */
export function createI18n(dictionaries, { language = pageLanguage() } = {}) {
  const all = Array.isArray(dictionaries) ? dictionaries : [dictionaries];
  /** @type {Words} */
  const words = Object.assign({}, ...all.map((d) => d.zh), ...all.map((d) => d[language]));
  return {
    language,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    t: (key, params = {}) => fill(words[key] ?? key, params),
  };
}

/**
 * Fills every element below `root` that names its words: data-t (text), data-t-title, data-t-label (aria-label), data-t-placeholder.
 * @param {ParentNode} root
 * @param {Translate} t
 */
export function translateTree(root, t) {
  for (const el of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-t]"))) {
    el.textContent = t(el.dataset.t ?? "");
  }
  const attributes = /** @type {const} */ ([
    ["data-t-title", "title"],
    ["data-t-label", "aria-label"],
    ["data-t-placeholder", "placeholder"],
  ]);
  for (const [from, to] of attributes) {
    for (const el of root.querySelectorAll(`[${from}]`)) el.setAttribute(to, t(el.getAttribute(from) ?? ""));
  }
}

/**
 * @param {string} text
 * @param {Params} params
 */
function fill(text, params) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/**
 * @param {string | null} tag
 * @returns {Language | null}
 */
function asLanguage(tag) {
  if (!tag) return null;
  if (/^zh\b/i.test(tag)) return "zh";
  if (/^en\b/i.test(tag)) return "en";
  return null;
}

function readStored() {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
