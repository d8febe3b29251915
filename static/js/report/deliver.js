/** Brings a kept report to the server: photos first, then the report, each as often as it takes and counted once. */

import { ApiError, get, post } from "../net/api.js";
import { MOST_BYTES } from "./photo.js";
import { findNonce } from "./work.js";

/** @typedef {import("./kept.js").Report} Report */
/** @typedef {{salt: string, bits: number}} Challenge */
/** @typedef {{code: string, area_name: string, place: string, hotline: string, categories: any[], challenge: Challenge}} CodeInfo */
/** @typedef {{number: string, query_code: string | null, again: boolean}} Taken */

// The server takes a salt for 30 minutes; sending may take some of them.
const SALT_GOOD_MS = 20 * 60_000;

/** @param {string} code */
export function readCode(code) {
  return get(`/api/v1/public/codes/${encodeURIComponent(code)}`, { signIn: false });
}

/** The work for one client id, begun while people still type and done again where its salt has grown old. */
export class Proof {
  /** @type {Promise<string>} */
  #nonce;

  /**
   * @param {Challenge} challenge
   * @param {string} clientId
   * @param {number} atMs when the salt came
   */
  constructor(challenge, clientId, atMs) {
    this.challenge = challenge;
    this.clientId = clientId;
    this.atMs = atMs;
    this.#nonce = findNonce(challenge, clientId);
  }

  /**
   * @param {string} clientId
   * @param {number} nowMs
   */
  fits(clientId, nowMs) {
    return this.clientId === clientId && nowMs - this.atMs < SALT_GOOD_MS;
  }

  async answer() {
    return { salt: this.challenge.salt, nonce: await this.#nonce };
  }
}

/**
 * @param {Report} report
 * @param {{proof: Proof | null, nowMs: () => number, keep: (report: Report) => Promise<void>, language: string}} tools
 * @returns {Promise<Taken>}
 * @throws {ApiError} the report stays kept then
 */
export async function deliver(report, { proof, nowMs, keep, language }) {
  const fits = proof?.fits(report.clientId, nowMs());
  const good = fits && proof ? proof : await freshProof(report, nowMs());
  const send = async (/** @type {Proof} */ one) => {
    const challenge = await one.answer();
    await sendPhotos(report, challenge, keep);
    return post("/api/v1/public/reports", bodyOf(report, challenge), { signIn: false, language });
  };
  try {
    return await send(good);
  } catch (error) {
    // A salt that grew old, or a server that was started anew: the work is done once more.
    if (!(error instanceof ApiError) || !String(error.field).startsWith("challenge")) throw error;
    return send(await freshProof(report, nowMs()));
  }
}

/**
 * @param {Report} report
 * @param {number} nowMs
 */
async function freshProof(report, nowMs) {
  /** @type {CodeInfo} */
  const info = await readCode(report.code);
  return new Proof(info.challenge, report.clientId, nowMs);
}

/**
 * @param {Report} report
 * @param {{salt: string, nonce: string}} challenge
 * @param {(report: Report) => Promise<void>} keep
 */
async function sendPhotos(report, challenge, keep) {
  for (const photo of report.photos) {
    if (photo.ref || photo.blob.size > MOST_BYTES) continue;
    photo.ref = await sendPhoto(report, challenge, photo.blob).catch((error) => {
      // A file that is no picture must not hold up the words; everything else is tried again later.
      if (error instanceof ApiError && (error.field === "photo" || error.status === 413)) return "";
      throw error;
    });
    await keep(report);
  }
}

/**
 * @param {Report} report
 * @param {{salt: string, nonce: string}} challenge
 * @param {Blob} blob
 * @returns {Promise<string>} the photo's ref
 */
async function sendPhoto(report, { salt, nonce }, blob) {
  const query = new URLSearchParams({ code: report.code, client_id: report.clientId, salt, nonce });
  const response = await fetch(`/api/v1/public/media?${query}`, { method: "POST", body: blob }).catch(() => null);
  if (!response) throw new ApiError({ code: "offline", message: "no answer from the server", status: 0 });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body.ref;
  const said = body.error ?? {};
  const wait = Number(response.headers.get("Retry-After"));
  throw new ApiError({
    code: said.code ?? "failed",
    message: said.message ?? "",
    status: response.status,
    field: said.field,
    retryAfterMs: wait > 0 ? wait * 1000 : null,
  });
}

/**
 * @param {Report} report
 * @param {{salt: string, nonce: string}} challenge
 */
export function bodyOf(report, challenge) {
  return {
    client_id: report.clientId,
    code: report.code,
    description: report.description,
    ...(report.category ? { category: report.category } : {}),
    ...(report.attributes ? { attributes: report.attributes } : {}),
    ...(report.place ?? {}),
    ...(report.phone ? { phone: report.phone } : {}),
    ...(report.name ? { name: report.name } : {}),
    secret: report.secret,
    media: report.photos.filter(({ ref }) => ref).map(({ ref }) => ({ ref, role: "report" })),
    website: "",
    challenge,
  };
}
