/** The phone's own database: one queue in the order of happening, and a few named values. */

const NAME = "sanxun-phone";
const SCHEMA = 1;
export const QUEUE = "queue";
export const VALUES = "values";

/** The browser has no room left for another record. */
export class StorageFull extends Error {
  constructor() {
    super("the browser's storage is full");
    this.name = "StorageFull";
  }
}

/** One connection to the database, opened when first needed and again after the browser has closed it. */
export class Store {
  /** @type {Promise<IDBDatabase> | null} */
  #opening = null;

  /**
   * Runs `work` in one transaction and resolves with its result once the transaction is on disk.
   * @template T
   * @param {"readonly" | "readwrite"} mode
   * @param {(tx: IDBTransaction) => IDBRequest<T> | void} work
   * @returns {Promise<T>}
   */
  async run(mode, work) {
    const db = await this.#open();
    return new Promise((resolve, reject) => {
      const tx = this.#begin(db, mode);
      const request = work(tx);
      tx.oncomplete = () => resolve(/** @type {T} */ (request?.result));
      tx.onabort = () => reject(storageError(tx.error));
    });
  }

  /**
   * @param {string} key
   * @returns {Promise<any>} undefined where nothing was kept under this key
   */
  read(key) {
    return this.run("readonly", (tx) => tx.objectStore(VALUES).get(key));
  }

  /**
   * @param {string} key
   * @param {unknown} value
   */
  async write(key, value) {
    await this.run("readwrite", (tx) => tx.objectStore(VALUES).put(value, key));
  }

  /**
   * Changes one value in a single transaction, so that two tabs cannot overwrite each other.
   * @template T
   * @param {string} key
   * @param {(before: T | undefined) => T | undefined} change returning undefined removes the value
   * @returns {Promise<T | undefined>} the value after the change
   */
  async change(key, change) {
    /** @type {T | undefined} */
    let after;
    await this.run("readwrite", (tx) => {
      const values = tx.objectStore(VALUES);
      const reading = values.get(key);
      reading.onsuccess = () => {
        after = change(reading.result);
        if (after === undefined) values.delete(key);
        else values.put(after, key);
      };
    });
    return after;
  }

  #open() {
    this.#opening ??= openDatabase(() => {
      this.#opening = null;
    });
    this.#opening.catch(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /**
   * @param {IDBDatabase} db
   * @param {"readonly" | "readwrite"} mode
   */
  #begin(db, mode) {
    try {
      // "strict" waits for the disk: an acknowledged fix must survive a flat battery.
      return db.transaction([QUEUE, VALUES], mode, { durability: mode === "readwrite" ? "strict" : "default" });
    } catch (error) {
      this.#opening = null; // the browser closed the connection; the next call opens it again
      throw error;
    }
  }
}

/**
 * @param {() => void} onClosed
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase(onClosed) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, SCHEMA);
    opening.onupgradeneeded = () => createSchema(opening.result);
    opening.onerror = () => reject(storageError(opening.error));
    opening.onsuccess = () => {
      const db = opening.result;
      db.onclose = onClosed;
      db.onversionchange = () => {
        db.close();
        onClosed();
      };
      resolve(db);
    };
  });
}

/** @param {IDBDatabase} db */
function createSchema(db) {
  db.createObjectStore(VALUES);
  const queue = db.createObjectStore(QUEUE, { keyPath: "seq", autoIncrement: true });
  // Within one index key the records lie in the order of `seq`, which is the order of happening.
  queue.createIndex("worker_state", ["worker", "state"]);
  queue.createIndex("worker_state_kind", ["worker", "state", "kind"]);
}

/** @param {DOMException | null} error */
function storageError(error) {
  if (error?.name === "QuotaExceededError") return new StorageFull();
  return error ?? new Error("the transaction was aborted");
}
