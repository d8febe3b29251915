/** The way to the nearest part that nobody has walked yet. Pure. */

/** @typedef {import("./ground.js").Ground} Ground */
/** @typedef {import("./ground.js").Spot} Spot */
/** @typedef {import("./round.js").Progress} Progress */
/** @typedef {{kind: "cell" | "point", id: string, name: string, spot: Spot, metres: number, bearing: number}} Way */

// Another target must be this much nearer, or the arrow would turn to and fro between two of them.
const NEARER_M = 25;
const DIRECTIONS = 8;

/**
 * Cells lead until enough of them are seen; then the key points that are left.
 * @param {Progress} progress
 * @param {Ground} ground
 * @param {Spot} me
 * @param {Way | null} [before] the way shown so far
 * @returns {Way | null} null where nothing is left
 */
export function nearestWay(progress, ground, me, before = null) {
  const ways = targets(progress, ground)
    .map((target) => ({ ...target, ...wayTo(me, target.spot) }))
    .sort((a, b) => a.metres - b.metres);
  const nearest = ways[0] ?? null;
  const same = ways.find(({ kind, id }) => before?.kind === kind && before.id === id);
  return same && nearest && same.metres < nearest.metres + NEARER_M ? same : nearest;
}

/**
 * Metres and degrees clockwise from north.
 * @param {Spot} from
 * @param {Spot} to
 */
export function wayTo(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  return { metres: Math.hypot(dx, dy), bearing: ((Math.atan2(dx, dy) * 180) / Math.PI + 360) % 360 };
}

/**
 * Which of the eight directions a bearing is, 0 = north, 1 = north-east …
 * @param {number} bearing degrees
 */
export function eighth(bearing) {
  return Math.round(bearing / (360 / DIRECTIONS)) % DIRECTIONS;
}

/**
 * Metres as people say them: 5 below 50, 10 below 1000, then 100.
 * @param {number} metres
 */
export function roundMetres(metres) {
  const step = metres < 50 ? 5 : metres < 1000 ? 10 : 100;
  return Math.max(step, Math.round(metres / step) * step);
}

/**
 * @param {Progress} progress
 * @param {Ground} ground
 * @returns {{kind: "cell" | "point", id: string, name: string, spot: Spot}[]}
 */
function targets({ marks, points, lacks }, ground) {
  if (lacks.cells > 0) {
    return ground.centers.flatMap((spot, n) =>
      marks[n] === "no"
        ? [{ kind: /** @type {const} */ ("cell"), id: ground.cells[n] ?? String(n), name: "", spot }]
        : [],
    );
  }
  const left = new Set(points.filter(({ mark }) => mark === "no").map(({ id }) => id));
  return ground.points
    .filter(({ id }) => left.has(id))
    .map(({ id, name, spot }) => ({ kind: /** @type {const} */ ("point"), id: String(id), name, spot }));
}
