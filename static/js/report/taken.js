/** The report has arrived: the query code large, to copy and to save as a picture. */

import { el } from "../panel/dom.js";
import { copy, spaced } from "./clip.js";

/**
 * @param {import("./deliver.js").Taken} taken
 * @param {{i18n: import("../core/i18n.js").I18n, again: () => void}} tools
 */
export function showTaken({ number, query_code: code }, { i18n: { t }, again }) {
  const section = el(
    "section",
    { class: "taken" },
    el("p", { class: "tick", "aria-hidden": "true" }, "✓"),
    el("h2", { tabindex: -1 }, t("taken.title")),
    el("p", {}, t("taken.number", { number })),
  );
  if (code) section.append(...codeParts(code, number, t));
  else section.append(el("p", { class: "notice is-warning" }, t("taken.no_code", { number })));
  section.append(el("button", { type: "button", class: "plain wide", onclick: again }, t("taken.another")));
  setTimeout(() => section.querySelector("h2")?.focus());
  return section;
}

/**
 * @param {string} code
 * @param {string} number
 * @param {import("../core/i18n.js").Translate} t
 */
function codeParts(code, number, t) {
  const link = `${location.origin}/q/${encodeURIComponent(code)}`;
  const copied = el("p", { class: "hint", role: "status" });
  const copyButton = el("button", { type: "button", class: "wide-button" }, t("taken.copy"));
  copyButton.addEventListener("click", async () => {
    copied.textContent = t((await copy(`${t("taken.code")} ${code}\n${link}`)) ? "taken.copied" : "taken.not_copied");
  });
  const save = el("button", { type: "button", class: "wide-button" }, t("taken.save"));
  const picture = el("div", {});
  save.addEventListener("click", () => {
    picture.replaceChildren(
      el("img", { class: "slip", src: slip(code, number, t), alt: `${t("taken.code")} ${code}` }),
      el("p", { class: "hint" }, t("taken.hold")),
    );
  });
  return [
    el("p", { class: "code-title" }, t("taken.code")),
    el("p", { class: "code" }, spaced(code)),
    el("p", {}, t("taken.use")),
    copyButton,
    save,
    copied,
    picture,
    el("a", { class: "main-button", href: `/q/${encodeURIComponent(code)}` }, t("taken.look")),
  ];
}

/**
 * The slip as a picture: in web views that refuse downloads a picture can still be kept by pressing on it.
 * @param {string} code
 * @param {string} number
 * @param {import("../core/i18n.js").Translate} t
 */
function slip(code, number, t) {
  const canvas = document.createElement("canvas");
  canvas.width = 720;
  canvas.height = 400;
  const pen = canvas.getContext("2d");
  if (!pen) return "";
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, 720, 400);
  pen.textAlign = "center";
  /** @type {[string, string, number, string][]} */
  const lines = [
    [t("taken.code"), "32px sans-serif", 80, "#43504a"],
    [spaced(code), "bold 76px monospace", 180, "#17211c"],
    [t("taken.number", { number }), "30px sans-serif", 260, "#43504a"],
    [`${location.host}/q/`, "28px sans-serif", 330, "#0b6b4f"],
  ];
  for (const [text, font, y, colour] of lines) {
    pen.font = font;
    pen.fillStyle = colour;
    pen.fillText(text, 360, y, 680);
  }
  return canvas.toDataURL("image/png");
}
