/** Takes the server's answers about patrols apart; what is missing or misshapen becomes empty, never an exception. Pure. */

/** @typedef {import("./ground.js").Answer} Answer */
/** @typedef {import("./past.js").PastRound} PastRound */

/**
 * @param {any} raw what GET /api/v1/my/round answered
 * @returns {Answer | null} null where it is no such answer
 */
export function answerOf(raw) {
  if (typeof raw?.now_ms !== "number" || typeof raw.grid?.code !== "string") return null;
  const cells = list(raw.cells);
  const centers = list(raw.centers);
  const total = Math.min(cells.length, centers.length);
  return {
    now_ms: raw.now_ms,
    round: raw.round ?? null,
    next: raw.next ?? null,
    grid: { code: raw.grid.code, name: String(raw.grid.name ?? ""), ring: list(raw.grid.ring) },
    cells: cells.slice(0, total),
    centers: centers.slice(0, total),
    seen: typeof raw.seen === "string" ? raw.seen : "",
    covered: number(raw.covered),
    total,
    minutes: number(raw.minutes),
    min_minutes: number(raw.min_minutes),
    min_coverage: number(raw.min_coverage),
    key_points: list(raw.key_points),
    notices: list(raw.notices),
    ...(typeof raw.sight_radius_m === "number" ? { sight_radius_m: raw.sight_radius_m } : {}),
  };
}

/**
 * @param {any} raw what GET /api/v1/my/rounds answered
 * @returns {PastRound[] | null}
 */
export function pastOf(raw) {
  return Array.isArray(raw?.rounds) ? raw.rounds : null;
}

/** @param {unknown} value */
function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {unknown} value */
function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
