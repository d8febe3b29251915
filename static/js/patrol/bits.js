/** Seen cells as the server sends them: base64 of a bit a cell, the least significant bit first. */

/**
 * @param {string} base64
 * @returns {Uint8Array}
 */
export function decodeBits(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * Whether bit n is set; bits beyond the end are not.
 * @param {Uint8Array} bytes
 * @param {number} n
 */
export function bitAt(bytes, n) {
  return ((bytes[n >> 3] ?? 0) >> (n & 7)) & 1;
}

/**
 * A column of two-byte numbers, the low byte first.
 * @param {string} base64
 * @returns {Uint16Array}
 */
export function decodeShorts(base64) {
  const bytes = decodeBits(base64);
  return Uint16Array.from(
    { length: bytes.length >> 1 },
    (_, n) => (bytes[2 * n] ?? 0) | ((bytes[2 * n + 1] ?? 0) << 8),
  );
}

/**
 * Each of `count` bits as a byte of 0 or 1: what is looked up and changed often.
 * @param {Uint8Array} bytes
 * @param {number} count
 * @returns {Uint8Array}
 */
export function spread(bytes, count) {
  const flags = new Uint8Array(count);
  for (let n = 0; n < count; n++) flags[n] = bitAt(bytes, n);
  return flags;
}
