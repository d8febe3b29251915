"""A connection goes from one process's loop to another's with what was read of it; here both are this process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tracker.metrics import Metrics
from tracker.web.passing import Adoption, Neighbours, listen, refuse

UPLOAD = b"POST /api/v1/pings HTTP/1.1\r\n"


def neighbours(folder: Path, *, takes_uploads: bool = True) -> Neighbours:
    return Neighbours(takes_uploads=takes_uploads, own=folder / "own", other=folder / "other", metrics=Metrics())


@pytest.mark.parametrize(
    "line", [UPLOAD, b"POST /osmand?id=1 HTTP/1.1", b"GET /osmand?lat=1", b"POST /owntracks HTTP", b"POST /overland H"]
)
def test_uploads_belong_to_those_who_take_them(tmp_path: Path, line: bytes) -> None:
    assert not neighbours(tmp_path).belongs_elsewhere(line)
    assert neighbours(tmp_path, takes_uploads=False).belongs_elsewhere(line)


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1", b"POST /api/v1/pingsx HTTP", b"GET /api/v1/pings HTTP", b"P", b"\0"]
)
def test_everything_else_belongs_to_the_house(tmp_path: Path, line: bytes) -> None:
    assert neighbours(tmp_path).belongs_elsewhere(line)
    assert not neighbours(tmp_path, takes_uploads=False).belongs_elsewhere(line)


def test_without_a_house_everything_stays(tmp_path: Path) -> None:
    alone = Neighbours(takes_uploads=True, own=tmp_path / "own", other=None, metrics=Metrics())
    assert not alone.belongs_elsewhere(b"GET / HTTP/1.1")


class Giver(asyncio.Protocol):
    """Passes its connection on with the first bytes that come."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self.gave: list[bool] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.gave.append(self._neighbours.pass_on(self.transport, data))
        if not self.gave[-1]:
            self.transport.write(b"still here")


class Served:
    """A port whose connections are passed on, and a client of it."""

    def __init__(self, giver: Giver, adopted: asyncio.Queue[tuple[socket.socket, bytes]]) -> None:
        self.giver = giver
        self.adopted = adopted

    async def send(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        return reader, writer

    port = 0


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    queue: asyncio.Queue[tuple[socket.socket, bytes]] = asyncio.Queue()
    giver = Giver(neighbours(tmp_path))
    server = await asyncio.get_running_loop().create_server(lambda: giver, "127.0.0.1", 0)
    found = Served(giver, queue)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


@pytest.mark.parametrize("size", [0, 100, 16 * 1024, 300_000])
async def test_the_client_talks_to_the_other_process_and_nothing_is_lost(
    served: Served, tmp_path: Path, size: int
) -> None:
    request = b"GET / HTTP/1.1\r\n" + b"x" * size
    with listen(tmp_path / "other", 10) as listening:
        adoption = Adoption(listening, lambda connection, data: served.adopted.put_nowait((connection, data)))
        adoption.open()
        reader, writer = await served.send(request)
        connection, data = await asyncio.wait_for(served.adopted.get(), 10)
        adoption.close()
    with connection:
        connection.settimeout(10)
        while len(data) < len(request):  # what was not read before it was passed is still in the socket
            data += await asyncio.to_thread(connection.recv, 65536)
        connection.sendall(b"hello from elsewhere")
    assert data == request
    assert await reader.read() == b"hello from elsewhere"
    writer.close()


async def test_what_waits_in_the_socket_outlives_who_was_to_take_it(served: Served, tmp_path: Path) -> None:
    with listen(tmp_path / "other", 10) as listening:
        reader, writer = await served.send(b"GET / HTTP/1.1\r\n")
        while not served.giver.gave:  # noqa: ASYNC110  # a protocol does not tell
            await asyncio.sleep(0)
        adoption = Adoption(listening, lambda connection, data: served.adopted.put_nowait((connection, data)))
        adoption.open()  # only now
        connection, data = await asyncio.wait_for(served.adopted.get(), 10)
        adoption.close()
    connection.close()
    assert data == b"GET / HTTP/1.1\r\n"
    assert await reader.read() == b""
    writer.close()


async def test_while_nobody_can_serve_callers_are_told_to_come_later(served: Served, tmp_path: Path) -> None:
    with listen(tmp_path / "other", 10) as listening:
        adoption = Adoption(listening, refuse)
        adoption.open()
        reader, writer = await served.send(b"GET / HTTP/1.1\r\n\r\n")
        told = await reader.read()
        adoption.close()
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: " in told
    writer.close()


async def test_where_nobody_listens_the_connection_stays(served: Served) -> None:
    reader, writer = await served.send(b"GET / HTTP/1.1\r\n")
    assert await reader.readexactly(10) == b"still here"
    assert served.giver.gave == [False]
    writer.close()
    served.giver.transport.close()


async def test_a_giver_that_died_half_way_harms_nobody(tmp_path: Path) -> None:
    taken: list[bytes] = []
    with listen(tmp_path / "own", 10) as listening:
        adoption = Adoption(listening, lambda _connection, data: taken.append(data))
        adoption.open()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dying:
            dying.connect(str(tmp_path / "own"))
        for _ in range(10):
            await asyncio.sleep(0)
        adoption.close()
    assert taken == []
