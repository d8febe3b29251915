/** Who the workers are: names, roles and grids by worker id, joined with the divisions above them. */

/** @typedef {{code: string, name: string, level: number, parent: string | null, lon: number, lat: number}} Division */
/** @typedef {{version: number, workers: {id: number[], name: string[], role: string[], grid: string[], phone_tail: string[], number: string[]}}} RosterAnswer */

/**
 * @typedef {object} Person
 * @property {number} id
 * @property {string} name
 * @property {boolean} leader
 * @property {string} grid 15-digit code
 * @property {string} gridName
 * @property {string} village name
 * @property {string} township name
 * @property {string} phoneTail
 * @property {string} number
 * @property {string} text what a search looks through
 */

/** @typedef {{version: number, people: Person[], byId: Map<number, Person>}} Roster */

/** Before anything was read; a register that is still empty has version 0. @type {Roster} */
export const NOBODY = { version: -1, people: [], byId: new Map() };

/**
 * @param {RosterAnswer} answer
 * @param {ReadonlyMap<string, Division>} divisions by code
 * @param {ReadonlyMap<string, string>} gridNames by code
 * @returns {Roster} people in the order of their grids, leaders first
 */
export function joinRoster({ version, workers }, divisions, gridNames) {
  const people = workers.id.map((id, i) => {
    const grid = workers.grid[i] ?? "";
    const village = divisions.get(villageCode(grid))?.name ?? "";
    const township = divisions.get(townshipCode(grid))?.name ?? "";
    const gridName = gridNames.get(grid) ?? grid;
    const name = workers.name[i] ?? "";
    const phoneTail = workers.phone_tail[i] ?? "";
    const number = workers.number[i] ?? "";
    const text = [name, gridName, village, township, grid, phoneTail, number].join("\n").toLowerCase();
    return {
      id,
      name,
      leader: workers.role[i] === "leader",
      grid,
      gridName,
      village,
      township,
      phoneTail,
      number,
      text,
    };
  });
  people.sort((a, b) => compare(a.grid, b.grid) || Number(b.leader) - Number(a.leader) || a.id - b.id);
  return { version, people, byId: new Map(people.map((person) => [person.id, person])) };
}

/** @param {string} grid */
export const villageCode = (grid) => grid.slice(0, 12);

/** @param {string} grid */
export const townshipCode = (grid) => `${grid.slice(0, 9)}000`;

/**
 * Whether a grid lies in a division: a 12-digit code whose trailing zeros stand for everything below.
 * @param {string} grid
 * @param {string} area
 */
export function gridInArea(grid, area) {
  if (area === "") return true;
  if (area.endsWith("000000")) return grid.startsWith(area.slice(0, 6));
  if (area.endsWith("000")) return grid.startsWith(area.slice(0, 9));
  return grid.startsWith(area);
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
