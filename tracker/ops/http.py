"""Routes of operations: alive, ready, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web
from prometheus_client import exposition

from tracker.errors import SanxunError
from tracker.jsonio import answer
from tracker.metrics import Metrics
from tracker.ops.siblings import Siblings
from tracker.routes import Access, Route

Probe = Callable[[], Awaitable[str | None]]  # None = good, otherwise what is wrong


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: str
    version: str


class Ready(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the server can do its work, and for each part what is wrong (empty = good)."""

    ready: bool
    parts: dict[str, str]
    processes: list[str] = []  # name@host/pid of each, where there are several


class OpsHttp:
    """`probes` are the parts that must be good for the server to be ready; with `siblings` it speaks for all."""

    def __init__(
        self, metrics: Metrics, probes: Mapping[str, Probe], version: str, siblings: Siblings | None = None
    ) -> None:
        self._siblings = siblings
        self._metrics = metrics
        self._probes = probes
        self._version = version

    def routes(self) -> list[Route]:
        """All routes of the room."""
        return [
            _route("/healthz", self._alive, "Alive: the process answers", Access.PUBLIC, returns=Alive),
            _route("/readyz", self._ready, "Ready: database, migrations, partitions", Access.PUBLIC, returns=Ready),
            _route("/metrics", self._exposed, "Prometheus metrics", Access.OPS, content="text/plain"),
        ]

    async def _alive(self, _request: web.Request) -> web.Response:
        return answer(Alive(status="alive", version=self._version))

    async def _ready(self, _request: web.Request) -> web.Response:
        parts = {name: await _result(probe) for name, probe in self._probes.items()}
        ready = not any(parts.values())
        processes = self._siblings.names() if self._siblings else []
        self._metrics.database_up.set(0 if parts.get("database") else 1)
        return answer(Ready(ready=ready, parts=parts, processes=processes), status=200 if ready else 503)

    async def _exposed(self, request: web.Request) -> web.Response:
        encoder, content_type = exposition.choose_encoder(request.headers.get("Accept", ""))
        registry: Any = self._siblings or self._metrics.registry  # the encoders only call collect()
        body = encoder(registry)
        return web.Response(body=body, headers={"Content-Type": content_type})


def _route(
    path: str,
    handler: Callable[[web.Request], Awaitable[web.Response]],
    summary: str,
    access: Access,
    *,
    returns: type | None = None,
    content: str = "application/json",
) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        summary=summary,
        room="ops",
        access=access,
        returns=returns,
        content=content,
    )


async def _result(probe: Probe) -> str:
    try:
        return await probe() or ""
    except SanxunError as error:
        return error.told
