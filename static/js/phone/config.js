/** What the county says of itself: who processes the data, whom to call, how long tracks are kept. Kept for offline use. */

import { get } from "../net/api.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{handler: string, contact: string, call_phone: string, retention_days: number}} PhoneConfig */

const KEY = "config";
// Changes whenever the words of the notice change: everybody is then asked again.
export const NOTICE_WORDS = "2026-02";

/** @type {Readonly<PhoneConfig>} */
export const NO_CONFIG = Object.freeze({ handler: "", contact: "", call_phone: "", retention_days: 90 });

/**
 * @param {Store} store
 * @returns {Promise<PhoneConfig>}
 */
export async function readConfig(store) {
  return { ...NO_CONFIG, ...(await store.read(KEY).catch(() => undefined)) };
}

/**
 * Asks the server and keeps the answer; the kept one where it does not answer.
 * @param {Store} store
 * @returns {Promise<PhoneConfig>}
 */
export async function fetchConfig(store) {
  try {
    const answer = await get("/api/v1/phone-config", { signIn: false, signal: AbortSignal.timeout(10_000) });
    if (!Number.isInteger(answer?.retention_days)) return readConfig(store);
    await store.write(KEY, answer);
  } catch {
    // No network, or a server that does not know the route: the kept words stay true.
  }
  return readConfig(store);
}

/**
 * Which notice somebody accepts: its words, and what this county has put into them.
 * @param {PhoneConfig} config
 */
export function noticeVersion({ handler, contact, retention_days }) {
  return `${NOTICE_WORDS}-${fingerprint([handler, contact, retention_days].join("\n"))}`;
}

/**
 * FNV-1a, 32 bits, in hexadecimal: tells notices apart, guards nothing.
 * @param {string} text
 */
function fingerprint(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
