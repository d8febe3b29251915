"""One connection while the fast lane holds it: one plain upload at a time, everything else goes on to the framework."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, cast

from tracker.errors import SanxunError, Unavailable
from tracker.people.tokens import digest
from tracker.web.lane.heads import Head, may_become_plain, read_head

if TYPE_CHECKING:
    from tracker.people.model import Device
    from tracker.web.lane.lane import Lane

MOST_CHUNKS = 64  # of one request; who sends its bytes in more pieces is read by the framework

log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Small, because every phone keeps one open: slots only, and no parser, for a head is compared with the last one.

    `since` is when the connection began to wait for what it waits for now: a whole request, or its answer.
    """

    __slots__ = ("_blocked", "_busy", "_hash", "_head", "_held", "_lane", "_transport", "since")

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._transport: asyncio.Transport | None = None
        self._head: Head | None = None  # the last good one
        self._hash = b""  # of its token
        self._held: list[bytes] | None = None  # as they came: of an unfinished request, or behind one under way
        self._busy = False  # an upload is under way
        self._blocked = False  # the client does not read its answers
        self.since = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether only the client can go on."""
        return not self._busy and not self._blocked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, or came back from the framework."""
        self._transport = cast(asyncio.Transport, transport)
        self.since = time.perf_counter()
        self._lane.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """The connection is gone; an upload under way is stored and counted all the same."""
        self._transport = None
        self._held = None
        self._lane.forget(self)

    def pause_writing(self) -> None:
        """The socket's buffer is full."""
        self._blocked = True

    def resume_writing(self) -> None:
        """The socket's buffer has room again."""
        self._blocked = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Take a plain upload, wait for the rest of one, or hand everything over."""
        if self._busy or self._blocked:
            self._hold(data)
            return
        if self._held is None:
            head = self._head
            if head is not None and data.startswith(head.before) and self._take_alike(head, data):
                return
            self._consider([data])
        else:
            self._consider([*self._held, data])

    def finish(self) -> None:
        """The server stops: let a successor have the connection or close it, now or behind the answer under way."""
        if self._transport is None or self._busy:
            return
        if self._lane.leave(self._transport, b"".join(self._held or ())):
            self._transport = None
            self._free()
            self._lane.forget(self)
        else:
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def hand_over(self) -> None:
        """Give up on the rest of a request that comes too slowly; the framework has its own limits for it."""
        if self._held is not None:
            self._give(self._held)

    def _take_alike(self, head: Head, data: bytes) -> bool:
        """Take the request if it is whole and its head differs from the last one in the length only."""
        start = len(head.before)
        end = data.find(b"\r", start, start + 6)
        digits = data[start:end]
        if not data.startswith(head.after, end) or not digits.isdigit() or digits[0] == 48:  # 48 is "0"
            return False
        body = data[end + len(head.after) :]
        device = self._lane.device_of(self._hash)
        if device is None or len(body) != int(digits):
            return False
        self._take(device, body, [data])
        return True

    def _consider(self, chunks: list[bytes]) -> None:
        data = b"".join(chunks)
        head = read_head(data)
        if head is None:
            self._wait(chunks) if may_become_plain(data) else self._give(chunks)
            return
        hashed = digest(head.token.decode())
        device = self._lane.device_of(hashed)
        start = len(head.before) + len(str(head.length)) + len(head.after)
        if device is None or len(data) > start + head.length:
            self._give(chunks)
        elif len(data) < start + head.length:
            self._wait(chunks)
        else:
            self._head, self._hash = head, hashed
            self._take(device, data[start:], chunks)

    def _wait(self, chunks: list[bytes]) -> None:
        """Keep the pieces of a request until it is whole."""
        if len(chunks) > MOST_CHUNKS:
            self._give(chunks)
            return
        if self._held is None:
            self.since = time.perf_counter()
            self._lane.unfinished.add(self)
        self._held = chunks

    def _hold(self, data: bytes) -> None:
        """Keep what came before its turn, and read no more until then."""
        self._held = [*(self._held or ()), data]
        if self._transport is not None:
            self._transport.pause_reading()

    def _take(self, device: Device, body: bytes, chunks: list[bytes]) -> None:
        self._free()
        self._busy = True
        self.since = time.perf_counter()
        try:
            self._lane.take(device, body, self._answer)
        except SanxunError as error:
            self._answer(error)
        except Exception:  # the top of a request; the framework will meet the same bug, and tells its number
            log.exception("An upload could not be decoded", extra={"action": "lane.bug"})
            self._busy = False
            self._give(chunks)

    def _answer(self, outcome: bytes | SanxunError) -> None:
        """Send what became of the upload, now or, if there was no room for it, later."""
        if isinstance(outcome, Unavailable) and self._transport is not None and not self._lane.closing:
            self._lane.late.add(self, outcome)
        else:
            self.settle(outcome)

    def settle(self, outcome: bytes | SanxunError) -> None:
        """Send what became of the upload now; the client may be gone by then."""
        self._busy = False
        now_s = time.perf_counter()
        answer = self._lane.render(outcome, now_s - self.since)
        self.since = now_s
        transport = self._transport
        if transport is None or transport.is_closing():  # uvloop raises where a closed transport is written to
            return
        transport.write(answer)
        if self._lane.closing:
            self.finish()
        elif self._held is not None:
            self._go_on()

    def _go_on(self) -> None:
        """Look at what came while an upload was under way."""
        if self._held is None or not self.is_waiting or self._transport is None or self._transport.is_closing():
            return
        self._transport.resume_reading()
        chunks, self._held = self._held, None
        self._lane.unfinished.discard(self)
        self._consider(chunks)

    def _give(self, chunks: list[bytes]) -> None:
        """Hand the connection to the framework, with the bytes as they came."""
        self._free()
        transport, self._transport = self._transport, None
        self._lane.forget(self)
        if transport is not None and not transport.is_closing():
            self._lane.hand_over(transport, chunks)

    def _free(self) -> None:
        if self._held is not None:
            self._held = None
            self._lane.unfinished.discard(self)
