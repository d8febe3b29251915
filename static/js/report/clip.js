/** The clipboard, also where the browser offers it to secure pages only. */

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copy(text) {
  if (navigator.clipboard) {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (done) return true;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/**
 * A code in groups of four, as one reads it aloud.
 * @param {string} code
 */
export function spaced(code) {
  return code.replace(/(.{4})(?=.)/g, "$1 ");
}
