/** What went wrong, said so that one knows what to do. */

import { reasonText } from "../core/case_errors.js";
import { ApiError } from "../net/api.js";

/**
 * @param {unknown} error
 * @param {import("../core/i18n.js").Translate} t
 */
export function problemText(error, t) {
  if (!(error instanceof ApiError)) return t("problem.other", { code: String(error) });
  if (error.code === "offline") return t("problem.offline");
  if (error.status === 429)
    return t("problem.too_many", { minutes: Math.max(1, Math.ceil((error.retryAfterMs ?? 60_000) / 60_000)) });
  if (error.status === 404) return t("problem.gone");
  const why = reasonText(error, t);
  if (why) return why;
  if (error.status >= 500) return t("problem.server");
  const field = `problem.field.${String(error.field).replace(/\[.*/, "")}`;
  const said = t(field);
  return said === field ? t("problem.other", { code: error.message }) : said;
}
