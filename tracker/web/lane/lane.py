"""What all connections of the fast lane share: who is good, where uploads go, how answers look, when to give up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from prometheus_client import Counter

from tracker.errors import SanxunError
from tracker.metrics import Metrics
from tracker.people.model import Device
from tracker.people.tokens import digest
from tracker.web.lane.answers import Answers
from tracker.web.lane.connection import Connection
from tracker.web.lane.handler import Handler, pass_on
from tracker.web.lane.heads import read_head
from tracker.web.lane.late import Late
from tracker.web.passing import Neighbours

UNFINISHED_S = 2.0  # then the framework waits for the rest of a request, with its own limits
SWEEP_S = 1.0
LET_GO_S = 0.02
IDLE_SWEEPS = 5  # idle connections are looked for every so many sweeps: 5 ms for 100,000
ROOM = "ingest"  # the label of the route's metrics

Done = Callable[[bytes | SanxunError], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Uploads:
    """Where plain uploads go. `take` raises SanxunError for a body that is no message, else calls back once.

    `device_of` gives the phone of a token's digest, or None where memory alone cannot tell that it is good.
    """

    take: Callable[[Device, bytes, Done], None]
    device_of: Callable[[bytes], Device | None]
    content_type: str


class Lane:
    """Called for every new connection, as a factory of protocols; `start()` first, `close()` at the end."""

    def __init__(
        self,
        uploads: Uploads,
        server: web.Server,
        *,
        fields: Mapping[str, str],
        metrics: Metrics,
        options: Mapping[str, Any],
        idle_s: float,
        neighbours: Neighbours | None = None,
    ) -> None:
        self.take = uploads.take
        self.device_of = uploads.device_of
        self.connections: set[Connection] = set()
        self.unfinished: set[Connection] = set()  # hold a part of a request
        self.handlers: set[Handler] = set()  # connections of the framework
        self.late = Late()
        self.closing = False
        self._leaving = False  # connections go to a successor
        self._neighbours = neighbours
        self._server = server
        self._options = options
        self._idle_s = idle_s
        self._answers = Answers(fields, uploads.content_type)
        self._metrics = metrics
        self._counters: dict[int, Counter] = {}
        self._seconds = metrics.request_seconds.labels(ROOM)
        self._good = self._counter(200)
        self._sweeps = 0
        self._timer: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()

    def __call__(self) -> Connection:
        """The protocol of a new connection."""
        return Connection(self)

    def start(self) -> None:
        """Begin to look after slow and idle connections."""
        self._timer = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    async def close(self, timeout_s: float, *, leaving: bool = False) -> None:
        """Close what is idle, let answers under way finish, and cut what is left after `timeout_s`.

        `leaving`: what would be closed is left to a successor, the framework's connections as well.
        """
        self.closing, self._leaving = True, leaving
        if self._timer is not None:
            self._timer.cancel()
        self.late.close()
        for connection in list(self.connections):
            connection.finish()
        try:
            async with asyncio.timeout(timeout_s):
                while self.connections:
                    self._empty.clear()
                    await self._empty.wait()
                while leaving and self._let_go():  # noqa: ASYNC110  # aiohttp does not tell
                    await asyncio.sleep(LET_GO_S)
        except TimeoutError:
            for connection in list(self.connections):
                connection.abort()

    def render(self, outcome: bytes | SanxunError, seconds: float) -> bytes:
        """The whole answer, counted."""
        self._seconds.observe(seconds)
        if isinstance(outcome, SanxunError):
            self._counter(outcome.status).inc()
            return self._answers.failed(outcome, close=self._says_close)
        self._good.inc()
        return self._answers.good(outcome, close=self._says_close)

    @property
    def _says_close(self) -> bool:
        return self.closing and not self._leaving

    def forget(self, connection: Connection) -> None:
        """A connection is gone, or with the framework."""
        self.connections.discard(connection)
        self.unfinished.discard(connection)
        if not self.connections:
            self._empty.set()

    def knows(self, data: bytes) -> bool:
        """Whether `data` begins a plain upload of a phone that is good."""
        head = None if self.closing else read_head(data)
        return head is not None and self.device_of(digest(head.token.decode())) is not None

    def belongs_elsewhere(self, data: bytes) -> bool:
        """Whether the request that begins with `data` is for another process of this machine."""
        return self._neighbours is not None and self._neighbours.belongs_elsewhere(data)

    def pass_on(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Give a connection and its next request to that process; False: it is still ours."""
        return self._neighbours is not None and self._neighbours.pass_on(transport, data)

    def leave(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Leave a connection to a successor, if there is to be one; False: it is still ours."""
        return self._leaving and self._neighbours is not None and self._neighbours.leave(transport, data)

    def hand_over(self, transport: asyncio.Transport, chunks: list[bytes]) -> None:
        """Give a connection to the framework, or to the process that its request is for."""
        data = b"".join(chunks)
        if self.belongs_elsewhere(data) and self.pass_on(transport, data):
            return
        handler = Handler(self, self._server, loop=asyncio.get_running_loop(), **self._options)
        transport.set_protocol(handler)
        pass_on(handler, transport, chunks)

    def take_back(self, transport: asyncio.Transport, data: bytes) -> None:
        """Take a connection from the framework or from another process, with the first bytes of the next request."""
        connection = self()
        transport.set_protocol(connection)
        connection.connection_made(transport)
        if data:
            connection.data_received(data)

    def _let_go(self) -> bool:
        """Leave those connections of the framework whose answers are sent; says whether any are not."""
        for handler in list(self.handlers):
            handler.let_go(self.leave)
        return bool(self.handlers)

    def _counter(self, status: int) -> Counter:
        found = self._counters.get(status)
        if found is None:
            found = self._counters[status] = self._metrics.requests.labels(ROOM, str(status))
        return found

    def _sweep(self) -> None:
        self.start()
        now_s = time.perf_counter()
        for connection in [one for one in self.unfinished if one.since < now_s - UNFINISHED_S and one.is_waiting]:
            connection.hand_over()
        self._sweeps += 1
        if self._sweeps % IDLE_SWEEPS == 0:
            oldest_s = now_s - self._idle_s
            for connection in [one for one in self.connections if one.since < oldest_s and one.is_waiting]:
                connection.finish()
