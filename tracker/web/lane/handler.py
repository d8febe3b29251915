"""The framework's side of a connection, which gives it back to the fast lane when a plain upload comes."""

from __future__ import annotations

import re
from asyncio import BaseTransport, Transport
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from tracker.web.lane.heads import END

if TYPE_CHECKING:
    from tracker.web.lane.lane import Lane

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,12})\r\n", re.IGNORECASE)
_COUNTLESS = re.compile(rb"\r\n(?:transfer-encoding|upgrade|expect)[ \t]*:", re.IGNORECASE)
_LOST = -1  # where requests end is not known any more: the connection stays with the framework


class Handler(RequestHandler):
    """An aiohttp connection that counts the bytes of each request, to know when one begins."""

    __slots__ = ("_lane", "_left")

    def __init__(self, lane: Lane, server: web.Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._lane = lane
        self._left = 0  # bytes of the request under way that are still to come

    def data_received(self, data: bytes) -> None:
        """Feed the framework, unless it waits for a request and this is a plain upload, or another process's."""
        if data and self._is_between():
            if self._lane.belongs_elsewhere(data) and self.let_go(self._lane.pass_on, data):
                return
            if self._lane.knows(data):
                self._give_back(data)
                return
        self._count(data)
        super().data_received(data)

    def connection_made(self, transport: BaseTransport) -> None:
        """The connection came from the fast lane."""
        self._lane.handlers.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone, or somebody else's."""
        self._lane.handlers.discard(self)
        super().connection_lost(exc)

    def let_go(self, give: Callable[[Transport, bytes], bool], data: bytes = b"") -> bool:
        """Give the connection away if no request is under way, with the first bytes of the next one if any."""
        transport = cast(Transport, self.transport)
        if not self._is_between() or not give(transport, data):
            return False
        self._forget()
        return True

    def _is_between(self) -> bool:
        """Whether the last request is answered and no byte of the next has come."""
        waiter = self._waiter
        return self._left == 0 and waiter is not None and not waiter.done() and not self._paused and not self._close

    def _count(self, data: bytes) -> None:
        if not data or self._left == _LOST:
            return
        if self._left == 0:
            self._left = _size(data)
        if self._left != _LOST:
            self._left = max(self._left - len(data), _LOST) if self._left >= len(data) else _LOST

    def _give_back(self, data: bytes) -> None:
        transport = cast(Transport, self.transport)
        self._forget()
        self._lane.take_back(transport, data)

    def _forget(self) -> None:
        """Let aiohttp forget the connection: no keep-alive timer, no wait for it at shutdown."""
        self.transport = None  # or connection_lost would close it
        self.connection_lost(None)


def pass_on(handler: Handler, transport: BaseTransport, chunks: list[bytes]) -> None:
    """Let the framework begin where the fast lane stopped, with the bytes in the pieces in which they came."""
    handler.connection_made(transport)
    for chunk in chunks:
        handler.data_received(chunk)


def _size(data: bytes) -> int:
    """Bytes of the request that begins with `data`; _LOST where its head is not whole or its end is told otherwise."""
    end = data.find(END)
    head = data[: end + 2]
    if end < 0 or _COUNTLESS.search(head):
        return _LOST
    lengths = _LENGTH.findall(head)
    if len(lengths) > 1:
        return _LOST
    return end + len(END) + (int(lengths[0]) if lengths else 0)
