"""A worker's last fixes, and what they say about the next: impossible speed, or coordinates that never move."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tracker.tracks.model import Flag

JUMP_MPS = 40.0  # 144 km/h: no car on a village road; a motorway gives a flag, not a loss
JUMP_AT_ONCE_M = 100.0  # two location providers of one phone, asked at the same moment, differ by tens of metres
AT_ONCE_MS = 1_000
FROZEN_MS = 300_000  # a real receiver at rest wanders within minutes
FROZEN_FIXES = 4
TAIL_FIXES = 8  # enough to find the neighbour of a fix that comes a few uploads late

_JUMP = int(Flag.JUMP)
_FROZEN = int(Flag.FROZEN)
_METRES_PER_E7 = 0.011_131_9  # of latitude; the sphere's 0.3 % do not matter for a threshold
JUMP_E7_PER_MS = JUMP_MPS / 1000 / _METRES_PER_E7
JUMP_AT_ONCE_E7 = JUMP_AT_ONCE_M / _METRES_PER_E7
_RADIANS_PER_E7 = math.radians(1e-7)

Point = tuple[int, int, int]  # recorded_at_ms, lat_e7, lon_e7


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a worker between two uploads; losing it costs flags, never fixes."""

    points: tuple[Point, ...] = ()  # the last TAIL_FIXES in order of time
    still_since_ms: int = 0  # the newest point's coordinates have been the same since then ...
    still_fixes: int = 0  # ... over so many measured fixes at different times


NO_TAIL = Tail()


class Trail:
    """Walks along a worker's fixes in order of time, those of the tail among them."""

    __slots__ = ("_before", "_last", "_seen", "_still_fixes", "_still_since_ms", "_tail")

    def __init__(self, tail: Tail, new: Sequence[Point]) -> None:
        """`new` are the points to come, sorted."""
        self._tail = tail
        self._seen: list[Point] = []  # new fixes so far
        self._before: list[Point] = []  # points of the tail that are not behind us yet
        self._last: Point | None = None
        self._still_since_ms = self._still_fixes = 0
        if not tail.points or not new:
            return
        if new[0][0] > tail.points[-1][0]:
            self._last = tail.points[-1]
            self._still_since_ms, self._still_fixes = tail.still_since_ms, tail.still_fixes
        else:
            self._before = _without(tail.points, new)

    def step(self, point: Point, *, measured: bool) -> int:
        """Go on to the next new fix and return its doubts, JUMP and FROZEN; `measured` if it has an accuracy."""
        while self._before and self._before[0] <= point:
            self._go(self._before.pop(0), measured=False)
        self._seen.append(point)
        return self._go(point, measured=measured)

    def tail(self) -> Tail:
        """What to remember now."""
        old, points = self._tail, tuple(self._seen[-TAIL_FIXES:])
        if not points:
            return old
        if old.points and points[0] <= old.points[-1]:
            points = tuple(sorted({*old.points, *points}))
        elif len(points) < TAIL_FIXES:
            points = old.points + points
        points = points[-TAIL_FIXES:]
        still = old if old.points and points[-1] == old.points[-1] else None
        return Tail(
            points=points,
            still_since_ms=still.still_since_ms if still else self._still_since_ms,
            still_fixes=still.still_fixes if still else self._still_fixes,
        )

    def _go(self, point: Point, *, measured: bool) -> int:
        last, self._last = self._last, point
        at_ms, lat, lon = point
        if last is None:
            self._still_since_ms, self._still_fixes = at_ms, int(measured)
            return 0
        last_ms, last_lat, last_lon = last
        if lat != last_lat or lon != last_lon or not measured:
            self._still_since_ms, self._still_fixes = at_ms, int(measured)
            return _JUMP if is_jump(at_ms - last_ms, lat - last_lat, lon - last_lon, lat) else 0
        if not self._still_fixes:
            self._still_since_ms, self._still_fixes = at_ms, 1
        elif at_ms > last_ms:
            self._still_fixes += 1
        return _FROZEN if self._still_fixes >= FROZEN_FIXES and at_ms - self._still_since_ms >= FROZEN_MS else 0


def is_jump(after_ms: int, north_e7: int, east_e7: int, lat_e7: int) -> bool:
    """Whether a move in so much time is faster than JUMP_MPS; within a second it must also exceed JUMP_AT_ONCE_M.

    Flat geometry: good for the distances at which the answer is in doubt, not across longitude 180.
    """
    allowed_e7 = JUMP_AT_ONCE_E7 if after_ms < AT_ONCE_MS else after_ms * JUMP_E7_PER_MS
    if abs(north_e7) + abs(east_e7) <= allowed_e7:
        return False
    return math.hypot(north_e7, east_e7 * math.cos(lat_e7 * _RADIANS_PER_E7)) > allowed_e7


def _without(points: Sequence[Point], new: Sequence[Point]) -> list[Point]:
    """Points of the tail that are not among the new fixes (a message sent again brings the same)."""
    again = set(new)
    return [point for point in points if point not in again]
