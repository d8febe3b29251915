"""Errors as JSON that a person or a phone can act on: what happened, which field, which value, what is allowed."""

from __future__ import annotations

import logging
import uuid

from aiohttp import web

from tracker.errors import SanxunError, TooMany, Unavailable
from tracker.jsonio import answer, described

log = logging.getLogger(__name__)


def failure(error: SanxunError) -> web.Response:
    """The answer for one of our errors."""
    headers: dict[str, str] = {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="sanxun"'
    return answer({"error": described(error)}, status=error.status, headers=headers)


def http_failure(error: web.HTTPException) -> web.Response:
    """The answer for an error of the framework itself (no such route, wrong method, body too large)."""
    names = {404: "not_found", 405: "wrong_method", 413: "too_large", 400: "bad_request"}
    code = names.get(error.status, "http_error")
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return answer({"error": {"code": code, "message": error.reason}}, status=error.status, headers=headers)


def bug(request: web.Request, error: Exception) -> web.Response:
    """The answer for an error that nobody foresaw; the trace goes to the log under a number that the caller is told."""
    number = uuid.uuid4().hex[:12]
    extra = {"action": "bug", "number": number}
    log.error("%s %s failed (%s)", request.method, request.path, number, exc_info=error, extra=extra)
    message = f"the server failed; the log has the details under {number}"
    return answer({"error": {"code": "bug", "message": message}}, status=500)
