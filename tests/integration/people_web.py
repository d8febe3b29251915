"""A bare web room for tests: the guard before every route, errors as JSON."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tracker.errors import BadValue, SanxunError
from tracker.jsonio import answer
from tracker.people.guard import Guard
from tracker.routes import Handler, Route

Client = TestClient[web.Request, web.Application]


@contextlib.asynccontextmanager
async def serving(guard: Guard, routes: Sequence[Route]) -> AsyncIterator[Client]:
    """A client of a server that has these routes on a free port; it keeps no cookies of its own."""
    app = web.Application()
    for route in routes:
        app.router.add_route(route.method, route.path, _guarded(guard, route))
    async with TestClient(TestServer(app)) as client:
        yield client


def _guarded(guard: Guard, route: Route) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            await guard.check(request, route)
            response = await route.handler(request)
        except SanxunError as error:
            field = error.field if isinstance(error, BadValue) else None
            shown = {"code": error.code, "message": str(error), "field": field, "reason": error.reason}
            return answer({"error": shown}, status=error.status)
        assert response.status == route.status, f"{route.path} promises {route.status}"
        return response

    return handler


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
