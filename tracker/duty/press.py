"""What a press of 上岗 or 下岗 does to a worker's shifts; presses may come late, twice and out of order."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tracker.duty.model import LONGEST_SHIFT_MS, OLDEST_PRESS_MS, Shift, Source
from tracker.errors import BadValue


def instant_of(at_ms: int | None, now_ms: int) -> int:
    """When the button was pressed: `at_ms`, never later than now; raises BadValue for more than eight days ago."""
    if at_ms is None or at_ms > now_ms:
        return now_ms
    if at_ms < now_ms - OLDEST_PRESS_MS:
        raise BadValue(field="at_ms", value=at_ms, allowed=f"{now_ms - OLDEST_PRESS_MS}..{now_ms} (at most 8 days ago)")
    return at_ms


def overdue(shifts: Iterable[Shift], now_ms: int) -> list[Shift]:
    """Open shifts that have reached the limit, as they look when closed by it."""
    return [
        msgspec.structs.replace(shift, ended_ms=shift.until_ms, source=Source.LIMIT)
        for shift in shifts
        if shift.ended_ms is None and shift.until_ms <= now_ms
    ]


def press_on(shifts: Iterable[Shift], worker_id: int, at_ms: int, now_ms: int) -> list[Shift]:
    """What 上岗 at this instant adds: nothing within a shift, else one that lasts until the next shift or the limit."""
    known = list(shifts)
    if any(shift.covers(at_ms) for shift in known):
        return []
    ends = [shift.started_ms for shift in known if shift.started_ms > at_ms]
    if at_ms + LONGEST_SHIFT_MS <= now_ms:
        ends.append(at_ms + LONGEST_SHIFT_MS)
    if not ends:
        return [Shift(worker_id=worker_id, started_ms=at_ms, ended_ms=None, source=Source.PHONE)]
    return [Shift(worker_id=worker_id, started_ms=at_ms, ended_ms=min(ends), source=Source.LIMIT)]


def press_off(
    shifts: Iterable[Shift], worker_id: int, at_ms: int, *, source: Source, on_by_schedule: bool
) -> list[Shift]:
    """What 下岗 at this instant changes: the shift that covers it ends there; a schedule's window gets a mark."""
    for shift in shifts:
        if shift.covers(at_ms):
            return [msgspec.structs.replace(shift, ended_ms=at_ms, source=source)]
    if on_by_schedule:
        return [Shift(worker_id=worker_id, started_ms=at_ms, ended_ms=at_ms, source=source)]
    return []
