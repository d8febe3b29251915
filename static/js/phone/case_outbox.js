/** Reports and checks on their way to the server, with their photos: counted once, however often they are sent. */

import { ApiError, post, retryAfterMs } from "../net/api.js";
import { failureOf } from "./batch.js";
import { Letters } from "./letters.js";

/** @typedef {import("./identity.js").Identity} Identity */
/** @typedef {"before" | "after" | "report" | "verify" | "check"} Role */
/** @typedef {{blob: Blob | null, role: Role, ref: string}} Photo `ref` is empty until the server has the photo */
/**
 * A report, or a change of a case, as it is sent; `photos` are sent first.
 * @typedef {object} CaseLetter
 * @property {string} id the report's client id, or the change's own name
 * @property {string} path
 * @property {Record<string, unknown>} body without the photos
 * @property {string} title what the list shows
 * @property {Photo[]} photos
 * @property {number} at_ms
 * @property {"waiting" | "sent" | "refused"} state
 * @property {string} number of the case, once the server has it
 * @property {string} problem why it was refused: the field, or the error's code
 */

const LOCK = "sanxun-phone-cases";
const TIMEOUT_MS = 30_000;
const PHOTO_TIMEOUT_MS = 120_000; // 300 KB over a line of 3 KB/s
const REMEMBER_MS = 7 * 86_400_000;

/** @extends {Letters<CaseLetter>} */
export class CaseOutbox extends Letters {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    super(store, { keyOf, lock: LOCK, rememberMs: REMEMBER_MS });
  }

  /**
   * @param {number} worker
   * @param {Omit<CaseLetter, "state" | "number" | "problem">} letter
   */
  async add(worker, letter) {
    await this.keep(worker, { ...letter, state: "waiting", number: "", problem: "" });
  }

  /**
   * Forgets a letter that the worker has given up.
   * @param {number} worker
   * @param {string} id
   */
  async drop(worker, id) {
    await this.change(worker, (letters) => letters.filter((one) => one.id !== id));
  }

  /**
   * @param {Identity} identity
   * @returns {Promise<boolean>} false where something must be tried again
   */
  async drain(identity) {
    return this.sendAll(identity.worker.id, (letter) => this.#send(letter, identity));
  }

  /**
   * @param {CaseLetter} letter
   * @param {Identity} identity
   * @returns {Promise<CaseLetter>}
   */
  async #send(letter, identity) {
    const { token, worker } = identity;
    const photos = letter.photos.map((photo) => ({ ...photo }));
    try {
      for (const photo of photos) {
        if (photo.ref || !photo.blob) continue;
        photo.ref = await sendPhoto(photo.blob, token);
        await this.put(worker.id, letter, { ...letter, photos }); // what has arrived need not be sent again
      }
      const media = photos.map(({ ref, role }) => ({ ref, role }));
      const answer = await post(letter.path, { ...letter.body, media }, options(token, TIMEOUT_MS));
      return { ...letter, photos: [], state: "sent", number: String(answer?.number ?? "") };
    } catch (error) {
      return afterFailure({ ...letter, photos }, error);
    }
  }
}

/** @param {number} worker */
export function keyOf(worker) {
  return `case_outbox:${worker}`;
}

/**
 * What becomes of a letter that the server did not take. Pure.
 * @param {CaseLetter} letter
 * @param {unknown} error
 * @returns {CaseLetter}
 */
export function afterFailure(letter, error) {
  const { status = 0, field = "", code = "" } = error instanceof ApiError ? error : {};
  // The server sweeps photos away that no report took up within a week: then they are sent once more, but only once.
  if (field.startsWith("media") && status === 400 && !letter.problem)
    return { ...letter, problem: "media", photos: letter.photos.map((photo) => ({ ...photo, ref: "" })) };
  const meaning = failureOf(status);
  if (meaning === "retry" || meaning === "revoked") return letter;
  return { ...letter, photos: [], state: "refused", problem: field || code };
}

/**
 * @param {Blob} blob
 * @param {string} token
 * @returns {Promise<string>} the photo's ref
 */
async function sendPhoto(blob, token) {
  const { headers, signal } = options(token, PHOTO_TIMEOUT_MS);
  const response = await fetch("/api/v1/my/media", { method: "POST", body: blob, headers, signal }).catch(() => null);
  if (!response) throw new ApiError({ code: "offline", message: "no answer from the server", status: 0 });
  const body = await response.json().catch(() => ({}));
  if (response.ok && body.ref) return body.ref;
  const { code = "failed", message = "" } = body.error ?? {};
  const wait = retryAfterMs(response.headers.get("Retry-After"), Date.now());
  throw new ApiError({ code, message, status: response.status, field: "photo", retryAfterMs: wait });
}

/**
 * @param {string} token
 * @param {number} timeoutMs
 */
function options(token, timeoutMs) {
  const headers = { Authorization: `Bearer ${token}` };
  return { signIn: false, headers, signal: AbortSignal.timeout(timeoutMs) };
}
