"""The native route on a real port, with the fast lane and without, around uploads that are answered by their phone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from aiohttp import web

from tracker.db.pool import Database
from tracker.errors import SanxunError, Unavailable
from tracker.ingest.dialects import native
from tracker.ingest.http import IngestHttp
from tracker.ingest.model import Receipt
from tracker.ingest.pipeline import Pipeline
from tracker.jsonio import answer
from tracker.metrics import Metrics
from tracker.people.devices import Devices
from tracker.people.guard import Guard
from tracker.people.model import Device
from tracker.people.peer import Peers
from tracker.people.sessions import Sessions
from tracker.people.tokens import digest
from tracker.routes import Access, Route
from tracker.web.application import build
from tracker.web.lane.lane import Uploads
from tracker.web.listen import Listener

GOOD, SOON, FULL, GONE, UNKNOWN = (
    name * 4 + "-_0123456789abcdefghij" for name in ("good_", "soon_", "full_", "gone_", "new__")
)
BODY = b'{"crs":"wgs84","fixes":[]}'
PATIENCE_S = 10.0
QUIET_S = 0.02  # after this long without a byte an exchange is taken to be over, unless the two sides differ
TURNS = 8  # of the loop, which serves both ends: on a busy machine time alone says nothing
_DATE = re.compile(rb"\r\nDate: [^\r]*\r\n")


def head(*lines: str, token: str = GOOD, length: int = len(BODY), start: str = "POST /api/v1/pings HTTP/1.1") -> bytes:
    """A request head with a phone's token and the lines given."""
    all_lines = [start, "Host: sanxun.example", f"Authorization: Bearer {token}", f"Content-Length: {length}", *lines]
    return "\r\n".join([*all_lines, "", ""]).encode()


def upload(*lines: str, token: str = GOOD, body: bytes = BODY) -> bytes:
    """A whole upload."""
    return head(*lines, token=token, length=len(body)) + body


class Answerer:
    """In the place of the pipeline: what becomes of an upload depends on its phone alone; holds back while `held`."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] | None = None
        self.taken = 0

    async def take(self, device: Device, upload: Any, received_at_ms: int) -> Receipt:
        settled: asyncio.Future[Receipt | SanxunError] = asyncio.get_running_loop().create_future()
        self.submit(device, upload, received_at_ms, settled.set_result)
        outcome = await settled
        if isinstance(outcome, SanxunError):
            raise outcome
        return outcome

    def check_room(self, worker_id: int) -> None:
        """There is room for everybody to be read."""

    def submit(self, device: Device, _upload: Any, _at_ms: int, done: Callable[[Receipt | SanxunError], None]) -> None:
        self.taken += 1
        outcome: Receipt | SanxunError = Receipt(stored=device.id, duplicate=0, off_duty=0, quarantined=[])
        if device.id == 3:
            outcome = Unavailable("too many uploads are waiting", retry_after_s=7)
        if self.held is not None:
            self.held.append(lambda: done(outcome))
        elif device.id == 2:
            asyncio.get_running_loop().call_later(0.005, done, outcome)
        else:
            done(outcome)


@dataclass(kw_only=True)
class Site:
    """One listening server."""

    port: int
    listener: Listener
    answerer: Answerer
    devices: Devices
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def framework_requests(self) -> int:
        """How many requests went through aiohttp."""
        server = self.listener._runner.server
        assert server is not None
        return server.requests_count

    def counted(self, status: int) -> float:
        return (
            self.metrics.registry.get_sample_value(
                "sanxun_http_requests_total", {"room": "ingest", "status": str(status)}
            )
            or 0.0
        )


@contextlib.asynccontextmanager
async def site(*, lane: bool, routes: Sequence[Route] = (), idle_s: float = 75.0) -> AsyncIterator[Site]:
    """Serve on a free port; with `lane` off every request goes through aiohttp."""
    answerer, metrics = Answerer(), Metrics()
    devices = Devices(database=Database("postgresql://nobody@127.0.0.1:1/none"), now_ms=lambda: 0)
    for number, token in enumerate((GOOD, SOON, FULL), 1):
        devices.add(digest(token), Device(id=number, worker_id=number, grid_code="320115001001001", crs="wgs84"))
    devices._refused[digest(GONE)] = 1 << 60
    http = IngestHttp(
        cast(Pipeline, answerer),
        metrics,
        lambda: 1_780_000_000_000,
        on_duty=lambda worker, _now_ms: bool(worker),
        seen=lambda *_: None,
        max_body=200_000,
    )
    guard = Guard(sessions=cast(Sessions, None), devices=devices, peers=Peers())
    application = build([*http.routes(), *_others(), *routes], check=guard.check, metrics=metrics)
    uploads = Uploads(take=http.native.upload, device_of=devices.by_digest, content_type=native.CONTENT_TYPE)
    listener = Listener(application, metrics=metrics, uploads=uploads if lane else None, idle_s=idle_s)
    port = await listener.open("127.0.0.1", 0)
    yield Site(port=port, listener=listener, answerer=answerer, devices=devices, metrics=metrics)
    await listener.close()


def _others() -> list[Route]:
    async def hello(_request: web.Request) -> web.Response:
        return answer({"hello": "world"})

    async def echo(request: web.Request) -> web.Response:
        return answer({"got": (await request.read()).decode()})

    common: dict[str, Any] = {"summary": "", "room": "test"}
    return [
        Route(method="GET", path="/hello", handler=hello, access=Access.PUBLIC, **common),
        Route(method="POST", path="/echo", handler=echo, access=Access.DEVICE, **common),
    ]


class Client:
    """A raw connection, whose pieces arrive one by one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got = b""
        self.closed = False
        self._socket = socket.socket()

    async def __aenter__(self) -> Self:
        self._socket.settimeout(0)
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()

    async def send(self, *pieces: bytes) -> None:
        """Send each piece and let the server, on the same loop, read it before the next."""
        for piece in pieces:
            with contextlib.suppress(ConnectionError):
                await asyncio.get_running_loop().sock_sendall(self._socket, piece)
            for _ in range(4):
                await asyncio.sleep(0)

    async def read(self, wait_s: float = QUIET_S) -> bytes:
        """All that comes until the server closes, or says nothing for a while and some turns of the loop."""
        quiet_since, turns = time.monotonic(), 0
        while not self.closed and (turns < TURNS or time.monotonic() < quiet_since + wait_s):
            try:
                data = self._socket.recv(1 << 16)
            except BlockingIOError:
                turns += 1
                await asyncio.sleep(0.001)  # no wait that is cut short: a cancelled read may lose what it has read
                continue
            except ConnectionError:
                data = b""
            self.closed = not data
            self.got += data
            quiet_since, turns = time.monotonic(), 0
        return _DATE.sub(b"\r\nDate: now\r\n", self.got)

    async def answers(self, count: int) -> list[bytes]:
        """Wait for so many answers with a JSON body."""
        async with asyncio.timeout(PATIENCE_S):
            while (found := self.got.count(b"HTTP/1.1 ")) < count or not self.got.endswith(b"}"):
                assert not self.closed, (found, self.got)
                await self.read(0.01)
        return [b"HTTP/1.1 " + part for part in self.got.split(b"HTTP/1.1 ")[1:]]

    async def gone(self) -> None:
        """Wait until the server closes."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.closed:
                await self.read(0.05)

    def shut_down(self) -> None:
        """Send nothing more, but read on."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Vanish."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self._socket.close()
