"""Weekly windows: read from a request with errors that say which, and looked up for an instant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from tracker.duty.model import DAY_MS, HOUR_MS, MINUTE_MS, SCHEDULE_GRACE_MS, Window
from tracker.errors import BadValue

MOST_WINDOWS = 14  # morning and afternoon of each day
WEEK_MS = 7 * DAY_MS
_TO_LOCAL_WEEK_MS = 8 * HOUR_MS + 3 * DAY_MS  # Asia/Shanghai; 1970-01-01 was a Thursday
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_TIME_ALLOWED = "HH:MM, 00:00..24:00"


class WindowBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One window as it is sent: `weekday` 1 (Monday)..7, times `HH:MM` in Asia/Shanghai, `ends` up to `24:00`."""

    weekday: int
    starts: str
    ends: str


def read_windows(bodies: Sequence[WindowBody]) -> list[Window]:
    """The windows in order; raises BadValue (field `windows[i]…`) for wrong, empty, overlapping or too many ones."""
    if len(bodies) > MOST_WINDOWS:
        raise BadValue(field="windows", value=len(bodies), allowed=f"at most {MOST_WINDOWS} windows a week")
    windows = [_read(body, f"windows[{index}]") for index, body in enumerate(bodies)]
    for index, window in enumerate(windows):
        for earlier in windows[:index]:
            if earlier.weekday == window.weekday and earlier.starts < window.ends and window.starts < earlier.ends:
                value = f"weekday {window.weekday} {clock_of(window.starts)}-{clock_of(window.ends)}"
                allowed = f"a window that does not overlap {clock_of(earlier.starts)}-{clock_of(earlier.ends)}"
                raise BadValue(field=f"windows[{index}]", value=value, allowed=allowed)
    return sorted(windows)


def clock_of(minute: int) -> str:
    """`HH:MM` of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minute_of(text: str, field: str) -> int:
    """Minute of the day of `HH:MM`; raises BadValue."""
    if not _TIME.fullmatch(text):
        raise BadValue(field=field, value=text, allowed=_TIME_ALLOWED)
    return int(text[:2]) * 60 + int(text[3:])


def bounds_at(windows: Sequence[Window], at_ms: int, grace_ms: int = SCHEDULE_GRACE_MS) -> Iterator[tuple[int, int]]:
    """Start and end (Unix ms, without the grace) of each window that holds this instant, widened by the grace."""
    week_ms = (at_ms + _TO_LOCAL_WEEK_MS) % WEEK_MS
    for window in windows:
        day_ms = (window.weekday - 1) * DAY_MS
        start_ms = day_ms + window.starts * MINUTE_MS
        # Sunday night's grace reaches into Monday and the other way round, hence the turn of the week.
        since_ms = (week_ms - start_ms + grace_ms) % WEEK_MS - grace_ms
        length_ms = (window.ends - window.starts) * MINUTE_MS
        if since_ms < length_ms + grace_ms:
            yield at_ms - since_ms, at_ms - since_ms + length_ms


def _read(body: WindowBody, field: str) -> Window:
    if not 1 <= body.weekday <= 7:
        raise BadValue(field=f"{field}.weekday", value=body.weekday, allowed="1 (Monday)..7 (Sunday)")
    starts, ends = minute_of(body.starts, f"{field}.starts"), minute_of(body.ends, f"{field}.ends")
    if ends <= starts:
        allowed = f"later than starts ({body.starts}); a night is two windows, up to 24:00 and from 00:00"
        raise BadValue(field=f"{field}.ends", value=body.ends, allowed=allowed)
    return Window(weekday=body.weekday, starts=starts, ends=ends)
