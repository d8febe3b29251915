/** Who this phone belongs to: enrolment, consent and the end of both. */

import { post } from "../net/api.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{id: number, name: string, role?: string, grid?: string, grid_name?: string, village?: string}} Worker */
/**
 * @typedef {object} Identity
 * @property {string} token
 * @property {number} device_id
 * @property {Worker} worker
 * @property {string} notice_version the notice that was accepted on this phone
 * @property {number} consented_at_ms
 * @property {boolean} [revoked] the server no longer takes the token
 */

const KEY = "identity";
// The first that is found counts: Android calls itself Linux too, and every browser calls itself Safari.
const SYSTEMS = ["HarmonyOS", "OpenHarmony", "Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux"];
const BROWSERS = ["MicroMessenger", "HuaweiBrowser", "MiuiBrowser", "Edg", "Firefox", "Chrome", "Safari"];

/**
 * @param {Store} store
 * @returns {Promise<Identity | null>}
 */
export async function readIdentity(store) {
  return (await store.read(KEY)) ?? null;
}

/**
 * Trades the code for this phone's token. Called only after consent.
 * @param {Store} store
 * @param {{code: string, nowMs: number, language: string, agent: string, noticeVersion: string}} about
 * @returns {Promise<Identity>}
 */
export async function enrol(store, { code, nowMs, language, agent, noticeVersion }) {
  const consent = { notice_version: noticeVersion, consented_at_ms: nowMs };
  const body = { code, device_name: deviceName(agent), ...consent };
  const answer = await post("/api/v1/enrol", body, { language, signIn: false });
  /** @type {Identity} */
  const identity = {
    token: answer.token,
    device_id: answer.device_id,
    worker: answer.worker,
    ...consent,
  };
  await store.write(KEY, identity);
  return identity;
}

/**
 * @param {Store} store
 * @param {string} noticeVersion
 * @param {number} nowMs
 */
export function acceptNotice(store, noticeVersion, nowMs) {
  return changeIdentity(store, (identity) => ({ ...identity, notice_version: noticeVersion, consented_at_ms: nowMs }));
}

/**
 * Notes that the server refuses this token; a newer token of the same phone is left alone.
 * @param {Store} store
 * @param {string} token
 */
export function markRevoked(store, token) {
  return changeIdentity(store, (identity) => (identity.token === token ? { ...identity, revoked: true } : identity));
}

/** @param {Store} store */
export function clearRevoked(store) {
  return changeIdentity(store, ({ revoked, ...identity }) => identity);
}

/**
 * Forgets the token; what waits to be sent stays under the worker's number.
 * @param {Store} store
 */
export async function forget(store) {
  await store.change(KEY, () => undefined);
}

/**
 * A short name by which a supervisor recognises the phone: "Android · Chrome".
 * @param {string} agent the browser's user agent
 */
export function deviceName(agent) {
  const system = SYSTEMS.find((name) => agent.includes(name)) ?? "";
  const browser = BROWSERS.find((name) => agent.includes(name)) ?? "";
  const parts = [system, browser === "MicroMessenger" ? "WeChat" : browser].filter(Boolean);
  return parts.join(" · ") || "phone";
}

/**
 * @param {Store} store
 * @param {(identity: Identity) => Identity} change
 */
async function changeIdentity(store, change) {
  return (await store.change(KEY, (/** @type {Identity | undefined} */ i) => (i ? change(i) : undefined))) ?? null;
}
