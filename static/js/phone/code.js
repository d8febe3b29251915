/** Reads the enrolment code from an address or from what a thumb has typed. Pure. */

/**
 * The code in a page address's fragment, `#enrol=<code>`.
 * @param {string} hash
 * @returns {string | null}
 */
export function codeFromHash(hash) {
  return clean(new URLSearchParams(hash.replace(/^#/, "")).get("enrol"));
}

/**
 * The code that a person typed or pasted, also when the whole link was pasted.
 * @param {string} text
 * @returns {string | null}
 */
export function codeFromText(text) {
  const link = /#enrol=([^&\s]+)/.exec(text);
  return clean(link ? decode(link[1] ?? "") : text);
}

/** @param {string | null} text */
function clean(text) {
  const code = (text ?? "").normalize("NFKC").replace(/\s+/g, "");
  return /^[\w-]{4,128}$/.test(code) ? code : null;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
