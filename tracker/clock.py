"""Time enters the program here: aware UTC instants, Unix milliseconds, and the county's local day."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")  # China has one zone and no daylight saving time since 1991
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
LOCAL_AHEAD_MS = 8 * 3_600_000
NowMs = Callable[[], int]  # what rooms take as an argument, so that tests own the time


def now_ms() -> int:
    """The present instant in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def to_datetime(ms: int) -> datetime:
    """An aware UTC datetime of Unix milliseconds, exact to the millisecond."""
    return EPOCH + timedelta(milliseconds=ms)


def to_ms(moment: datetime) -> int:
    """Unix milliseconds of an aware datetime, rounded down; a naive one raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment.isoformat()}: a zone is required")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def local_day(ms: int) -> date:
    """The calendar day in the county (Asia/Shanghai) of Unix milliseconds."""
    return to_datetime(ms).astimezone(LOCAL).date()


def day_number(ms: int) -> int:
    """Counts local days: equal for two instants of one local day; cheaper than `local_day`."""
    return (ms + LOCAL_AHEAD_MS) // DAY_MS


def day_start_ms(day: date) -> int:
    """Unix milliseconds of local midnight that begins `day`."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=LOCAL))
