"""What travels on the bus: batches that are already durable, and duty changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """The newest committed fix of one worker in one commit, for the live map; times in Unix ms.

    Sent for every worker of a commit whose fix is newer than what was stored before: the dot only moves forward.
    """

    worker_id: int
    recorded_at_ms: int
    received_at_ms: int
    lat_e7: int
    lon_e7: int
    accuracy_dm: int | None
    speed_cms: int | None
    bearing_cdeg: int | None
    battery: int | None
    flags: int


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One newly stored segment; `data` is its packed form (tracker/tracks/segment.py)."""

    worker_id: int
    started_at_ms: int
    received_at_ms: int
    data: bytes


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One commit: when it became durable, the newest fix of each worker in it, and all that was stored.

    `mark` is the commit's row in commit_mark (tracker/tracks/marks.py); 0 where no other process has to know of it.
    """

    committed_at_ms: int
    fixes: int
    newest: list[Committed]
    segments: list[Stored] = []
    mark: int = 0


class DutyChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A worker went on or off duty."""

    worker_id: int
    on: bool
    at_ms: int


class AreaEvent(msgspec.Struct, frozen=True, kw_only=True):
    """News for the people who watch an area: one thing at `area_code`, or many `parts`, each with its own code.

    Every audience gets one message of this kind: `data`, and under "grids" those of the parts that lie in its area.
    """

    kind: str
    data: dict[str, Any]
    area_code: str = ""
    parts: list[tuple[str, dict[str, Any]]] = []


def department_place(department: str, area: str) -> str:
    """The code of a part that is for one department's people: `area` may be a prefix, as everywhere."""
    return f"department:{department.encode().hex()};{area}"


Message = Batch | DutyChanged | AreaEvent
Reader = Callable[[Message], None]


class Bus(Protocol):
    """One small interface, in process or between machines; publishing never waits and never fails for a reader."""

    def publish(self, message: Message) -> None:
        """Give a durable change to every reader."""

    def subscribe(self, name: str, reader: Reader) -> None:
        """Call `reader` with every message from now on; it must return at once."""
