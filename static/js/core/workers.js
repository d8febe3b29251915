/** Every worker's newest record in columns; frames go in, changed slots come out. The map and the list only read it. */

import { GONE, HAS_POSITION, ON_DUTY, SNAPSHOT } from "./frames.js";
import { DEFAULT_THRESHOLDS, OFF_CODE, STATUSES, statusCode } from "./status.js";

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {"applied" | "skipped" | "resync"} Outcome */
/** @typedef {{outcome: Outcome, changed: number[], replaced: boolean}} Applied */
/** @typedef {{onDuty: number, byStatus: number[], withPosition: number}} Counts */

const FIRST_CAPACITY = 8192;

export class WorkerStore {
  constructor(capacity = FIRST_CAPACITY) {
    /** Slots in use; a slot stays its worker's for ever. */
    this.count = 0;
    this.seq = -1;
    this.thresholds = DEFAULT_THRESHOLDS;
    /** @type {Map<number, number>} */
    this.slots = new Map();
    this.id = new Uint32Array(capacity);
    this.lon = new Float64Array(capacity);
    this.lat = new Float64Array(capacity);
    /** Time of the fix, Unix ms. */
    this.fixMs = new Float64Array(capacity);
    /** m/s, NaN = unknown. */
    this.speed = new Float32Array(capacity);
    /** Metres, NaN = unknown. */
    this.accuracy = new Float32Array(capacity);
    /** Degrees clockwise from north. */
    this.bearing = new Float32Array(capacity);
    this.state = new Uint8Array(capacity);
    this.battery = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    /** Status code, aged by `age`. */
    this.status = new Uint8Array(capacity);
  }

  /** @param {number} workerId */
  slotOf(workerId) {
    return this.slots.get(workerId) ?? -1;
  }

  /**
   * Takes a frame in. "resync" means that something is missing before it: ask for a snapshot.
   * @param {Frame} frame
   * @returns {Applied}
   */
  apply(frame) {
    if (frame.kind === SNAPSHOT) return this.#replace(frame);
    if (this.seq < 0) return { outcome: "resync", changed: [], replaced: false };
    if (frame.fromSeq > this.seq) return { outcome: "resync", changed: [], replaced: false };
    if (frame.toSeq <= this.seq) return { outcome: "skipped", changed: [], replaced: false };
    const changed = this.#write(frame);
    this.seq = frame.toSeq;
    return { outcome: "applied", changed, replaced: false };
  }

  /** Forgets the place in the stream, so that only a snapshot is taken next. */
  forgetSeq() {
    this.seq = -1;
  }

  /**
   * Gives every worker the status of this moment.
   * @param {number} nowMs server time
   * @returns {number[]} slots whose status changed
   */
  age(nowMs) {
    const changed = [];
    for (let slot = 0; slot < this.count; slot++) {
      const code = this.statusAt(slot, nowMs);
      if (code === this.status[slot]) continue;
      this.status[slot] = code;
      changed.push(slot);
    }
    return changed;
  }

  /**
   * @param {number} slot
   * @param {number} nowMs
   */
  statusAt(slot, nowMs) {
    return statusCode(at(this.state, slot), nowMs - at(this.fixMs, slot), this.thresholds);
  }

  /**
   * @param {number} slot
   * @param {number} nowMs
   */
  ageMs(slot, nowMs) {
    return nowMs - at(this.fixMs, slot);
  }

  /** @param {number} slot */
  isShown(slot) {
    return slot >= 0 && (at(this.state, slot) & (HAS_POSITION | GONE)) === HAS_POSITION;
  }

  /**
   * How many there are of each status.
   * @param {(slot: number) => boolean} [only]
   * @returns {Counts}
   */
  counts(only = () => true) {
    const byStatus = STATUSES.map(() => 0);
    let onDuty = 0;
    let withPosition = 0;
    for (let slot = 0; slot < this.count; slot++) {
      if (at(this.state, slot) & GONE || !only(slot)) continue;
      const code = at(this.status, slot);
      byStatus[code] = (byStatus[code] ?? 0) + 1;
      if (at(this.state, slot) & ON_DUTY) onDuty++;
      if (at(this.state, slot) & HAS_POSITION) withPosition++;
    }
    return { onDuty, byStatus, withPosition };
  }

  /**
   * @param {Frame} frame
   * @returns {Applied}
   */
  #replace(frame) {
    this.state.fill(GONE, 0, this.count);
    this.status.fill(OFF_CODE, 0, this.count);
    this.#write(frame);
    this.seq = frame.toSeq;
    return { outcome: "applied", changed: Array.from({ length: this.count }, (_, slot) => slot), replaced: true };
  }

  /** @param {Frame} frame */
  #write({ columns: c, count, timeMs }) {
    const changed = [];
    for (let i = 0; i < count; i++) {
      const slot = this.#slotFor(at(c.workerId, i));
      this.lon[slot] = at(c.lonE7, i) / 1e7;
      this.lat[slot] = at(c.latE7, i) / 1e7;
      this.fixMs[slot] = timeMs - at(c.ageMs, i);
      this.speed[slot] = known(at(c.speedCms, i)) / 100;
      this.accuracy[slot] = known(at(c.accuracyDm, i)) / 10;
      this.bearing[slot] = (at(c.bearing, i) * 360) / 256;
      this.state[slot] = at(c.state, i);
      this.battery[slot] = at(c.battery, i);
      this.flags[slot] = at(c.flags, i);
      this.status[slot] = this.statusAt(slot, timeMs);
      changed.push(slot);
    }
    return changed;
  }

  /** @param {number} workerId */
  #slotFor(workerId) {
    const had = this.slots.get(workerId);
    if (had !== undefined) return had;
    if (this.count === this.id.length) this.#grow();
    const slot = this.count++;
    this.id[slot] = workerId;
    this.slots.set(workerId, slot);
    return slot;
  }

  #grow() {
    const length = this.id.length * 2;
    this.id = grown(this.id, new Uint32Array(length));
    this.lon = grown(this.lon, new Float64Array(length));
    this.lat = grown(this.lat, new Float64Array(length));
    this.fixMs = grown(this.fixMs, new Float64Array(length));
    this.speed = grown(this.speed, new Float32Array(length));
    this.accuracy = grown(this.accuracy, new Float32Array(length));
    this.bearing = grown(this.bearing, new Float32Array(length));
    this.state = grown(this.state, new Uint8Array(length));
    this.battery = grown(this.battery, new Uint8Array(length));
    this.flags = grown(this.flags, new Uint8Array(length));
    this.status = grown(this.status, new Uint8Array(length));
  }
}

/**
 * A typed array's element; the index is always inside.
 * @param {ArrayLike<number>} column
 * @param {number} index
 */
function at(column, index) {
  return /** @type {number} */ (column[index]);
}

/** @param {number} value */
function known(value) {
  return value === 65535 ? Number.NaN : value;
}

/**
 * @template {Uint8Array | Uint32Array | Float32Array | Float64Array} T
 * @param {T} from
 * @param {T} to
 * @returns {T}
 */
function grown(from, to) {
  to.set(from);
  return to;
}
