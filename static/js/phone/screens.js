/** Which screen the worker sees, from plain facts. Pure. */

/** @typedef {"loading" | "enrol" | "notice" | "home"} Screen */
/** @typedef {{loaded: boolean, enrolled: boolean, revoked: boolean, noticeAccepted: boolean, code: string | null}} Facts */

/**
 * A code that came in always leads to the notice first: nothing is sent before consent.
 * @param {Facts} facts
 * @returns {Screen}
 */
export function screenOf({ loaded, enrolled, revoked, noticeAccepted, code }) {
  if (!loaded) return "loading";
  if (code) return "notice";
  if (!enrolled || revoked) return "enrol";
  return noticeAccepted ? "home" : "notice";
}

/**
 * Which sentence explains a failed enrolment.
 * @param {{status: number, code: string}} error
 */
export function enrolProblem({ status, code }) {
  if (code === "offline" || status === 0) return "enrol.problem.offline";
  if (status === 429) return "enrol.problem.too_many";
  if (status >= 500) return "enrol.problem.server";
  return "enrol.problem.code";
}
