"""Who is on duty at an instant, by shifts and by schedules."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from tracker.clock import LOCAL, to_ms
from tracker.duty.book import DutyBook
from tracker.duty.model import (
    DAY_MS,
    HOUR_MS,
    KEPT_MS,
    LONGEST_SHIFT_MS,
    MINUTE_MS,
    SHIFT_GRACE_MS,
    Shift,
    Source,
    Window,
)

WORKER = 17


def at(text: str) -> int:
    """Unix ms of a local time in the week that begins on Monday 2026-11-23: `1 08:00` is Monday."""
    day, clock = text.split(" ")
    hour, minute = clock.split(":")
    return to_ms(datetime(2026, 11, 22 + int(day), int(hour), int(minute), tzinfo=LOCAL))


def shift(starts: str, ends: str | None = None, source: Source = Source.PHONE) -> Shift:
    ended_ms = None if ends is None else at(ends)
    return Shift(worker_id=WORKER, started_ms=at(starts), ended_ms=ended_ms, source=source)


def book_of(*shifts: Shift, windows: tuple[Window, ...] = ()) -> DutyBook:
    book = DutyBook()
    book.put_all(shifts)
    book.set_windows(WORKER, windows)
    return book


OFFICE = (Window(weekday=1, starts=8 * 60, ends=12 * 60), Window(weekday=1, starts=14 * 60, ends=18 * 60))


def test_nobody_is_on_duty_in_an_empty_book() -> None:
    assert not DutyBook().is_on(WORKER, at("1 09:00"))


def test_closed_shift_counts_from_just_before_the_press_to_its_end() -> None:
    book = book_of(shift("1 08:00", "1 10:00"))
    first, last = at("1 08:00") - SHIFT_GRACE_MS, at("1 10:00") - 1
    assert [book.is_on(WORKER, edge) for edge in (first, last)] == [True, True]
    assert [book.is_on(WORKER, first - 1), book.is_on(WORKER, last + 1)] == [False, False]


def test_other_workers_shift_does_not_count() -> None:
    assert not book_of(shift("1 08:00")).is_on(WORKER + 1, at("1 09:00"))


def test_open_shift_ends_by_itself_at_the_limit() -> None:
    book = book_of(shift("1 08:00"))
    assert book.is_on(WORKER, at("1 20:00") - 1)
    assert not book.is_on(WORKER, at("1 20:00"))


def test_gap_between_shifts_is_off_duty() -> None:
    book = book_of(shift("1 14:00"), shift("1 08:00", "1 12:00"))
    assert [book.is_on(WORKER, at(text)) for text in ("1 09:00", "1 13:00", "1 15:00")] == [True, False, True]


def test_later_state_of_a_shift_replaces_the_earlier() -> None:
    book = book_of(shift("1 08:00"), shift("1 08:00", "1 09:00"))
    assert not book.is_on(WORKER, at("1 10:00"))
    assert list(book.candidates()) == []


def test_schedule_counts_with_ten_minutes_of_grace() -> None:
    book = book_of(windows=OFFICE)
    on = ["1 07:50", "1 08:00", "1 12:00", "1 12:09", "1 13:50", "1 17:59"]
    off = ["1 07:49", "1 12:10", "1 13:49", "1 18:10", "2 09:00", "7 09:00"]
    assert [book.is_on(WORKER, at(text)) for text in on] == [True] * len(on)
    assert [book.is_on(WORKER, at(text)) for text in off] == [False] * len(off)


def test_schedule_reaches_over_the_turn_of_the_week() -> None:
    book = book_of(windows=(Window(weekday=7, starts=20 * 60, ends=1440), Window(weekday=1, starts=0, ends=60)))
    assert book.is_on(WORKER, at("7 23:59"))
    assert book.is_on(WORKER, at("8 00:59"))
    assert book_of(windows=(Window(weekday=1, starts=0, ends=60),)).is_on(WORKER, at("7 23:50"))
    assert book_of(windows=(Window(weekday=7, starts=1380, ends=1440),)).is_on(WORKER, at("8 00:09"))


def test_going_off_inside_a_window_ends_that_window_only() -> None:
    book = book_of(shift("1 09:00", "1 09:00", Source.SUPERVISOR), windows=OFFICE)
    expected = {"1 08:30": True, "1 09:01": False, "1 12:05": False, "1 14:00": True}
    assert {text: book.is_on(WORKER, at(text)) for text in expected} == expected


def test_going_off_early_before_a_window_keeps_the_window() -> None:
    book = book_of(shift("1 06:00", "1 07:55"), windows=OFFICE)
    assert not book.is_on(WORKER, at("1 07:57"))
    assert book.is_on(WORKER, at("1 08:00"))
    assert book.state(WORKER, at("1 08:00")).on


def test_going_on_again_inside_a_window_counts() -> None:
    book = book_of(shift("1 09:00", "1 09:00"), shift("1 10:00"), windows=OFFICE)
    assert book.is_on(WORKER, at("1 10:30"))


def test_shift_ended_by_the_limit_does_not_end_a_window() -> None:
    book = book_of(shift("1 03:00", "1 15:00", Source.LIMIT), windows=OFFICE)
    assert book.is_on(WORKER, at("1 16:00"))


def test_state_tells_since_until_and_source() -> None:
    state = book_of(shift("1 08:00")).state(WORKER, at("1 09:00"))
    expected = (True, at("1 08:00"), at("1 08:00") + LONGEST_SHIFT_MS, Source.PHONE)
    assert (state.on, state.since_ms, state.until_ms, state.source) == expected


def test_state_has_no_grace() -> None:
    book = book_of(shift("1 06:00", "1 07:00"), windows=OFFICE)
    assert [book.state(WORKER, at(text)).on for text in ("1 07:00", "1 07:55", "1 12:00")] == [False] * 3


def test_state_by_schedule_tells_the_window() -> None:
    state = book_of(windows=OFFICE).state(WORKER, at("1 09:30"))
    assert (state.since_ms, state.until_ms, state.source) == (at("1 08:00"), at("1 12:00"), Source.SCHEDULE)


def test_old_shifts_are_forgotten_and_recent_ones_kept() -> None:
    old, recent = shift("1 08:00", "1 10:00"), shift("3 08:00", "3 10:00")
    book = book_of(old, recent)
    book.forget_before(at("1 10:00") + KEPT_MS + 1)
    assert not book.is_on(WORKER, at("1 09:00"))
    assert book.is_on(WORKER, at("3 09:00"))


@given(
    st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=20, unique=True),
    st.integers(0, 60 * 60),
    st.integers(-7, 7),
)
def test_book_agrees_with_a_search_over_all_shifts(cuts: list[int], minute: int, second: int) -> None:
    hours = sorted(cuts)
    shifts = [
        Shift(worker_id=WORKER, started_ms=start * HOUR_MS, ended_ms=end * HOUR_MS, source=Source.PHONE)
        for start, end in zip(hours[::2], hours[1::2], strict=False)
    ]
    at_ms = minute * MINUTE_MS + second * 1000
    expected = any(s.started_ms - SHIFT_GRACE_MS <= at_ms < (s.ended_ms or 0) for s in shifts)
    book = book_of(*shifts)
    assert book.is_on(WORKER, at_ms) is expected
    assert book.is_told_on(WORKER, at_ms) is book.state(WORKER, at_ms).on is any(s.covers(at_ms) for s in shifts)


def test_asking_takes_microseconds_in_a_full_book() -> None:
    week = tuple(Window(weekday=day, starts=hour * 60, ends=hour * 60 + 240) for day in range(1, 8) for hour in (8, 14))
    book = book_of(windows=week)
    for number in range(24):
        starts = at("1 08:00") - number * 8 * HOUR_MS
        book.put(Shift(worker_id=WORKER, started_ms=starts, ended_ms=starts + HOUR_MS, source=Source.PHONE))
    instants = [at("1 16:00") - number * DAY_MS // 7 for number in range(1000)]
    began = perf_counter()
    for at_ms in instants:
        book.is_on(WORKER, at_ms)
    assert (perf_counter() - began) / len(instants) < 200e-6  # about 3 us on a quiet machine


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=4),
    st.integers(0, 60),
    st.integers(0, 30),
)
def test_throughout_means_at_every_instant(parts: list[tuple[int, int]], first_s: int, length_s: int) -> None:
    book, free_s = DutyBook(), 0
    for gap_s, long_s in parts:
        start_s = free_s + gap_s
        free_s = start_s + long_s
        book.put(Shift(worker_id=1, started_ms=start_s * 1000, ended_ms=free_s * 1000, source=Source.PHONE))
    first_ms, last_ms = first_s * 1000, (first_s + length_s) * 1000
    if book.is_on_throughout(1, first_ms, last_ms):
        assert all(book.is_on(1, at_ms) for at_ms in range(first_ms, last_ms + 1, 500))
    elif length_s == 0 and not book.windows_of(1):
        assert not book.is_on(1, first_ms)
