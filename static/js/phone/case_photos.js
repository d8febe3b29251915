/** A row of photos: taken with the camera, made small at once, shown, and taken away again. */

import { caseIcon } from "../core/case_icons.js";
import { el } from "../panel/dom.js";
import { shrink } from "../report/photo.js";

/** @typedef {import("./case_outbox.js").Photo} Photo */
/** @typedef {import("./case_outbox.js").Role} Role */

export const MOST_PHOTOS = 4;
let rows = 0;

/**
 * @param {{role: Role, title: string, t: import("../core/i18n.js").Translate}} about
 * @returns {{node: HTMLElement, photos: () => Promise<Photo[]>, count: () => number}}
 */
export function photoRow({ role, title, t }) {
  rows += 1;
  /** @type {Map<HTMLElement, Blob>} */
  const chosen = new Map();
  /** @type {Set<Promise<void>>} */
  const busy = new Set();
  const id = `photos-${rows}`;
  const input = el("input", { type: "file", accept: "image/*", capture: "environment", class: "hidden-input", id });
  const add = el("label", { class: "photo-add", for: id }, caseIcon("plus"), el("span", {}, t("photo.add")));
  const row = el("div", { class: "photos" }, input, add);
  const room = () => {
    add.hidden = input.disabled = chosen.size + busy.size >= MOST_PHOTOS;
  };
  /** @param {File} file */
  const take = async (file) => {
    const blob = await shrink(file);
    const url = URL.createObjectURL(blob);
    const remove = el("button", { type: "button", "aria-label": t("photo.remove") }, "×");
    const shown = el("div", { class: "photo" }, el("img", { src: url, alt: `${title} ${chosen.size + 1}` }), remove);
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(url);
      chosen.delete(shown);
      shown.remove();
      room();
    });
    chosen.set(shown, blob);
    row.insertBefore(shown, input);
  };
  input.addEventListener("change", () => {
    for (const file of [...(input.files ?? [])].slice(0, MOST_PHOTOS - chosen.size - busy.size)) {
      const job = take(file).finally(() => {
        busy.delete(job);
        room();
      });
      busy.add(job);
    }
    input.value = "";
    room();
  });
  return {
    node: el("div", { class: "photo-row" }, el("h3", {}, title), row),
    count: () => chosen.size + busy.size,
    photos: async () => {
      await Promise.allSettled(busy);
      return [...chosen.values()].map((blob) => ({ blob, role, ref: "" }));
    },
  };
}
