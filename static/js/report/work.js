/** The proof of work that keeps floods away: found in short slices, so that typing never stutters. */

import { leadingZeroBits, PrefixHash } from "./sha256.js";

const SLICE_MS = 12;

/**
 * Finds a nonce so that SHA-256 of `salt:clientId:nonce` begins with `bits` zero bits.
 * @param {{salt: string, bits: number}} challenge
 * @param {string} clientId
 * @param {{nowMs?: () => number, pause?: () => Promise<void>}} [tools]
 * @returns {Promise<string>} decimal digits
 */
export async function findNonce({ salt, bits }, clientId, { nowMs = () => performance.now(), pause = nextTask } = {}) {
  const hash = new PrefixHash(`${salt}:${clientId}:`);
  let until = nowMs() + SLICE_MS;
  for (let nonce = 0; ; nonce++) {
    if (leadingZeroBits(hash.digest(String(nonce))) >= bits) return String(nonce);
    if (nonce % 64 === 0 && nowMs() > until) {
      await pause();
      until = nowMs() + SLICE_MS;
    }
  }
}

/** @returns {Promise<void>} */
function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
