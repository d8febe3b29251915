/** Writes binary frames for the tests, column by column and plane by plane, as docs/live.md has them. */

/**
 * @param {{kind?: number, fromSeq?: number, toSeq?: number, timeMs?: number, lagMs?: number, headerSize?: number, records?: {id?: number, lon?: number, lat?: number, ageMs?: number, speedCms?: number, accuracyDm?: number, bearing?: number, state?: number, battery?: number, flags?: number}[]}} options
 */
export function frame({
  kind = 1,
  fromSeq = 0,
  toSeq = 1,
  timeMs = 1_000_000,
  lagMs = 0,
  headerSize = 32,
  records = [],
}) {
  const view = new DataView(new ArrayBuffer(headerSize + records.length * 24));
  for (const [at, value] of [0x53, 1, kind, headerSize].entries()) view.setUint8(at, value);
  for (const [at, value] of [
    [4, records.length],
    [8, fromSeq],
    [12, toSeq],
    [24, lagMs],
  ])
    view.setUint32(at ?? 0, value ?? 0, true);
  view.setFloat64(16, timeMs, true);
  view.setUint16(28, 24, true);
  let at = headerSize;
  const column = (
    /** @type {number} */ size,
    /** @type {(r: NonNullable<typeof records>[number]) => number} */ read,
  ) => {
    for (let plane = 0; plane < size; plane++)
      for (const record of records) view.setUint8(at++, (read(record) >>> (8 * plane)) & 255);
  };
  /** @param {(r: NonNullable<typeof records>[number]) => number} read */
  const steps = (read) => {
    let before = 0;
    const coded = new Map();
    for (const record of records) {
      const step = (read(record) - before) | 0;
      coded.set(record, (step << 1) ^ (step >> 31));
      before = read(record);
    }
    column(4, (record) => coded.get(record));
  };
  steps(({ id = 1 }) => id);
  steps(({ lon = 115 }) => Math.round(lon * 1e7));
  steps(({ lat = 37 }) => Math.round(lat * 1e7));
  column(4, ({ ageMs = 0 }) => ageMs);
  column(2, ({ speedCms = 65535 }) => speedCms);
  column(2, ({ accuracyDm = 65535 }) => accuracyDm);
  column(1, ({ bearing = 0 }) => bearing);
  column(1, ({ state = 7 }) => state);
  column(1, ({ battery = 255 }) => battery);
  column(1, ({ flags = 0 }) => flags);
  return view.buffer;
}
