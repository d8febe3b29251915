"""The text messages of docs/live.md: what the server says, and what a client may say."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.jsonio import encode
from tracker.live.frames import Close

RETRY_STEP_MS = 37  # successive goodbyes tell clients to return at different times
RETRY_SPREAD_MS = 2500
RETRY_MS = {
    Close.STOPPING: 500,
    Close.BROKE_RULE: 30_000,
    Close.SESSION_ENDED: 0,
    Close.TOO_SLOW: 1000,
    Close.TOO_MANY: 30_000,
}


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """The first message of a session."""

    epoch: str
    seq: int
    server_time_ms: int
    tick_ms: int
    heartbeat_ms: int
    area: str
    workers: int
    stale_s: int
    offline_s: int
    roster: int


class Wish(msgspec.Struct, frozen=True):
    """A message of a client; unknown types are ignored, as the server may be the older one."""

    type: str


def hello(message: Hello) -> bytes:
    """The hello as JSON."""
    return msgspec.json.encode(message)


def roster(version: int) -> bytes:
    """Tell that names, grids or roles changed."""
    return encode({"type": "roster", "version": version})


def event(kind: str, data: dict[str, Any]) -> bytes:
    """Tell people something that happened."""
    return encode({"type": "event", "kind": kind, "data": data})


def bye(code: Close, reason: str, *, number: int) -> bytes:
    """Tell that the server is about to close; `number` (any) spreads the times at which clients return."""
    spread = number * RETRY_STEP_MS % RETRY_SPREAD_MS if code is Close.STOPPING else 0
    return encode({"type": "bye", "reason": reason, "retry_ms": RETRY_MS[code] + spread})
