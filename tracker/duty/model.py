"""Shifts, weekly windows and the state of one worker's duty."""

from __future__ import annotations

from enum import StrEnum

import msgspec

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

LONGEST_SHIFT_MS = 12 * HOUR_MS  # a forgotten 下岗 must not track a worker through the night
OLDEST_PRESS_MS = 8 * DAY_MS  # a phone may have been without network for a week
KEPT_MS = OLDEST_PRESS_MS + LONGEST_SHIFT_MS  # how far back shifts are in memory
SHIFT_GRACE_MS = 5_000  # before the press only: the fix that goes with it may be a moment older; none after 下岗
SCHEDULE_GRACE_MS = 10 * MINUTE_MS  # nobody starts work on the minute


class Source(StrEnum):
    """Who opened a shift that is open, or who ended one that is over."""

    PHONE = "phone"
    SUPERVISOR = "supervisor"
    LIMIT = "limit"
    SCHEDULE = "schedule"  # never stored: the weekly schedule says so


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One shift, Unix ms. One of no length stands for "off duty" pressed where only the schedule was on."""

    worker_id: int
    started_ms: int
    ended_ms: int | None  # None: still open
    source: Source

    @property
    def until_ms(self) -> int:
        """When it ended, or when it will end by itself."""
        return self.started_ms + LONGEST_SHIFT_MS if self.ended_ms is None else self.ended_ms

    def covers(self, at_ms: int) -> bool:
        """Whether the worker was on duty at this instant by this shift, without any grace."""
        return self.started_ms <= at_ms < self.until_ms

    @property
    def was_told(self) -> bool:
        """Whether a person said that duty ended, rather than the limit."""
        return self.ended_ms is not None and self.source is not Source.LIMIT


class Window(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One window of a weekly schedule in minutes of the local day, `ends` up to 1440 and exclusive; ISO weekday."""

    weekday: int
    starts: int
    ends: int


class DutyState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a worker is on duty now; `since_ms` and `until_ms` are None when off."""

    on: bool
    since_ms: int | None = None
    until_ms: int | None = None
    source: Source | None = None


OFF = DutyState(on=False)
