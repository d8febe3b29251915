/** Which workers are wanted, and in which order: the same answer for the list and for the map. */

import { gridInArea } from "./roster.js";
import { HELP_CODE, OFF_CODE, statusName } from "./status.js";

/** @typedef {import("./roster.js").Person} Person */
/** @typedef {import("./workers.js").WorkerStore} WorkerStore */
/** @typedef {import("./page_state.js").PageState} PageState */
/** @typedef {Pick<PageState, "query" | "area" | "statuses" | "sort">} Wish */

/**
 * Every word of the query must occur somewhere: name, grid, village, phone tail, number.
 * @param {Person} person
 * @param {string} query
 */
export function matchesQuery(person, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => person.text.includes(word));
}

/**
 * The status name of a person, "off" for one of whom nothing is known.
 * @param {Person} person
 * @param {WorkerStore} workers
 */
export function statusOf(person, workers) {
  const slot = workers.slotOf(person.id);
  return statusName(slot < 0 ? OFF_CODE : (workers.status[slot] ?? OFF_CODE));
}

/**
 * The wanted people, those who ask for help always first.
 * @param {readonly Person[]} people in the order of their grids
 * @param {WorkerStore} workers
 * @param {Wish} wish
 * @returns {Person[]}
 */
export function wanted(people, workers, { query, area, statuses, sort }) {
  const found = people.filter(
    (person) =>
      gridInArea(person.grid, area) &&
      (statuses.length === 0 || statuses.includes(statusOf(person, workers))) &&
      matchesQuery(person, query),
  );
  return sorted(found, workers, sort);
}

/**
 * @param {Person[]} people
 * @param {WorkerStore} workers
 * @param {Wish["sort"]} sort
 */
function sorted(people, workers, sort) {
  /** @param {Person} person */
  const fixMs = (person) => workers.fixMs[workers.slotOf(person.id)] ?? 0;
  /** @param {Person} person */
  const calm = (person) => Number(workers.status[workers.slotOf(person.id)] !== HELP_CODE);
  const collator = new Intl.Collator("zh-CN");
  /** @type {(a: Person, b: Person) => number} */
  const order =
    sort === "name"
      ? (a, b) => collator.compare(a.name, b.name)
      : sort === "updated"
        ? (a, b) => fixMs(b) - fixMs(a)
        : () => 0;
  return people.sort((a, b) => calm(a) - calm(b) || order(a, b));
}
