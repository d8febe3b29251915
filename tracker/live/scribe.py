"""Writes the board's changes for one audience as finished websocket frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker.live import frames
from tracker.live.board import Board
from tracker.live.frames import Kind


@dataclass(frozen=True, slots=True)
class Packet:
    """Finished websocket frames: `packed` for clients that take compressed messages, `plain` for the others.

    Made once, written to every session: compressing costs a session nothing (tests/bench/fanout.py).
    """

    plain: bytes
    packed: bytes

    def __add__(self, other: Packet) -> Packet:
        return Packet(self.plain + other.plain, self.packed + other.packed)

    def __bool__(self) -> bool:
        return bool(self.plain)


NOTHING = Packet(b"", b"")

Wrap = Callable[[bytes], Packet]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """How a message becomes a websocket frame; the same bytes go to every session."""

    binary: Wrap
    text: Wrap


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """Finished bytes, and what they hold."""

    wire: Packet
    kind: Kind
    count: int
    oldest_commit_ms: int = 0


class Scribe:
    """Encodes for audiences, known by the prefix of their grid codes."""

    def __init__(self, board: Board, wire: Wire) -> None:
        self._board = board
        self._wire = wire

    def snapshot(self, prefix: str, *, to_seq: int, now_ms: int) -> Made:
        """Everybody in the audience."""
        records = self._board.snapshot(prefix).records
        body = frames.encode(Kind.SNAPSHOT, records, from_seq=0, to_seq=to_seq, time_ms=now_ms, lag_ms=0)
        return Made(wire=self._wire.binary(body), kind=Kind.SNAPSHOT, count=len(records))

    def delta(self, prefix: str, *, from_seq: int, to_seq: int, now_ms: int) -> Made:
        """Everybody in the audience who changed after `from_seq`; may hold nobody."""
        changes = self._board.records_after(from_seq, prefix)
        oldest_ms, count = changes.oldest_commit_ms, len(changes.records)
        lag_ms = now_ms - oldest_ms if oldest_ms else 0
        body = frames.encode(
            Kind.DELTA, changes.records, from_seq=from_seq, to_seq=to_seq, time_ms=now_ms, lag_ms=lag_ms
        )
        return Made(wire=self._wire.binary(body), kind=Kind.DELTA, count=count, oldest_commit_ms=oldest_ms)

    def heartbeat(self, *, from_seq: int, to_seq: int, now_ms: int) -> Made:
        """A sign of life."""
        body = frames.heartbeat(from_seq=from_seq, to_seq=to_seq, time_ms=now_ms)
        return Made(wire=self._wire.binary(body), kind=Kind.HEARTBEAT, count=0)

    def text(self, message: bytes) -> Packet:
        """A text message."""
        return self._wire.text(message)
