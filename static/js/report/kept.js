/** Reports that wait to be sent, with their photos, in this phone's own database; and the receipts of those that were sent. */

/** @typedef {{blob: Blob, ref: string | null}} KeptPhoto */
/**
 * @typedef {object} Report
 * @property {string} clientId
 * @property {string} code the village's
 * @property {string} description
 * @property {string | null} category
 * @property {Record<string, string[]>} attributes answers to the category's questions
 * @property {{lat: number, lon: number} | null} place
 * @property {string} phone
 * @property {string} name
 * @property {boolean} secret
 * @property {KeptPhoto[]} photos
 * @property {number} atMs
 */
/** @typedef {{number: string, queryCode: string, text: string, atMs: number}} Receipt */

const RECEIPTS_KEY = "sanxun.reports";
const MOST_RECEIPTS = 10;

/** Where the browser keeps no database, reports live as long as the page. */
export class KeptReports {
  /** @type {Map<string, Report>} */
  #memory = new Map();
  /** @type {Promise<IDBDatabase | null>} */
  #opened;

  constructor() {
    this.#opened = open();
  }

  /** @returns {Promise<Report[]>} oldest first */
  async all() {
    const stored = await this.#run("readonly", (store) => store.getAll()).catch(() => null);
    const found = [...(stored ?? []), ...this.#memory.values()];
    return found.sort((a, b) => a.atMs - b.atMs);
  }

  /** @param {Report} report */
  async put(report) {
    // Some web views refuse to store files: the report then waits in memory.
    const done = await this.#run("readwrite", (store) => store.put(report)).catch(() => null);
    if (done === null) this.#memory.set(report.clientId, report);
  }

  /** @param {string} clientId */
  async remove(clientId) {
    this.#memory.delete(clientId);
    await this.#run("readwrite", (store) => store.delete(clientId)).catch(() => null);
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} ask
   * @returns {Promise<any>} null without a database
   */
  async #run(mode, ask) {
    const database = await this.#opened;
    if (!database) return null;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("reports", mode);
      const asked = ask(transaction.objectStore("reports"));
      transaction.oncomplete = () => resolve(asked.result ?? true);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }
}

/** @returns {Promise<IDBDatabase | null>} */
function open() {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open("sanxun-report", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("reports", { keyPath: "clientId" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** @returns {Receipt[]} newest first */
export function receipts() {
  try {
    const found = JSON.parse(localStorage.getItem(RECEIPTS_KEY) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** @param {Receipt} receipt */
export function keepReceipt(receipt) {
  writeReceipts([receipt, ...receipts().filter((one) => one.queryCode !== receipt.queryCode)]);
}

export function forgetReceipts() {
  writeReceipts([]);
}

/** @param {Receipt[]} list */
function writeReceipts(list) {
  try {
    localStorage.setItem(RECEIPTS_KEY, JSON.stringify(list.slice(0, MOST_RECEIPTS)));
  } catch {
    // Storage may be refused: the code on the screen is then the only one.
  }
}

/**
 * A random id as UUID version 4; `crypto.randomUUID` is missing without https.
 * @param {(bytes: Uint8Array) => Uint8Array} [fill]
 */
export function newId(fill = (bytes) => crypto.getRandomValues(/** @type {Uint8Array<ArrayBuffer>} */ (bytes))) {
  const b = fill(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...b].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
