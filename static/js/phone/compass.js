/** Where the phone points, for phones that have a compass and give it without asking. */

const STEP_DEG = 4; // a needle that trembles is not worth a new picture

export class Compass {
  /** @type {number | null} degrees clockwise from north */
  heading = null;
  #onChange;
  #listening = false;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {boolean} wanted */
  want(wanted) {
    if (wanted === this.#listening) return;
    this.#listening = wanted;
    for (const type of ["deviceorientationabsolute", "deviceorientation"]) {
      if (wanted) window.addEventListener(type, this.#heard);
      else window.removeEventListener(type, this.#heard);
    }
    if (!wanted) this.heading = null;
  }

  /** @param {Event} event */
  #heard = (event) => {
    const heading = headingOf(/** @type {any} */ (event), screen.orientation?.angle ?? 0);
    if (heading === null) return;
    const turned = this.heading === null ? 360 : Math.abs(((heading - this.heading + 540) % 360) - 180);
    if (turned < STEP_DEG) return;
    this.heading = heading;
    this.#onChange();
  };
}

/**
 * The direction of the screen's upper edge, or null where the event does not know north.
 * @param {{absolute?: boolean, alpha?: number | null, webkitCompassHeading?: number}} event
 * @param {number} screenAngle
 * @returns {number | null}
 */
export function headingOf({ absolute, alpha, webkitCompassHeading }, screenAngle) {
  if (typeof webkitCompassHeading === "number" && webkitCompassHeading >= 0)
    return (webkitCompassHeading + screenAngle) % 360;
  if (!absolute || typeof alpha !== "number") return null;
  return (360 - alpha + screenAngle + 360) % 360;
}
