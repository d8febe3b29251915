"""Presses that come late, twice and out of order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.duty.model import DAY_MS, HOUR_MS, LONGEST_SHIFT_MS, Shift, Source
from tracker.duty.press import instant_of, overdue, press_off, press_on
from tracker.errors import BadValue

WORKER = 17
NOW = 100 * HOUR_MS


def hours(starts: float, ends: float | None, source: Source = Source.PHONE) -> Shift:
    ended_ms = None if ends is None else int(ends * HOUR_MS)
    return Shift(worker_id=WORKER, started_ms=int(starts * HOUR_MS), ended_ms=ended_ms, source=source)


class Phone:
    """Applies presses the way the store does."""

    def __init__(self, *shifts: Shift) -> None:
        self.shifts = {shift.started_ms: shift for shift in shifts}

    def enter(self, changes: list[Shift]) -> list[Shift]:
        self.shifts |= {shift.started_ms: shift for shift in changes}
        return changes

    def on(self, hour: float) -> list[Shift]:
        self.enter(overdue(self.shifts.values(), NOW))
        return self.enter(press_on(self.shifts.values(), WORKER, int(hour * HOUR_MS), NOW))

    def off(self, hour: float, *, on_by_schedule: bool = False) -> list[Shift]:
        self.enter(overdue(self.shifts.values(), NOW))
        at_ms = int(hour * HOUR_MS)
        changes = press_off(self.shifts.values(), WORKER, at_ms, source=Source.PHONE, on_by_schedule=on_by_schedule)
        return self.enter(changes)

    def spans(self) -> list[tuple[float, float | None]]:
        known = sorted(self.shifts.values(), key=lambda shift: shift.started_ms)
        return [(s.started_ms / HOUR_MS, None if s.ended_ms is None else s.ended_ms / HOUR_MS) for s in known]


def test_press_now_opens_a_shift() -> None:
    assert press_on([], WORKER, NOW, NOW) == [hours(100, None)]


def test_pressing_on_twice_is_one_shift() -> None:
    assert press_on([hours(99, None)], WORKER, NOW, NOW) == []


def test_pressing_off_twice_changes_once() -> None:
    phone = Phone(hours(98, None))
    assert len(phone.off(99)) == 1
    assert phone.off(99) == []
    assert phone.off(99.5) == []


def test_offline_presses_in_order_give_their_shifts() -> None:
    phone = Phone()
    phone.on(90)
    phone.off(92)
    phone.on(95)
    assert phone.spans() == [(90, 92), (95, None)]


def test_offline_presses_sent_again_change_nothing() -> None:
    phone = Phone(hours(90, 92), hours(95, None))
    assert [phone.on(90), phone.off(92), phone.on(95)] == [[], [], []]


def test_late_on_before_an_open_shift_ends_where_that_begins() -> None:
    phone = Phone(hours(95, None))
    phone.on(90)
    phone.off(92)
    assert phone.spans() == [(90, 92), (95, None)]


def test_late_off_shortens_a_shift_that_the_limit_ended() -> None:
    phone = Phone(hours(80, 92, Source.LIMIT))
    phone.off(85)
    assert phone.spans() == [(80, 85)]


def test_forgotten_shift_is_closed_by_the_limit() -> None:
    assert overdue([hours(80, None), hours(95, None)], NOW) == [hours(80, 92, Source.LIMIT)]


def test_on_after_a_forgotten_shift_opens_a_new_one() -> None:
    phone = Phone(hours(80, None))
    phone.on(99)
    assert phone.spans() == [(80, 92), (99, None)]


def test_late_on_longer_ago_than_the_limit_is_closed_by_it() -> None:
    assert press_on([], WORKER, 80 * HOUR_MS, NOW) == [hours(80, 92, Source.LIMIT)]


def test_off_where_only_the_schedule_is_on_leaves_a_mark() -> None:
    phone = Phone()
    phone.off(99, on_by_schedule=True)
    assert phone.spans() == [(99, 99)]


def test_off_when_nothing_is_on_changes_nothing() -> None:
    assert Phone().off(99) == []


@given(st.lists(st.tuples(st.booleans(), st.integers(70, 100)), max_size=12))
def test_shifts_never_overlap_whatever_is_pressed(presses: list[tuple[bool, int]]) -> None:
    phone = Phone()
    for is_on, hour in presses:
        phone.on(hour) if is_on else phone.off(hour)
    known = sorted(phone.shifts.values(), key=lambda shift: shift.started_ms)
    assert all(before.until_ms <= after.started_ms for before, after in itertools.pairwise(known))
    assert all(0 <= shift.until_ms - shift.started_ms <= LONGEST_SHIFT_MS for shift in known)


@given(st.lists(st.tuples(st.booleans(), st.integers(70, 100)), min_size=1, max_size=12))
def test_every_press_sent_twice_is_as_once(presses: list[tuple[bool, int]]) -> None:
    phone = Phone()
    for is_on, hour in presses:
        phone.on(hour) if is_on else phone.off(hour)
        again = phone.on(hour) if is_on else phone.off(hour)
        assert again == []


def test_instant_is_never_later_than_now() -> None:
    assert [instant_of(at, NOW) for at in (None, NOW + 5, NOW - 5)] == [NOW, NOW, NOW - 5]


def test_press_of_more_than_eight_days_ago_is_refused() -> None:
    later = 9 * DAY_MS
    with pytest.raises(BadValue, match="at_ms"):
        instant_of(later - 8 * DAY_MS - 1, later)
    assert instant_of(later - 8 * DAY_MS, later) == DAY_MS
