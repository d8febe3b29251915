"""Build the application: every route is checked, limited, timed and made to fail in the same way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from aiohttp.web_protocol import RequestPayloadError

from tracker.errors import BadValue, SanxunError, TooLarge
from tracker.metrics import Metrics
from tracker.routes import Handler, Route
from tracker.web.failures import bug, failure, http_failure, no_route

IDLE_S = 75.0  # a connection without a whole request: longer than proxies keep theirs (nginx: 60 s)
SHUTDOWN_S = 10.0  # answers on their way may finish
BODY_TIMEOUT_S = 20.0  # a body that takes longer than this on any line of a phone is a stuck connection
HIGHEST_BODY = 64 * 1024 * 1024  # no route may allow more
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:{images}; "
    "connect-src 'self'{images}; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

Check = Callable[[web.Request, Route], Awaitable[None]]


def build(routes: Iterable[Route], *, check: Check, metrics: Metrics, image_origin: str = "") -> web.Application:
    """One application; `check` signs the caller in (people/guard.py); `image_origin` is where base map tiles are."""
    app = web.Application(client_max_size=HIGHEST_BODY)
    app.middlewares.append(_outer(metrics, security_headers(image_origin)))
    for route in routes:
        handler = _guarded(route, check, metrics)
        app.router.add_route(route.method, route.path, handler, name=None)
    return app


def runner(application: web.Application, *, idle_s: float = IDLE_S) -> web.AppRunner:
    """What serves the application; a connection that brings no whole request head in `idle_s` is closed."""
    return web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_S, keepalive_timeout=idle_s)


def security_headers(image_origin: str) -> dict[str, str]:
    """What every answer carries, with the origin from which map images may come."""
    images = f" {image_origin}" if image_origin else ""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(images=images),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self)",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _outer(metrics: Metrics, headers: dict[str, str]) -> Middleware:
    @web.middleware
    async def outer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = no_route(request, error)
            metrics.requests.labels("none", str(response.status)).inc()
        if not response.prepared:
            for name, value in headers.items():
                response.headers.setdefault(name, value)
        return response

    return outer


def _guarded(route: Route, check: Check, metrics: Metrics) -> Handler:
    seconds = metrics.request_seconds.labels(route.room)

    async def guarded(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        try:
            response = await route.handler(await _admit(request, route, check))
        except SanxunError as error:
            response = failure(error)
        except web.HTTPException as error:
            response = http_failure(error)
        except Exception as error:  # noqa: BLE001  # the top of a request: a bug is answered, logged with its trace, and counted
            response = bug(request, error)
        metrics.requests.labels(route.room, str(response.status)).inc()
        seconds.observe(time.perf_counter() - started)
        return response

    return guarded


async def _admit(request: web.Request, route: Route, check: Check) -> web.Request:
    """The request with its body read, from a caller who may; raises SlowBody, TooLarge and what `check` raises."""
    limited = _limit(request, route)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            await check(limited, route)  # may look for a token in the body
            await _read_body(limited, route)
    except TimeoutError:
        raise SlowBody(f"the body did not arrive within {BODY_TIMEOUT_S:.0f} s") from None
    except RequestPayloadError as error:  # it names gzip and is none, or its chunks are broken
        encoding = request.headers.get(hdrs.CONTENT_ENCODING, "none")
        raise BadValue(field="Content-Encoding", value=encoding, allowed="a body that can be decoded") from error
    return limited


def _limit(request: web.Request, route: Route) -> web.Request:
    if request.content_length is not None and request.content_length > route.max_body:
        raise TooLarge(f"{request.content_length} bytes; at most {route.max_body} are taken here")
    return request.clone(client_max_size=route.max_body) if request.can_read_body else request


async def _read_body(request: web.Request, route: Route) -> None:
    """Read the body into memory (bounded by the route) so that a slow sender cannot hold a handler for ever."""
    if request.can_read_body and route.content != "stream":
        await request.read()


class SlowBody(SanxunError):
    """The sender was too slow; the connection is given back."""

    code = "slow_body"
    status = 408
