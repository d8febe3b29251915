/** The pages that an account may open. */

/** @type {readonly {key: string, href: string, permission: string}[]} */
const PLACES = [
  { key: "map", href: "/", permission: "map.view" },
  { key: "patrol", href: "/patrol", permission: "map.view" },
  { key: "desk", href: "/desk", permission: "case.view" },
  { key: "setup", href: "/setup", permission: "case.admin" },
  { key: "audit", href: "/api/v1/audit", permission: "audit.view" },
];

/**
 * @param {readonly string[]} permissions
 * @param {string} [here] the page that is open
 */
export function placesFor(permissions, here = "") {
  return PLACES.filter(({ href, permission }) => href !== here && permissions.includes(permission));
}
