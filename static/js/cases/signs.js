/** Signs of cases for the map: the category's icon on a plate in the colour and shape of its light. */

import { caseIconPath } from "../core/case_icons.js";

const SIZE = 64; // pixels at twice the size it is shown
const LIGHTS = /** @type {Readonly<Record<string, string>>} */ ({
  green: "#009e73",
  yellow: "#e69f00",
  red: "#c22e24",
  none: "#7c8580",
});

/**
 * The name of the sign for an icon and a light; urgent ones stand out by a ring.
 * @param {{icon: string, light: string | null, urgent: boolean}} one
 */
export function signName({ icon, light, urgent }) {
  return `case-${icon || "other"}-${light ?? "none"}${urgent ? "-urgent" : ""}`;
}

/**
 * Draws a sign by its name.
 * @param {string} name
 * @returns {ImageData | null}
 */
export function drawSign(name) {
  const found = /^case-(.+)-(green|yellow|red|none)(-urgent)?$/.exec(name);
  const pen = document.createElement("canvas").getContext("2d");
  if (!found || !pen) return null;
  pen.canvas.width = pen.canvas.height = SIZE;
  const [, icon = "", light = "none", urgent] = found;
  plate(pen, light, Boolean(urgent));
  pen.translate(14, 14);
  pen.scale(1.5, 1.5);
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = 1.9;
  pen.strokeStyle = light === "yellow" ? "#17211c" : "#ffffff";
  pen.stroke(new Path2D(caseIconPath(icon)));
  return pen.getImageData(0, 0, SIZE, SIZE);
}

/**
 * Round in time, a diamond's corner soon due, square overdue: not by colour alone.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} light
 * @param {boolean} urgent
 */
function plate(pen, light, urgent) {
  const radius = { green: 26, none: 26, yellow: 14, red: 5 }[light] ?? 26;
  pen.beginPath();
  pen.roundRect(6, 6, 52, 52, radius);
  pen.fillStyle = LIGHTS[light] ?? "#7c8580";
  pen.fill();
  pen.lineWidth = urgent ? 6 : 4;
  pen.strokeStyle = urgent ? "#17211c" : "#ffffff";
  pen.stroke();
}
