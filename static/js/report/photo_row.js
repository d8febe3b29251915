/** A row of photos: taken or chosen, made small at once, shown, and taken away again. */

import { caseIcon } from "../core/case_icons.js";
import { el } from "../panel/dom.js";
import { shrink } from "./photo.js";

export const MOST_PHOTOS = 4;

/**
 * @param {{id: string, t: import("../core/i18n.js").Translate, alt: (n: number) => string, how: Record<string, unknown>}} about `alt` says what the nth photo is, `how` whether the input takes several or opens the camera
 * @returns {{node: HTMLElement, count: () => number, blobs: () => Promise<Blob[]>}} `blobs` waits for those that are still being made small
 */
export function photoRow({ id, t, alt, how }) {
  /** @type {Map<HTMLElement, Blob>} */
  const chosen = new Map();
  /** @type {Set<Promise<void>>} */
  const busy = new Set();
  const input = el("input", { type: "file", accept: "image/*", class: "hidden-input", id, ...how });
  const add = el("label", { class: "photo-add", for: id }, caseIcon("plus"), el("span", {}, t("photo.add")));
  const node = el("div", { class: "photos" }, input, add);
  const count = () => chosen.size + busy.size;
  const room = () => {
    add.hidden = input.disabled = count() >= MOST_PHOTOS;
  };
  /** @param {File} file */
  const take = async (file) => {
    const blob = await shrink(file);
    const url = URL.createObjectURL(blob);
    const remove = el("button", { type: "button", "aria-label": t("photo.remove") }, "×");
    const shown = el("div", { class: "photo" }, el("img", { src: url, alt: alt(chosen.size + 1) }), remove);
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(url);
      chosen.delete(shown);
      shown.remove();
      room();
    });
    chosen.set(shown, blob);
    node.insertBefore(shown, input);
  };
  input.addEventListener("change", () => {
    for (const file of [...(input.files ?? [])].slice(0, MOST_PHOTOS - count())) {
      const job = take(file).finally(() => {
        busy.delete(job);
        room();
      });
      busy.add(job);
    }
    input.value = "";
    room();
  });
  const blobs = async () => {
    await Promise.allSettled(busy);
    return [...chosen.values()];
  };
  return { node, count, blobs };
}
