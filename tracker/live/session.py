"""One live session: what it has reached, since when it is behind, and how much it may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from tracker.errors import SanxunError
from tracker.geo.area import Area
from tracker.live.control import Wish
from tracker.live.frames import MAX_MESSAGE_BYTES, MAX_MESSAGES, MESSAGE_WINDOW_MS, Close
from tracker.live.scribe import Packet

MAX_PARTS = 10 * MAX_MESSAGES  # pings, pongs and fragments in the same window; a browser sends none


class BrokeRule(SanxunError):
    """A client of the live stream broke a rule; the message says which."""

    code = "live_rule"
    status = 400


class Sink(Protocol):
    """Where a session's bytes go: a socket, or a recording double in tests."""

    @property
    def writable(self) -> bool:
        """Whether it takes bytes now; never again after `close`."""

    @property
    def deflates(self) -> bool:
        """Whether the client takes compressed messages; settled by the handshake."""

    def write(self, wire: bytes) -> None:
        """Send finished websocket frames; never waits."""

    def close(self, code: Close, reason: str) -> None:
        """Begin the closing handshake; the sink ends by itself within a few seconds."""

    def abort(self) -> None:
        """End at once."""


@dataclass(kw_only=True, slots=True)
class Intake:
    """Counts what a client sends in windows of 10 s; a client that keeps the rule is never refused."""

    window_ms: int = 0
    messages: int = 0
    parts: int = 0

    def part(self, now_ms: int) -> None:
        """Count one frame of any kind; raises BrokeRule."""
        if now_ms - self.window_ms >= MESSAGE_WINDOW_MS:
            self.window_ms, self.messages, self.parts = now_ms, 0, 0
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise BrokeRule(f"more than {MAX_PARTS} frames in {MESSAGE_WINDOW_MS // 1000} s")

    def message(self, text: bytes) -> Wish:
        """Count and read one whole message; raises BrokeRule."""
        self.messages += 1
        if self.messages > MAX_MESSAGES:
            raise BrokeRule(f"more than {MAX_MESSAGES} messages in {MESSAGE_WINDOW_MS // 1000} s")
        if len(text) > MAX_MESSAGE_BYTES:
            raise BrokeRule(f"a message larger than {MAX_MESSAGE_BYTES} bytes")
        try:
            return msgspec.json.decode(text, type=Wish)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BrokeRule("a message must be a JSON object with a type") from None


@dataclass(kw_only=True, slots=True, eq=False)
class Session:
    """One open live session; belongs to the hub, which alone changes it."""

    account_id: int
    session_hash: bytes
    expires_at_ms: int  # 0: never
    area: Area
    sink: Sink
    roster: int  # version that the client was told
    seq: int | None = None  # reached; None: needs a snapshot
    behind_since_ms: int | None = None
    bytes_sent: int = 0
    intake: Intake = field(default_factory=Intake)

    def give(self, packet: Packet, seq: int | None) -> int:
        """Write frames after which the client has reached `seq`; returns how many bytes."""
        wire = packet.packed if self.sink.deflates else packet.plain
        self.sink.write(wire)
        self.bytes_sent += len(wire)
        self.seq = seq
        return len(wire)

    def too_slow(self, now_ms: int, limit_ms: int) -> bool:
        """Whether it has taken nothing for longer than the limit."""
        return self.behind_since_ms is not None and now_ms - self.behind_since_ms > limit_ms
