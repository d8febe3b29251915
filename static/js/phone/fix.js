/** Makes a fix of what the browser's geolocation says. Pure. */

/** @typedef {import("./queue.js").Fix} Fix */
/** @typedef {{timestamp: number, coords: {latitude: number, longitude: number, accuracy: number, altitude: number | null, heading: number | null, speed: number | null}}} Position */
/** @typedef {{level: number, charging: boolean}} Battery */

/**
 * A fix in the native upload format; what the phone does not know is left out.
 * @param {Position} position WGS-84, as browsers give it
 * @param {{battery?: Battery | null, help?: boolean}} [extra]
 * @returns {Fix}
 */
export function fixOf({ timestamp, coords }, { battery = null, help = false } = {}) {
  /** @type {Fix} */
  const fix = { t: Math.round(timestamp), lat: round(coords.latitude, 7), lon: round(coords.longitude, 7) };
  if (known(coords.accuracy)) fix.acc = round(coords.accuracy, 1);
  if (known(coords.speed) && coords.speed >= 0) fix.spd = round(coords.speed, 2);
  if (known(coords.heading) && (coords.speed ?? 0) > 0) fix.brg = round(coords.heading, 1) % 360;
  if (known(coords.altitude)) fix.alt = round(coords.altitude, 1);
  if (battery) Object.assign(fix, { bat: Math.round(battery.level * 100), chg: battery.charging });
  if (help) fix.help = true;
  return fix;
}

/**
 * @param {number | null | undefined} value
 * @returns {value is number}
 */
function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/**
 * @param {number} value
 * @param {number} digits
 */
function round(value, digits) {
  return Number(value.toFixed(digits));
}
