/** The colours of the map, light and dark: quiet land, clear lines, workers above all. */

/**
 * @typedef {object} Palette
 * @property {readonly string[]} status six hues in the order of the status codes (Okabe-Ito)
 * @property {string} casing rim around a worker's sign
 * @property {string} paper inside of a hollow sign
 * @property {string} mark ring of the selection
 * @property {string} land
 * @property {string} outside
 * @property {readonly [string, string]} fields
 * @property {string} trees
 * @property {string} yard
 * @property {string} settlement
 * @property {string} settlementLine
 * @property {string} house
 * @property {string} houseLine
 * @property {string} lane
 * @property {string} laneCasing
 * @property {string} road
 * @property {string} roadCasing
 * @property {string} water
 * @property {string} waterLine
 * @property {string} waterText
 * @property {string} township
 * @property {string} village
 * @property {string} grid
 * @property {string} text
 * @property {string} textSoft
 * @property {string} halo
 * @property {readonly string[]} grids eight pale fills
 * @property {number} gridOpacity
 * @property {readonly string[]} tracks lines of replayed workers
 */

/** @type {Palette} */
export const LIGHT = {
  status: ["#009e73", "#0072b2", "#e69f00", "#7c8580", "#9aa39e", "#d55e00"],
  casing: "#ffffff",
  paper: "#ffffff",
  mark: "#17211c",
  land: "#f6f5ee",
  outside: "#e9ebe6",
  fields: ["#e9eed8", "#dde8cd"],
  trees: "#c9ddb8",
  yard: "#efe9df",
  settlement: "#e9e2d6",
  settlementLine: "#d5cab8",
  house: "#d8cbb8",
  houseLine: "#bfae96",
  lane: "#ffffff",
  laneCasing: "#cfc4b2",
  road: "#fffaf0",
  roadCasing: "#c9b99c",
  water: "#bcd9ea",
  waterLine: "#8fbcd6",
  waterText: "#2f6480",
  township: "#6d5a7c",
  village: "#8d8398",
  grid: "#8a9a92",
  text: "#25312b",
  textSoft: "#4d5a53",
  halo: "#fbfbf7",
  grids: ["#a8d5c2", "#f3cf9b", "#b9c8ea", "#f0b9b0", "#d6c3e6", "#cfe09a", "#a9d8e6", "#ead7b0"],
  gridOpacity: 0.5,
  tracks: ["#0072b2", "#d55e00", "#009e73", "#a64d86", "#7a5c00", "#4b4fb0"],
};

/** @type {Palette} */
export const DARK = {
  status: ["#1fc796", "#56b4e9", "#f0b429", "#98a39d", "#76827b", "#ff7d2e"],
  casing: "#0d1210",
  paper: "#141b18",
  mark: "#ffffff",
  land: "#19211d",
  outside: "#111714",
  fields: ["#1b251f", "#1f2a23"],
  trees: "#24362a",
  yard: "#323832",
  settlement: "#2b302c",
  settlementLine: "#3d433d",
  house: "#3a403a",
  houseLine: "#4b524b",
  lane: "#454d47",
  laneCasing: "#222824",
  road: "#5a5a4d",
  roadCasing: "#20251f",
  water: "#173444",
  waterLine: "#27536b",
  waterText: "#8fc3de",
  township: "#b9a6cb",
  village: "#77708a",
  grid: "#5f7268",
  text: "#e6ece8",
  textSoft: "#b4c0b9",
  halo: "#121815",
  grids: ["#2f7a62", "#8a6a35", "#45609c", "#8c4f47", "#6d5288", "#66792f", "#2f7388", "#7a6a43"],
  gridOpacity: 0.3,
  tracks: ["#56b4e9", "#ff8f4d", "#2fd3a3", "#e08fc0", "#e6c34d", "#a3a7ff"],
};

/**
 * @param {boolean} dark
 * @returns {Palette}
 */
export const paletteOf = (dark) => (dark ? DARK : LIGHT);
