"""An application of a few routes on a real socket, without a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tracker.metrics import Metrics
from tracker.routes import Route
from tracker.web.application import Check, build

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]


async def let_everybody_in(_request: web.Request, _route: Route) -> None:
    """The check of a house without a door."""


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve routes; the clients are closed with the test."""
    clients: list[Client] = []

    async def start(
        routes: Sequence[Route],
        *,
        check: Check = let_everybody_in,
        metrics: Metrics | None = None,
        image_origin: str = "",
    ) -> Client:
        application = build(routes, check=check, metrics=metrics or Metrics(), image_origin=image_origin)
        client = TestClient(TestServer(application))
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()
