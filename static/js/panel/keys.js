/** The keyboard: one key, one act; nothing while a text is being typed. */

/**
 * @typedef {object} KeyActions
 * @property {() => void} search
 * @property {(steps: number) => void} move
 * @property {() => void} enter
 * @property {() => void} escape
 * @property {() => void} follow
 * @property {() => void} live
 * @property {() => void} trail
 * @property {() => void} coverage
 * @property {() => void} play
 * @property {() => void} help
 * @property {() => void} zoomIn
 * @property {() => void} zoomOut
 * @property {() => void} home
 */

/** @type {Readonly<Record<string, (actions: KeyActions) => void>>} */
const KEYS = {
  "/": (a) => a.search(),
  ArrowDown: (a) => a.move(1),
  ArrowUp: (a) => a.move(-1),
  PageDown: (a) => a.move(10),
  PageUp: (a) => a.move(-10),
  Enter: (a) => a.enter(),
  Escape: (a) => a.escape(),
  f: (a) => a.follow(),
  l: (a) => a.live(),
  t: (a) => a.trail(),
  c: (a) => a.coverage(),
  " ": (a) => a.play(),
  "?": (a) => a.help(),
  "？": (a) => a.help(),
  "+": (a) => a.zoomIn(),
  "=": (a) => a.zoomIn(),
  "-": (a) => a.zoomOut(),
  0: (a) => a.home(),
};

/** Keys that also work from within the search box. */
const WHILE_SEARCHING = ["ArrowDown", "ArrowUp", "Enter", "Escape"];

/**
 * @param {Document} document
 * @param {KeyActions} actions
 */
export function listenToKeys(document, actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const run = KEYS[key];
    if (!run || !isMeant(/** @type {HTMLElement} */ (event.target), key, document)) return;
    event.preventDefault();
    run(actions);
  });
}

/**
 * @param {HTMLElement} target
 * @param {string} key
 * @param {Document} document
 */
function isMeant(target, key, document) {
  if (document.querySelector("dialog[open]")) return false;
  if (target.matches?.("input[type=search]")) return WHILE_SEARCHING.includes(key);
  if (target.matches?.("select, textarea, input[type=text]")) return false;
  if (target.matches?.("input[type=range]")) return !key.startsWith("Arrow") && !key.startsWith("Page");
  // A focused button is pressed by Enter and the space bar, as everywhere.
  if (target.matches?.("button, summary, a, input[type=checkbox]")) return key !== "Enter" && key !== " ";
  return true;
}
