/** JSON over HTTP on our own origin; every failure is an ApiError with data a page can show. */

/** @typedef {{method?: string, body?: unknown, language?: string, signal?: AbortSignal, signIn?: boolean, headers?: Record<string, string>}} RequestOptions */

/** A request that did not succeed. `code` is "offline" where no answer came at all. */
export class ApiError extends Error {
  /**
   * @param {{code: string, message: string, status: number, field?: string, value?: unknown, allowed?: unknown, reason?: string, values?: Record<string, unknown>, retryAfterMs?: number | null}} data
   */
  constructor({ code, message, status, field, value, allowed, reason = "", values = {}, retryAfterMs = null }) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.field = field;
    this.value = value;
    this.allowed = allowed;
    /** A stable word for i18n/case_errors.js, "" where the server gave none, and what stands in its sentence. */
    this.reason = reason;
    this.values = values;
    /** Milliseconds the server asks us to wait, or null where it said nothing. */
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later without any change. */
  get retryable() {
    return this.code === "offline" || this.status === 429 || this.status >= 500;
  }
}

/**
 * Sends a request and returns the decoded JSON (null where the answer has no body).
 * A 401 sends the browser to the sign-in page, unless `signIn` is false.
 * @param {string} path below the origin, "/api/v1/…"
 * @param {RequestOptions} [options]
 * @returns {Promise<any>}
 */
export async function request(path, { method = "GET", body, language, signal, signIn = true, headers = {} } = {}) {
  const response = await send(path, {
    method,
    signal: signal ?? null,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      ...(language ? { "Accept-Language": language } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.ok) return decode(response);
  const error = await failure(response);
  if (error.status === 401 && signIn) goToSignIn();
  throw error;
}

/**
 * @param {string} path
 * @param {RequestOptions} [options]
 */
export const get = (path, options) => request(path, options);

/**
 * @param {string} path
 * @param {unknown} body
 * @param {RequestOptions} [options]
 */
export const post = (path, body, options) => request(path, { ...options, method: "POST", body });

/** Opens the sign-in page, which returns here afterwards. */
export function goToSignIn() {
  const next = location.pathname + location.search + location.hash;
  location.assign(`/login?next=${encodeURIComponent(next)}`);
}

/**
 * The wait that a Retry-After header asks for, in milliseconds.
 * @param {string | null} value seconds or an HTTP date
 * @param {number} nowMs
 * @returns {number | null}
 */
export function retryAfterMs(value, nowMs) {
  if (!value) return null;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function send(path, init) {
  try {
    return await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError({ code: "offline", message: "no answer from the server", status: 0 });
  }
}

/** @param {Response} response */
async function decode(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError({ code: "bad_answer", message: "the answer is not JSON", status: response.status });
  }
}

/** @param {Response} response */
async function failure(response) {
  const said = await response.json().then(
    (body) => body?.error ?? {},
    () => ({}),
  );
  return new ApiError({
    code: said.code ?? `http_${response.status}`,
    message: said.message ?? response.statusText,
    status: response.status,
    field: said.field,
    value: said.value,
    allowed: said.allowed,
    reason: said.reason,
    values: said.values,
    retryAfterMs: retryAfterMs(response.headers.get("Retry-After"), Date.now()),
  });
}
