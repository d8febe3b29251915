/** Renews the stamp of the phone page's files in version.js and sw.js: node tests/js/phone/stamp.js */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FILES, VERSION } from "../../../static/js/phone/version.js";

const STATIC = new URL("../../../static/", import.meta.url);
const HOLDER = new URL("js/phone/version.js", STATIC);
const SERVICE_WORKER = new URL("sw.js", STATIC);

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

/** The version that the service worker itself names. */
export function workerVersion() {
  return /serve\("(\w+)"\)/.exec(readFileSync(SERVICE_WORKER, "utf8"))?.[1];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const now = stamp();
  for (const [file, old] of /** @type {[URL, string | undefined][]} */ ([
    [HOLDER, VERSION],
    [SERVICE_WORKER, workerVersion()],
  ])) {
    writeFileSync(file, readFileSync(file, "utf8").replace(`"${old}"`, `"${now}"`));
  }
  console.log(`${VERSION} -> ${now}`);
}
