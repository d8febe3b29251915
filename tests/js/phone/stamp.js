/** Renews the stamp of the phone page's files in static/js/phone/version.js: node tests/js/phone/stamp.js */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FILES, VERSION } from "../../../static/js/phone/version.js";

const STATIC = new URL("../../../static/", import.meta.url);
const HOLDER = new URL("js/phone/version.js", STATIC);

/** The first twelve hexadecimal digits of the SHA-256 over the names and contents of all kept files. */
export function stamp() {
  const hash = createHash("sha256").update(FILES.join("\n"));
  for (const file of FILES) {
    const path = onDisk(file);
    if (path.href !== HOLDER.href) hash.update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * @param {string} file address on the server
 * @returns {URL}
 */
export function onDisk(file) {
  if (file === "/phone") return new URL("pages/phone.html", STATIC);
  return new URL(file.replace(/^\/(static\/)?/, ""), STATIC);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const now = stamp();
  writeFileSync(HOLDER, readFileSync(HOLDER, "utf8").replace(`"${VERSION}"`, `"${now}"`));
  console.log(`${VERSION} -> ${now}`);
}
