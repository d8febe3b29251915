"""Errors as JSON that a person or a phone can act on: what happened, which field, which value, what is allowed."""

from __future__ import annotations

import logging
import uuid

from aiohttp import web

from tracker.errors import SanxunError, TooMany, Unavailable
from tracker.jsonio import answer, described

log = logging.getLogger(__name__)

NO_SUCH_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>没有这个页面 · 三巡</title>
<link rel="icon" href="/static/icons/app.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/css/login.css">
<main class="sheet">
  <h1>没有这个页面</h1>
  <p>网址可能输错了，或者页面已经不在了。</p>
  <p lang="en">There is no such page: the address may be mistyped, or the page is gone.</p>
  <p><a href="/">回到首页</a> · <a href="/" lang="en">Go to the start</a></p>
</main>
</html>
"""


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


def no_route(request: web.Request, error: web.HTTPException) -> web.Response:
    """The answer where no route took the request: a page for a person who typed an address, else JSON."""
    by_a_person = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    if error.status == 404 and by_a_person:
        return web.Response(text=NO_SUCH_PAGE, status=404, content_type="text/html")
    return http_failure(error)


def bug(request: web.Request, error: Exception) -> web.Response:
    """The answer for an error that nobody foresaw; the trace goes to the log under a number that the caller is told."""
    number = uuid.uuid4().hex[:12]
    extra = {"action": "bug", "number": number}
    log.error("%s %s failed (%s)", request.method, request.path, number, exc_info=error, extra=extra)
    message = f"the server failed; the log has the details under {number}"
    return answer({"error": {"code": "bug", "message": message}}, status=500)
