/** The live stream's binary frames, decoded as docs/live.md describes them; nothing here touches the network. */

export const MAGIC = 0x53;
export const SNAPSHOT = 1;
export const DELTA = 2;
export const HEARTBEAT = 3;

export const ON_DUTY = 1;
export const MOVING = 2;
export const HAS_POSITION = 4;
export const ASKS_HELP = 8;
export const BEARING_KNOWN = 16;
export const GONE = 128;

const HEADER_BYTES = 32;
const RECORD_BYTES = 24;

/**
 * @typedef {object} Columns
 * @property {Uint32Array} workerId
 * @property {Int32Array} lonE7
 * @property {Int32Array} latE7
 * @property {Int32Array} ageMs
 * @property {Uint16Array} speedCms 65535 = unknown
 * @property {Uint16Array} accuracyDm 65535 = unknown
 * @property {Uint8Array} bearing 256 steps a turn
 * @property {Uint8Array} state
 * @property {Uint8Array} battery 255 = unknown
 * @property {Uint8Array} flags
 */

/**
 * @typedef {object} Frame
 * @property {1 | 2 | 3} kind
 * @property {number} count
 * @property {number} fromSeq
 * @property {number} toSeq
 * @property {number} timeMs
 * @property {number} lagMs
 * @property {Columns} columns
 */

/** A frame that cannot be read; `reason` says why and `value` what stood there. */
export class BadFrame extends Error {
  /**
   * @param {string} reason
   * @param {number} value
   */
  constructor(reason, value) {
    super(`${reason}: ${value}`);
    this.name = "BadFrame";
    this.reason = reason;
    this.value = value;
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 * @throws {BadFrame}
 */
export function decodeFrame(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new BadFrame("shorter than a header", buffer.byteLength);
  const view = new DataView(buffer);
  if (view.getUint8(0) !== MAGIC) throw new BadFrame("not a frame", view.getUint8(0));
  if (view.getUint8(1) !== 1) throw new BadFrame("unknown version", view.getUint8(1));
  const kind = asKind(view.getUint8(2));
  const start = view.getUint8(3);
  const count = view.getUint32(4, true);
  const recordSize = view.getUint16(28, true);
  if (start < HEADER_BYTES) throw new BadFrame("header too short", start);
  if (count > 0 && recordSize < RECORD_BYTES) throw new BadFrame("record too short", recordSize);
  if (start + count * recordSize > buffer.byteLength) throw new BadFrame("fewer records than counted", count);
  return {
    kind,
    count,
    fromSeq: view.getUint32(8, true),
    toSeq: view.getUint32(12, true),
    timeMs: view.getFloat64(16, true),
    lagMs: view.getUint32(24, true),
    columns: readColumns(buffer, start, count),
  };
}

/**
 * @param {number} value
 * @returns {1 | 2 | 3}
 */
function asKind(value) {
  if (value === SNAPSHOT || value === DELTA || value === HEARTBEAT) return value;
  throw new BadFrame("unknown kind", value);
}

/**
 * Views into the buffer where its alignment allows, a copy where a longer header broke it.
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} count
 * @returns {Columns}
 */
function readColumns(buffer, start, count) {
  const aligned = start % 4 === 0 ? buffer : buffer.slice(start);
  let at = aligned === buffer ? start : 0;
  /** @param {number} size */
  const next = (size) => {
    const here = at;
    at += size * count;
    return here;
  };
  return {
    workerId: new Uint32Array(aligned, next(4), count),
    lonE7: new Int32Array(aligned, next(4), count),
    latE7: new Int32Array(aligned, next(4), count),
    ageMs: new Int32Array(aligned, next(4), count),
    speedCms: new Uint16Array(aligned, next(2), count),
    accuracyDm: new Uint16Array(aligned, next(2), count),
    bearing: new Uint8Array(aligned, next(1), count),
    state: new Uint8Array(aligned, next(1), count),
    battery: new Uint8Array(aligned, next(1), count),
    flags: new Uint8Array(aligned, next(1), count),
  };
}
