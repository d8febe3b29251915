/** A query code as people type it: with spaces, dashes, small letters, wide letters. */

/** @param {string} typed */
export function tidyCode(typed) {
  return typed
    .normalize("NFKC")
    .replace(/[\s\-_·.]/g, "")
    .toUpperCase();
}
