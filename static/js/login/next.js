/** Where to go after signing in. Pure. */

/**
 * The wished page if it lies on our own origin, else the map. Another origin would make the sign-in page a trap.
 * @param {string | null} wished the `next` parameter
 * @param {string} origin "https://county.example"
 */
export function safeNext(wished, origin) {
  if (!wished?.startsWith("/")) return "/";
  const url = parse(wished, origin);
  if (!url || url.origin !== origin || url.pathname === "/login") return "/";
  return url.pathname + url.search + url.hash;
}

/**
 * @param {string} text
 * @param {string} origin
 */
function parse(text, origin) {
  try {
    return new URL(text, origin);
  } catch {
    return null;
  }
}
