/** What waits to be sent: fixes and duty changes in the order they happened, kept apart by worker. */

import { QUEUE, StorageFull } from "./store.js";

/** @typedef {import("./store.js").Store} Store */
/**
 * One position in the native upload format (docs/phones.md).
 * @typedef {{t: number, lat: number, lon: number, acc?: number, spd?: number, brg?: number, alt?: number, bat?: number, chg?: boolean, help?: boolean}} Fix
 */
/** @typedef {"fix" | "on" | "off"} Kind */
/** @typedef {{seq: number, worker: number, state: number, kind: Kind, t: number, fix?: Fix}} Item */
/** @typedef {{waiting: number, oldestMs: number | null, duties: number, refused: number}} Summary */

const WAITING = 0;
const REFUSED = 1;

// 26 days on duty at one fix in 15 s, about 15 MB: more than any phone is away from a network, less than browsers grant.
export const MAX_WAITING = 50_000;

/** The queue of this browser; every tab and the service worker see the same one. */
export class Queue {
  #store;
  #limit;

  /**
   * @param {Store} store
   * @param {{limit?: number}} [options]
   */
  constructor(store, { limit = MAX_WAITING } = {}) {
    this.#store = store;
    this.#limit = limit;
  }

  /**
   * Keeps a fix; resolves once it is on disk. Throws StorageFull where there is no room: what waits already is kept.
   * @param {number} worker
   * @param {Fix} fix
   */
  async addFix(worker, fix) {
    let full = false;
    await this.#store.run("readwrite", (tx) => {
      const items = tx.objectStore(QUEUE);
      const counting = items.index("worker_state").count([worker, WAITING]);
      counting.onsuccess = () => {
        full = counting.result >= this.#limit;
        if (!full) items.add({ worker, state: WAITING, kind: "fix", t: fix.t, fix });
      };
    });
    if (full) throw new StorageFull();
  }

  /**
   * Keeps a duty change behind everything that happened before it.
   * @param {number} worker
   * @param {"on" | "off"} kind
   * @param {number} t Unix ms
   */
  async addDuty(worker, kind, t) {
    await this.#store.run("readwrite", (tx) => tx.objectStore(QUEUE).add({ worker, state: WAITING, kind, t }));
  }

  /**
   * The oldest waiting items of one worker.
   * @param {number} worker
   * @param {number} limit
   * @returns {Promise<Item[]>}
   */
  head(worker, limit) {
    return this.#store.run("readonly", (tx) =>
      tx
        .objectStore(QUEUE)
        .index("worker_state")
        .getAll(IDBKeyRange.only([worker, WAITING]), limit),
    );
  }

  /**
   * Forgets items that the server has answered for.
   * @param {readonly Item[]} items
   */
  async remove(items) {
    await this.#store.run("readwrite", (tx) => {
      for (const { seq } of items) tx.objectStore(QUEUE).delete(seq);
    });
  }

  /**
   * Sets items aside that the server will never take: kept, not sent again, in nobody's way.
   * @param {readonly Item[]} items
   */
  async refuse(items) {
    await this.#store.run("readwrite", (tx) => {
      for (const item of items) tx.objectStore(QUEUE).put({ ...item, state: REFUSED });
    });
  }

  /**
   * @param {number} worker
   * @returns {Promise<Summary>}
   */
  async summary(worker) {
    const result = { waiting: 0, oldestMs: /** @type {number | null} */ (null), duties: 0, refused: 0 };
    await this.#store.run("readonly", (tx) => {
      const byState = tx.objectStore(QUEUE).index("worker_state");
      const byKind = tx.objectStore(QUEUE).index("worker_state_kind");
      give(byState.count([worker, WAITING]), (n) => (result.waiting = n));
      give(byState.count([worker, REFUSED]), (n) => (result.refused = n));
      give(byState.getAll([worker, WAITING], 1), ([first]) => (result.oldestMs = first?.t ?? null));
      for (const kind of ["on", "off"]) give(byKind.count([worker, WAITING, kind]), (n) => (result.duties += n));
    });
    return result;
  }

  /**
   * How many items of other workers lie in this phone; they are never sent in this worker's name.
   * @param {number} worker
   * @returns {Promise<number>}
   */
  async others(worker) {
    let all = 0;
    let own = 0;
    await this.#store.run("readonly", (tx) => {
      const items = tx.objectStore(QUEUE);
      give(items.count(), (n) => (all = n));
      for (const state of [WAITING, REFUSED])
        give(items.index("worker_state").count([worker, state]), (n) => (own += n));
    });
    return all - own;
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @param {(value: T) => void} take
 */
function give(request, take) {
  request.onsuccess = () => take(request.result);
}
