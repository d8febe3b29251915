/** What a plan's form may say, checked before it is sent; the server checks again. */

/** @typedef {{name: string, starts: string, ends: string, weekdays: number[], days: "all" | "work" | "rest"}} RoundForm */
/** @typedef {{id: number, area_code: string, valid_from: string, valid_to: string | null, rounds: RoundForm[], min_coverage: number, min_minutes: number, all_key_points: boolean, min_confidence: number, sight_radius_m: number, walkers: "grid" | "village"}} Plan */

export const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/**
 * Minutes of the day of "06:30"; 24:00 is 1440.
 * @param {string} text
 * @returns {number | null}
 */
export function minuteOf(text) {
  const found = /^(\d{2}):([0-5]\d)$/.exec(text);
  const minute = found ? Number(found[1]) * 60 + Number(found[2]) : -1;
  return minute >= 0 && minute <= 1440 ? minute : null;
}

/**
 * Whether two rounds may be open at once on some day.
 * @param {RoundForm} a
 * @param {RoundForm} b
 */
export function overlap(a, b) {
  const [as, ae, bs, be] = [a.starts, a.ends, b.starts, b.ends].map((text) => minuteOf(text) ?? 0);
  if ((ae ?? 0) <= (bs ?? 0) || (be ?? 0) <= (as ?? 0)) return false;
  if (a.days !== b.days && a.days !== "all" && b.days !== "all") return false;
  return a.weekdays.some((day) => b.weekdays.includes(day));
}

/**
 * The first thing that is wrong, as a key of the words, with the round it is about.
 * @param {readonly RoundForm[]} rounds
 * @returns {{key: string, round: number} | null}
 */
export function roundsProblem(rounds) {
  if (rounds.length === 0) return { key: "plan.problem.none", round: 0 };
  for (const [i, { name, starts, ends, weekdays }] of rounds.entries()) {
    if (!name.trim()) return { key: "plan.problem.name", round: i };
    const [start, end] = [minuteOf(starts), minuteOf(ends)];
    if (start === null || end === null || start >= end) return { key: "plan.problem.window", round: i };
    if (weekdays.length === 0) return { key: "plan.problem.weekdays", round: i };
    if (rounds.slice(0, i).some((other) => overlap(other, rounds[i] ?? other)))
      return { key: "plan.problem.overlap", round: i };
  }
  return null;
}

/**
 * Whether a plan holds on a day; `valid_to` is exclusive.
 * @param {Plan} plan
 * @param {string} day
 * @returns {"now" | "later" | "over"}
 */
export function planPhase({ valid_from, valid_to }, day) {
  if (day < valid_from) return "later";
  return valid_to !== null && day >= valid_to ? "over" : "now";
}

/**
 * The version that a new one of an area goes on from: its newest, which may be still to come, else the one that holds.
 * @param {readonly Plan[]} plans
 * @param {string} area
 * @param {number | null} holding
 * @returns {Plan | null}
 */
export function newestOf(plans, area, holding) {
  const own = plans.filter(({ area_code }) => area_code === area);
  own.sort((a, b) => (a.valid_from < b.valid_from ? 1 : -1));
  const held = plans.find(({ id }) => id === holding) ?? null;
  const [newest] = own;
  // An own plan that ended gave way to the one above it.
  return newest && (newest.valid_to === null || newest.id === holding) ? newest : held;
}
