"""The one port of everything: the application behind the fast lane, or alone."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from tracker.metrics import Metrics
from tracker.web.application import IDLE_S, SHUTDOWN_S, runner, security_headers
from tracker.web.full import WhileThereIsRoom
from tracker.web.lane.lane import Lane, Uploads
from tracker.web.passing import Adoption, Neighbours

log = logging.getLogger(__name__)

BACKLOG = 4096  # connections that may wait to be accepted: a town's phones come back at once after an outage


@dataclass(frozen=True, kw_only=True, slots=True)
class Inherited:
    """Sockets of one of several processes: `public` is the port, `adopted` brings what others pass on."""

    public: socket.socket | None
    adopted: socket.socket
    neighbours: Neighbours


class Listener:
    """`open()` serves the application; with `uploads` the fast lane stands in front of it.

    One of several processes has `inherited` sockets, and must have `uploads`.
    """

    def __init__(
        self,
        application: web.Application,
        *,
        metrics: Metrics,
        uploads: Uploads | None = None,
        image_origin: str = "",
        idle_s: float = IDLE_S,
        inherited: Inherited | None = None,
    ) -> None:
        self._runner = runner(application, idle_s=idle_s)
        self._metrics = metrics
        self._uploads = uploads
        self._fields: Mapping[str, str] = security_headers(image_origin)
        self._idle_s = idle_s
        self._inherited = inherited
        self._adoption: Adoption | None = None
        self._lane: Lane | None = None
        self._server: asyncio.Server | None = None
        self._adopting: set[asyncio.Task[object]] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen; gives the port, which is another than asked for where that was 0. Raises OSError."""
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # noqa: S101  # setup() made it
        factory: Callable[[], asyncio.Protocol] = server
        if self._uploads is not None:
            factory = self._lane = self._front(self._uploads, server)
            self._lane.start()
        if self._inherited is not None:
            return await self._open_inherited(self._inherited)
        self._server = await asyncio.get_running_loop().create_server(
            WhileThereIsRoom(factory), host, port, backlog=BACKLOG
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, *, leaving: bool = False) -> None:
        """Accept nobody any more, let answers under way finish, and close every connection.

        `leaving`: connections are left to a successor instead.
        """
        if self._server is not None:
            self._server.close()
        if self._adoption is not None:
            self._adoption.close()
        if self._lane is None:
            await self._runner.cleanup()
        elif leaving:
            await self._lane.close(SHUTDOWN_S, leaving=True)
            await self._runner.cleanup()
        else:
            await asyncio.gather(self._lane.close(SHUTDOWN_S), self._runner.cleanup())

    def _adopted(self, task: asyncio.Task[object]) -> None:
        self._adopting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.debug("A connection was gone before it was adopted: %r", error)

    async def _open_inherited(self, inherited: Inherited) -> int:
        lane = self._lane
        assert lane is not None  # noqa: S101  # the class's docstring
        loop = asyncio.get_running_loop()

        def adopt(connection: socket.socket, data: bytes) -> None:
            task = loop.create_task(
                loop.connect_accepted_socket(lambda: _Adopted(lane, data), connection), name="adopt a connection"
            )
            self._adopting.add(task)
            task.add_done_callback(self._adopted)

        self._adoption = Adoption(inherited.adopted, adopt)
        self._adoption.open()
        if inherited.public is None:
            return 0
        self._server = await loop.create_server(WhileThereIsRoom(lane), sock=inherited.public, backlog=BACKLOG)
        return int(inherited.public.getsockname()[1])

    def _front(self, uploads: Uploads, server: web.Server) -> Lane:
        options = {"access_log": None, "keepalive_timeout": self._idle_s}
        neighbours = self._inherited.neighbours if self._inherited else None
        return Lane(
            uploads,
            server,
            fields=self._fields,
            metrics=self._metrics,
            options=options,
            idle_s=self._idle_s,
            neighbours=neighbours,
        )


class _Adopted(asyncio.Protocol):
    """The first moment of a connection that another process gave us: its bytes come before what the socket brings."""

    def __init__(self, lane: Lane, data: bytes) -> None:
        self._lane = lane
        self._data = data

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the fast lane in our place."""
        self._lane.take_back(cast(asyncio.Transport, transport), self._data)
