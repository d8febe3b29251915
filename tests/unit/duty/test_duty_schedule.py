"""Weekly schedules as they are sent."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.duty.model import MINUTE_MS, Window
from tracker.duty.schedule import MOST_WINDOWS, WindowBody, bounds_at, clock_of, minute_of, read_windows
from tracker.errors import BadValue


def body(weekday: int, starts: str, ends: str) -> WindowBody:
    return WindowBody(weekday=weekday, starts=starts, ends=ends)


def test_windows_are_read_and_ordered() -> None:
    windows = read_windows([body(2, "08:00", "12:30"), body(1, "20:00", "24:00")])
    assert windows == [Window(weekday=1, starts=1200, ends=1440), Window(weekday=2, starts=480, ends=750)]


def test_adjacent_windows_do_not_overlap() -> None:
    assert len(read_windows([body(1, "08:00", "12:00"), body(1, "12:00", "18:00")])) == 2


@pytest.mark.parametrize(
    ("bodies", "field"),
    [
        ([body(0, "08:00", "12:00")], "windows[0].weekday"),
        ([body(8, "08:00", "12:00")], "windows[0].weekday"),
        ([body(1, "8:00", "12:00")], "windows[0].starts"),
        ([body(1, "08:00", "24:01")], "windows[0].ends"),
        ([body(1, "08:00", "12:60")], "windows[0].ends"),
        ([body(1, "12:00", "12:00")], "windows[0].ends"),
        ([body(1, "22:00", "06:00")], "windows[0].ends"),
        ([body(1, "08:00", "12:00"), body(1, "11:59", "18:00")], "windows[1]"),
        ([body(1, "08:00", "18:00"), body(1, "09:00", "10:00")], "windows[1]"),
        ([body(day % 7 + 1, "08:00", "09:00") for day in range(MOST_WINDOWS + 1)], "windows"),
    ],
)
def test_wrong_schedule_names_its_window(bodies: list[WindowBody], field: str) -> None:
    with pytest.raises(BadValue) as refused:
        read_windows(bodies)
    assert refused.value.field == field


@given(st.integers(0, 1440))
def test_clock_and_minute_are_inverse(minute: int) -> None:
    assert minute_of(clock_of(minute), "starts") == minute


@given(st.text(max_size=6))
def test_any_text_is_a_minute_or_refused(text: str) -> None:
    with contextlib.suppress(BadValue):
        assert 0 <= minute_of(text, "starts") <= 1440


@given(st.integers(0, 1 << 42), st.integers(0, 1380), st.integers(1, 7))
def test_bounds_hold_the_instant_and_have_the_windows_length(at_ms: int, starts: int, weekday: int) -> None:
    window = Window(weekday=weekday, starts=starts, ends=starts + 60)
    for start_ms, end_ms in bounds_at([window], at_ms):
        assert start_ms - 10 * MINUTE_MS <= at_ms < end_ms + 10 * MINUTE_MS
        assert end_ms - start_ms == 60 * MINUTE_MS
