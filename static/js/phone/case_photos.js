/** Photos of one role in a worker's report: before, after, or of the spot. */

import { el } from "../panel/dom.js";
import { photoRow } from "../report/photo_row.js";

/** @typedef {import("./case_outbox.js").Photo} Photo */
/** @typedef {import("./case_outbox.js").Role} Role */

let rows = 0;

/**
 * @param {{role: Role, title: string, t: import("../core/i18n.js").Translate}} about
 * @returns {{node: HTMLElement, photos: () => Promise<Photo[]>, count: () => number}}
 */
export function casePhotos({ role, title, t }) {
  rows += 1;
  const how = { capture: "environment" };
  const { node, count, blobs } = photoRow({ id: `photos-${rows}`, t, alt: (n) => `${title} ${n}`, how });
  return {
    node: el("div", { class: "photo-row" }, el("h3", {}, title), node),
    count,
    photos: async () => (await blobs()).map((blob) => ({ blob, role, ref: "" })),
  };
}
