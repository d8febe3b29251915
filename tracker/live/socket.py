"""Turns an ordinary aiohttp request into a websocket, and keeps it; the only module that imports websockets."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from typing import Protocol

from aiohttp import web
from websockets.exceptions import NegotiationError
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tracker.errors import BadValue, SanxunError
from tracker.live.frames import MAX_MESSAGE_BYTES, SUBPROTOCOL, Close
from tracker.live.scribe import Packet, Wire

CLOSE_TIMEOUT_S = 5.0  # for the client's half of the closing handshake; then the connection is cut
SLICE_BYTES = 4096  # what is parsed at once, so that a flood of tiny frames meets its limit early
MAX_REASON_BYTES = 123  # of a close frame
DEFLATE_FROM_BYTES = 64

_SUB = Subprotocol(SUBPROTOCOL)
_DEFLATE = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
_PACKER = PerMessageDeflate(
    remote_no_context_takeover=True,
    local_no_context_takeover=True,
    remote_max_window_bits=zlib.MAX_WBITS,
    local_max_window_bits=zlib.MAX_WBITS,
)


class UpgradeRequired(SanxunError):
    """The live stream is a websocket; the request did not ask for one."""

    code = "upgrade_required"
    status = 426


class Listener(Protocol):
    """Who hears what the client sends."""

    def part(self) -> None:
        """One frame of any kind arrived."""

    def message(self, text: bytes) -> None:
        """One whole message arrived."""

    def ended(self) -> None:
        """The connection is gone; called once."""


class Connection(asyncio.Protocol):
    """One websocket: finished frames out, whole messages in. A Sink of the hub."""

    __slots__ = ("_core", "_cut", "_listener", "_parts", "_paused", "_transport", "deflates")

    def __init__(self, core: ServerProtocol, transport: asyncio.Transport, *, paused: bool) -> None:
        self._core = core
        self._transport = transport
        self._paused = paused
        self.deflates = _deflates(core)
        self._parts: list[bytes] = []
        self._listener: Listener | None = None
        self._cut: asyncio.TimerHandle | None = None

    @property
    def writable(self) -> bool:
        """Whether the socket takes bytes now; False for good once closing began."""
        return not self._paused and self._core.state is State.OPEN

    def begin(self, listener: Listener, early: bytes) -> None:
        """Start to hear the client; `early` are bytes that came together with the request."""
        self._listener = listener
        if early:
            self.data_received(early)

    def write(self, wire: bytes) -> None:
        """Send finished frames; after `close` began they are dropped."""
        if self._core.state is State.OPEN:
            self._transport.write(wire)

    def close(self, code: Close, reason: str) -> None:
        """Begin the closing handshake; cut the connection if the client does not answer in time."""
        if self._core.state is State.OPEN:
            self._core.send_close(code, reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore"))
            self._flush()

    def abort(self) -> None:
        """Cut the connection now."""
        self._transport.abort()

    def pause_writing(self) -> None:
        """The socket's buffer is full."""
        self._paused = True

    def resume_writing(self) -> None:
        """The socket's buffer has room again."""
        self._paused = False

    def data_received(self, data: bytes) -> None:
        """Parse what the client sent, answer pings, and hand whole messages on."""
        for start in range(0, len(data), SLICE_BYTES):
            self._core.receive_data(data[start : start + SLICE_BYTES])
            events = self._core.events_received()
            self._flush()
            for event in events:
                if self._core.state is State.OPEN and isinstance(event, Frame):
                    self._take(event)

    def eof_received(self) -> None:
        """The client will send nothing more: without a closing handshake that is the end."""
        self._core.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """The connection is gone, cleanly or not."""
        if self._cut is not None:
            self._cut.cancel()
        self._core.state = State.CLOSED
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.ended()

    def _take(self, frame: Frame) -> None:
        if self._listener is None:
            return
        self._listener.part()
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                message, self._parts = b"".join(self._parts), []
                self._listener.message(message)

    def _flush(self) -> None:
        for data in self._core.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
        if self._core.state is not State.OPEN and self._cut is None:
            # Also after transport.close(): a client that reads nothing would keep the last bytes for ever.
            self._cut = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self._transport.abort)


class _Core(ServerProtocol):
    """The library's protocol, with our answer to a message that is too large (docs/live.md)."""

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        if code == CloseCode.MESSAGE_TOO_BIG:
            code, reason = Close.BROKE_RULE, f"a message larger than {MAX_MESSAGE_BYTES} bytes"
        super().fail(code, reason)


class _Tail:
    """Takes from aiohttp the bytes that arrived behind the request head."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


def wire() -> Wire:
    """How the hub's messages become frames, once for all sessions."""
    return Wire(binary=lambda body: _packet(Opcode.BINARY, body), text=lambda body: _packet(Opcode.TEXT, body))


def _packet(opcode: Opcode, body: bytes) -> Packet:
    """The message as it is, and compressed by itself (RFC 7692, no context taken over) where that is shorter."""
    plain = Frame(opcode, body).serialize(mask=False)
    if len(body) < DEFLATE_FROM_BYTES:
        return Packet(plain, plain)
    return Packet(plain, min(Frame(opcode, body).serialize(mask=False, extensions=[_PACKER]), plain, key=len))


def _deflates(core: ServerProtocol) -> bool:
    """Whether compressed messages were agreed on, with the full window: ours is made once for all clients."""
    return any(
        isinstance(one, PerMessageDeflate) and one.local_max_window_bits == zlib.MAX_WBITS for one in core.extensions
    )


def upgrade(request: web.Request, join: Callable[[Connection], Listener]) -> web.StreamResponse:
    """Answer 101 and take the connection over from aiohttp; `join` opens the session on it.

    Raises UpgradeRequired or BadValue (field `upgrade`) and leaves the connection to HTTP. The response is only for
    logs and metrics: aiohttp finds its connection gone and sends nothing.
    """
    core = _shake_hands(request)
    http, transport = request.protocol, request.transport
    if transport is not None and not transport.is_closing():
        connection = Connection(core, transport, paused=http.writing_paused)
        early = _take_over(request, transport, connection)
        for data in core.data_to_send():
            transport.write(data)
        connection.begin(join(connection), early)
    return web.Response(status=101)


def _shake_hands(request: web.Request) -> ServerProtocol:
    core = _Core(select_subprotocol=_select, extensions=[_DEFLATE], max_size=MAX_MESSAGE_BYTES)
    lines = [b"GET / HTTP/1.1", *(name + b": " + value for name, value in request.raw_headers), b"", b""]
    core.receive_data(b"\r\n".join(lines))
    events = core.events_received()
    if not events or not isinstance(events[0], Request):
        raise BadValue(field="upgrade", value=core.handshake_exc, allowed="a websocket request without a body")
    response = core.accept(events[0])
    if response.status_code == 426:
        raise UpgradeRequired("this is a websocket: send Upgrade: websocket")
    if response.status_code != 101:
        raise BadValue(field="upgrade", value=core.handshake_exc, allowed="a websocket handshake, version 13")
    core.send_response(response)
    return core


def _take_over(request: web.Request, transport: asyncio.Transport, connection: Connection) -> bytes:
    http, tail = request.protocol, _Tail()
    http.set_parser(tail)  # type: ignore[arg-type]  # any object with feed_data and feed_eof serves
    transport.set_protocol(connection)
    http.transport = None  # or connection_lost would close it
    http.connection_lost(None)  # aiohttp forgets the connection: no keep-alive timer, no wait for it at shutdown
    if not transport.is_reading():
        transport.resume_reading()
    return tail.data


def _select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    if offered and _SUB not in offered:
        raise NegotiationError(f"the sub-protocol is {SUBPROTOCOL}")
    return _SUB if offered else None
