"""The one port of everything: the application behind the fast lane, or alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiohttp import web

from tracker.metrics import Metrics
from tracker.web.application import IDLE_S, SHUTDOWN_S, runner, security_headers
from tracker.web.lane.lane import Lane, Uploads

BACKLOG = 4096  # connections that may wait to be accepted: a town's phones come back at once after an outage


class Listener:
    """`open()` serves the application; with `uploads` the fast lane stands in front of it."""

    def __init__(
        self,
        application: web.Application,
        *,
        metrics: Metrics,
        uploads: Uploads | None = None,
        image_origin: str = "",
        idle_s: float = IDLE_S,
    ) -> None:
        self._runner = runner(application, idle_s=idle_s)
        self._metrics = metrics
        self._uploads = uploads
        self._fields: Mapping[str, str] = security_headers(image_origin)
        self._idle_s = idle_s
        self._lane: Lane | None = None
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; gives the port, which is another than asked for where that was 0. Raises OSError."""
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # noqa: S101  # setup() made it
        factory: Callable[[], asyncio.Protocol] = server
        if self._uploads is not None:
            factory = self._lane = self._front(self._uploads, server)
            self._lane.start()
        self._server = await asyncio.get_running_loop().create_server(factory, host, port, backlog=BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Accept nobody any more, let answers under way finish, and close every connection."""
        if self._server is not None:
            self._server.close()
        if self._lane is None:
            await self._runner.cleanup()
        else:
            await asyncio.gather(self._lane.close(SHUTDOWN_S), self._runner.cleanup())

    def _front(self, uploads: Uploads, server: web.Server) -> Lane:
        options = {"access_log": None, "keepalive_timeout": self._idle_s}
        return Lane(uploads, server, fields=self._fields, metrics=self._metrics, options=options, idle_s=self._idle_s)
