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
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} count
 * @returns {Columns}
 */
function readColumns(buffer, start, count) {
  const bytes = new Uint8Array(buffer);
  let at = start;
  /**
   * @template {Uint32Array | Int32Array | Uint16Array | Uint8Array} T
   * @param {T} column
   * @returns {T}
   */
  const read = (column) => {
    for (let shift = 0; shift < 8 * column.BYTES_PER_ELEMENT; shift += 8)
      for (let i = 0; i < count; i++) column[i] = (column[i] ?? 0) | ((bytes[at++] ?? 0) << shift);
    return column;
  };
  return {
    workerId: walk(read(new Uint32Array(count))),
    lonE7: walk(read(new Int32Array(count))),
    latE7: walk(read(new Int32Array(count))),
    ageMs: read(new Int32Array(count)),
    speedCms: read(new Uint16Array(count)),
    accuracyDm: read(new Uint16Array(count)),
    bearing: read(new Uint8Array(count)),
    state: read(new Uint8Array(count)),
    battery: read(new Uint8Array(count)),
    flags: read(new Uint8Array(count)),
  };
}

/**
 * Steps to values, in place; the lowest bit of a step is its sign. All modulo 2^32, as 32-bit columns wrap.
 * @template {Uint32Array | Int32Array} T
 * @param {T} column
 * @returns {T}
 */
function walk(column) {
  let value = 0;
  for (let i = 0; i < column.length; i++) {
    const step = column[i] ?? 0;
    value = (value + ((step >>> 1) ^ -(step & 1))) | 0;
    column[i] = value;
  }
  return column;
}
