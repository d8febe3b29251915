"""Connections that change process: the socket goes over with the bytes already read; the client notices nothing.

The processes of one machine share their listening sockets with the parent that made them (tracker/app/processes.py), so
what waits in one of them survives the death or restart of whoever was to take it: there is nothing to answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tracker.metrics import Metrics

_LENGTH = struct.Struct("<I")
_INLINE = 16 * 1024  # bytes that go through the socket; more go in a file in memory, which cannot be half sent
_UPLOADS = tuple(
    method + path + end
    for method, path in (
        (b"POST ", b"/api/v1/pings"),
        (b"POST ", b"/osmand"),
        (b"GET ", b"/osmand"),
        (b"POST ", b"/owntracks"),
        (b"POST ", b"/overland"),
    )
    for end in (b" ", b"?")
)

_LATER = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Adopt = Callable[[socket.socket, bytes], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """Who serves what on this machine: `takes_uploads` says what is ours, all else is `other`'s, if there is one.

    `own` and `other` are the unix sockets where connections are left, for a successor of ours and for the other kind.
    """

    takes_uploads: bool
    own: Path
    other: Path | None
    metrics: Metrics

    def belongs_elsewhere(self, data: bytes) -> bool:
        """Whether the request that begins with `data` is for the other kind of process.

        Every process can answer uploads as well as the next, so an unfinished first line may go to either.
        """
        return self.other is not None and data.startswith(_UPLOADS) is not self.takes_uploads

    def pass_on(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Give a connection and its next request to the other kind; False: it is still ours."""
        label = "house" if self.takes_uploads else "ingest"
        return self.other is not None and self._give(self.other, label, transport, data)

    def leave(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Leave a connection between two requests to a successor; False: it is still ours."""
        return self._give(self.own, "successor", transport, data)

    def _give(self, where: Path, label: str, transport: asyncio.Transport, data: bytes) -> bool:
        connection = transport.get_extra_info("socket")
        if connection is None or transport.is_closing() or transport.get_write_buffer_size():
            return False
        transport.pause_reading()
        try:
            _send(where, connection.fileno(), data)
        except OSError:  # nobody made the socket, or too many connections wait in it
            transport.resume_reading()
            return False
        transport.set_protocol(asyncio.Protocol())
        transport.abort()  # closes our copy only
        self.metrics.passed.labels(label).inc()
        return True


class Adoption:
    """Takes connections that others left in a listening unix socket; `open()`, then `close()`."""

    def __init__(self, listening: socket.socket, adopt: Adopt) -> None:
        self._listening = listening
        self._adopt = adopt
        self._arriving: set[socket.socket] = set()

    def open(self) -> None:
        """Begin to take."""
        self._listening.setblocking(False)  # noqa: FBT003  # the library has no other form
        asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Take no more; what waits is the successor's."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listening)
        for arriving in tuple(self._arriving):
            self._receive(arriving)  # it has left its process: nobody else can take it

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, InterruptedError, ConnectionAbortedError):
            while True:
                arriving, _ = self._listening.accept()
                arriving.setblocking(False)  # noqa: FBT003  # the library has no other form
                self._arriving.add(arriving)
                asyncio.get_running_loop().add_reader(arriving, self._receive, arriving)

    def _receive(self, arriving: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(arriving)
        self._arriving.discard(arriving)
        with arriving:
            try:
                message, files, _, _ = socket.recv_fds(arriving, _LENGTH.size + _INLINE, 2)
            except OSError:
                return
        if not files:
            return  # the giver died between two steps, with the connection in its hands
        (length,) = _LENGTH.unpack_from(message)
        data = message[_LENGTH.size :] if len(files) == 1 else _read(files[1], length)
        self._adopt(socket.socket(fileno=files[0]), data)


def refuse(connection: socket.socket, _data: bytes) -> None:
    """What may adopt in place of a process that cannot serve yet: whoever asks is told to come later."""
    with connection, contextlib.suppress(OSError):
        connection.send(_LATER)
        connection.shutdown(socket.SHUT_WR)


def listen(where: Path, backlog: int) -> socket.socket:
    """A listening unix socket that only this user reaches (its folder is private), to be inherited."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(where))
    listening.listen(backlog)
    return listening


def _send(where: Path, connection: int, data: bytes) -> None:
    """Raises OSError; then nothing has gone."""
    with contextlib.ExitStack() as open_files, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as giving:
        giving.setblocking(False)  # noqa: FBT003  # the library has no other form
        giving.connect(str(where))
        files, inline = [connection], data
        if len(data) > _INLINE:
            memory = os.memfd_create("request")
            open_files.callback(os.close, memory)
            os.write(memory, data)
            files, inline = [connection, memory], b""
        socket.send_fds(giving, [_LENGTH.pack(len(data)) + inline], files)


def _read(memory: int, length: int) -> bytes:
    try:
        return os.pread(memory, length, 0)
    finally:
        os.close(memory)
