from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.worktime import (
    DAY_MS,
    YELLOW,
    Light,
    Plan,
    Unit,
    WorkCalendar,
    advance,
    deadline,
    elapsed,
    light,
    read_plan,
    used,
)
from tracker.clock import LOCAL, to_datetime, to_ms
from tracker.errors import BadValue

# Working hours 08:30-12:00 and 13:30-18:00: 3.5 h + 4.5 h = 8 h a day, lunch of 90 minutes.
# National Day 2026 (1-7 October rest; 20 September and 10 October worked) and New Year 2027, entered as data.
HOURS = ((510, 720), (810, 1080))
REST = [date(2026, 10, day) for day in range(1, 8)] + [date(2027, 1, day) for day in (1, 2, 3)]
WORKED = [date(2026, 9, 20), date(2026, 10, 10), date(2027, 1, 4)]
OFFICE = WorkCalendar(
    plans=(Plan(begins=date(2000, 1, 1), weekdays=frozenset({1, 2, 3, 4, 5}), hours=HOURS),),
    special=dict.fromkeys(REST, False) | dict.fromkeys(WORKED, True),
)
M, H, D, N = Unit.MINUTE, Unit.WORK_HOUR, Unit.WORK_DAY, Unit.NATURAL_DAY


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=LOCAL))


def shown(ms: int) -> str:
    return to_datetime(ms).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")


# Every row was computed by hand; 2026-11-23 is a Monday, 2026-09-28 too.
BY_HAND = [
    # minutes run day and night
    (M, "2026-11-23 23:50:00", 30, "2026-11-24 00:20:00"),  # over midnight
    (M, "2026-12-31 23:59:30", 1, "2027-01-01 00:00:30"),  # over the year's end
    (M, "2026-10-03 12:00:00", 60, "2026-10-03 13:00:00"),  # in a holiday: emergencies know none
    # natural days are 24 hours
    (N, "2026-11-28 10:00:00", 3, "2026-12-01 10:00:00"),  # over a weekend and a month's end
    (N, "2026-12-20 09:15:20", 15, "2027-01-04 09:15:20"),  # 11 days to the 31st, 4 more
    (N, "2028-02-28 08:00:00", 2, "2028-03-01 08:00:00"),  # 29 February 2028 exists
    # working hours inside one interval
    (H, "2026-11-23 08:30:00", 1, "2026-11-23 09:30:00"),
    (H, "2026-11-23 09:00:07", 2, "2026-11-23 11:00:07"),  # seconds are kept
    (H, "2026-11-23 13:30:00", 4, "2026-11-23 17:30:00"),
    # lunch: 12:00-13:30 does not count
    (H, "2026-11-23 11:00:00", 2, "2026-11-23 14:30:00"),  # 1 h before lunch, 1 h after
    (H, "2026-11-23 11:00:00", 1, "2026-11-23 12:00:00"),  # ends with the morning, not at 13:30
    (H, "2026-11-23 12:20:00", 1, "2026-11-23 14:30:00"),  # reported at lunch: begins 13:30
    (H, "2026-11-23 11:59:59", 1, "2026-11-23 14:29:59"),  # 1 s before lunch, 59:59 after
    # before and after work
    (H, "2026-11-23 06:00:00", 1, "2026-11-23 09:30:00"),  # begins 08:30
    (H, "2026-11-23 18:00:00", 1, "2026-11-24 09:30:00"),  # the day is over: begins next morning
    (H, "2026-11-23 17:30:00", 1, "2026-11-24 09:00:00"),  # half an hour today, half an hour tomorrow
    (H, "2026-11-23 08:30:00", 8, "2026-11-23 18:00:00"),  # exactly the day
    (H, "2026-11-23 08:30:00", 9, "2026-11-24 09:30:00"),
    # weekend: 28 and 29 November 2026 are Saturday and Sunday
    (H, "2026-11-27 17:00:00", 4, "2026-11-30 11:30:00"),  # Friday 1 h, Monday 3 h from 08:30
    (H, "2026-11-28 10:00:00", 2, "2026-11-30 10:30:00"),  # reported on Saturday: begins Monday 08:30
    (
        D,
        "2026-11-27 15:00:00",
        1,
        "2026-11-30 15:00:00",
    ),  # Friday 3 h, Monday 5 h = 3.5 + 1.5 after 13:30
    # working days
    (D, "2026-11-23 10:00:00", 1, "2026-11-24 10:00:00"),
    (D, "2026-11-24 15:00:00", 3, "2026-11-27 15:00:00"),
    (D, "2026-11-23 08:30:00", 1, "2026-11-23 18:00:00"),  # a whole day from its beginning ends with it
    (D, "2026-11-23 07:00:00", 5, "2026-11-27 18:00:00"),  # Monday to Friday
    (D, "2026-11-23 20:00:00", 5, "2026-11-30 18:00:00"),  # Tuesday to Friday are 4, Monday is the fifth
    # National Day 2026: Wednesday 30 September, rest 1-7 October, Thursday 8, Friday 9, worked Saturday 10
    (H, "2026-09-30 17:00:00", 2, "2026-10-08 09:30:00"),  # 1 h before, 1 h after seven days of rest
    (D, "2026-09-30 10:00:00", 1, "2026-10-08 10:00:00"),
    (D, "2026-09-30 10:00:00", 3, "2026-10-10 10:00:00"),  # 8, 9, and the worked Saturday 10
    (D, "2026-10-09 10:00:00", 2, "2026-10-12 10:00:00"),  # Saturday 10 worked, Sunday 11 rest, Monday 12
    (H, "2026-09-18 16:00:00", 4, "2026-09-20 10:30:00"),  # Friday 2 h, Saturday rest, worked Sunday 2 h
    (D, "2026-10-02 09:00:00", 1, "2026-10-08 18:00:00"),  # in the holiday: the whole of 8 October
    # year's end: Thursday 31 December 2026; 1 (Friday) to 3 January 2027 rest; Monday 4 worked
    (H, "2026-12-31 17:30:00", 1, "2027-01-04 09:00:00"),
    (D, "2026-12-31 12:00:00", 1, "2027-01-04 12:00:00"),  # 4.5 h left on the 31st, 3.5 h on the 4th: until 12:00
    (D, "2026-12-30 13:00:00", 2, "2027-01-04 12:00:00"),  # at lunch: as at 13:30, 4.5 h; the 31st 8 h; the 4th 3.5 h
    # 09:30 leaves 7 h; 80 h = 7 + 9 x 8 + 1; after the 28th: 29, 30, 31, 4 .. 8, 11 are nine; the hour is on the 12th
    (D, "2026-12-28 09:30:00", 10, "2027-01-12 09:30:00"),
]


@pytest.mark.parametrize(("unit", "start", "amount", "end"), BY_HAND)
def test_deadlines_are_those_computed_by_hand(unit: Unit, start: str, amount: int, end: str) -> None:
    assert shown(advance(OFFICE, unit, at(start), amount)) == end


@pytest.mark.parametrize(("unit", "start", "amount", "end"), BY_HAND)
def test_the_time_to_a_deadline_is_its_limit(unit: Unit, start: str, amount: int, end: str) -> None:
    assert elapsed(OFFICE, unit, at(start), at(end)) == amount


def test_there_are_enough_rows() -> None:
    assert len(BY_HAND) >= 25


def test_a_pause_moves_the_deadline_by_its_working_time() -> None:
    # 8 h from Monday 08:30; paused 10:30 (2 h used) to Wednesday 14:30: 6 h left = 3.5 h to 18:00, 2.5 h Thursday.
    pause = [(at("2026-11-23 10:30:00"), at("2026-11-25 14:30:00"))]
    assert shown(deadline(OFFICE, H, at("2026-11-23 08:30:00"), 8, pause) or 0) == "2026-11-26 11:00:00"


def test_two_pauses_both_count() -> None:
    # 4 h from 08:30: 1 h until 09:30, paused to 10:30, 1 h until 11:30, paused to 14:00, 2 h until 16:00.
    pauses = [
        (at("2026-11-23 09:30:00"), at("2026-11-23 10:30:00")),
        (at("2026-11-23 11:30:00"), at("2026-11-23 14:00:00")),
    ]
    assert shown(deadline(OFFICE, H, at("2026-11-23 08:30:00"), 4, pauses) or 0) == "2026-11-23 16:00:00"
    assert used(OFFICE, H, at("2026-11-23 08:30:00"), at("2026-11-23 16:00:00"), pauses) == 4


def test_an_open_pause_has_no_deadline() -> None:
    assert deadline(OFFICE, H, at("2026-11-23 08:30:00"), 8, [(at("2026-11-23 10:30:00"), None)]) is None


def test_a_pause_after_the_deadline_changes_nothing() -> None:
    late = [(at("2026-11-23 17:00:00"), None)]
    assert shown(deadline(OFFICE, H, at("2026-11-23 08:30:00"), 2, late) or 0) == "2026-11-23 10:30:00"


def test_time_in_a_pause_is_not_used() -> None:
    pause = [(at("2026-11-23 09:30:00"), None)]
    assert used(OFFICE, H, at("2026-11-23 08:30:00"), at("2026-11-27 18:00:00"), pause) == 1


def test_summer_hours_hold_from_their_day() -> None:
    summer = Plan(begins=date(2026, 6, 1), weekdays=frozenset({1, 2, 3, 4, 5}), hours=((510, 720), (900, 1140)))
    calendar = WorkCalendar(plans=(*OFFICE.plans, summer))
    # Friday 29 May 17:00 leaves 1 h; Monday 1 June: 3.5 h in the morning, the rest from 15:00 on: 0.5 h.
    assert shown(advance(calendar, H, at("2026-05-29 17:00:00"), 5)) == "2026-06-01 15:30:00"


def test_a_working_day_is_one_however_long() -> None:
    short = Plan(begins=date(2026, 6, 1), weekdays=frozenset({1, 2, 3, 4, 5}), hours=((540, 780),))  # 09:00-13:00
    calendar = WorkCalendar(plans=(*OFFICE.plans, short))
    # Friday 14:30: 3.5 of 8 h are left, 7/16 of a day; Monday needs 9/16 of 4 h = 2 h 15 min.
    assert shown(advance(calendar, D, at("2026-05-29 14:30:00"), 1)) == "2026-06-01 11:15:00"


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-11-23 15:11:59", Light.GREEN),
        ("2026-11-23 15:12:00", Light.YELLOW),
        ("2026-11-23 16:30:00", Light.YELLOW),
        ("2026-11-23 16:30:01", Light.RED),
    ],
)
def test_lights_change_at_80_and_100_percent(now: str, wanted: Light) -> None:
    start = at("2026-11-23 08:30:00")  # a limit of 6.5 h: 3.5 h until lunch and 3 h after 13:30; 80 % are 5.2 h
    yellow, red = advance(OFFICE, H, start, YELLOW * Fraction(13, 2)), advance(OFFICE, H, start, Fraction(13, 2))
    assert light(at(now), yellow, red) is wanted


def test_a_paused_clock_shows_no_light() -> None:
    assert light(at("2026-11-23 09:00:00"), None, None) is None


def test_a_calendar_without_work_is_told() -> None:
    nothing = WorkCalendar(plans=(Plan(begins=date(2200, 1, 1), weekdays=frozenset({1}), hours=HOURS),))
    with pytest.raises(BadValue, match="calendar"):
        advance(nothing, H, at("1990-01-01 00:00:00"), 1)


def test_overlapping_hours_are_refused() -> None:
    with pytest.raises(BadValue):
        Plan(begins=date(2000, 1, 1), weekdays=frozenset({1}), hours=((510, 720), (700, 1080)))


def test_a_stored_plan_is_read() -> None:
    row = {"from": "2000-01-01", "weekdays": [1, 2, 3, 4, 5], "hours": [["08:30", "12:00"], ["13:30", "18:00"]]}
    assert read_plan(row) == OFFICE.plans[0]


@pytest.mark.parametrize(
    "row", [{}, {"from": "x", "weekdays": [1], "hours": []}, {"from": "2000-01-01", "weekdays": 1, "hours": 2}]
)
def test_a_wrong_plan_is_told(row: dict[str, object]) -> None:
    with pytest.raises(BadValue):
        read_plan(row)


instants = st.integers(at("2026-08-01 00:00:00"), at("2027-03-01 00:00:00"))
units = st.sampled_from(list(Unit))
amounts = st.fractions(min_value=0, max_value=40, max_denominator=10_000)


@given(units, instants, instants, instants)
def test_elapsed_time_adds_up(unit: Unit, one: int, two: int, three: int) -> None:
    parts = elapsed(OFFICE, unit, one, two) + elapsed(OFFICE, unit, two, three)
    assert parts == elapsed(OFFICE, unit, one, three)


@given(units, instants, amounts)
def test_elapsed_is_the_inverse_of_advance(unit: Unit, start: int, amount: Fraction) -> None:
    end = advance(OFFICE, unit, start, amount)
    assert elapsed(OFFICE, unit, start, end) >= amount
    assert end == start or elapsed(OFFICE, unit, start, end - 1) < amount  # not a millisecond too late


@given(units, instants, st.integers(0, 3 * DAY_MS), amounts, amounts)
def test_deadlines_are_monotone(unit: Unit, start: int, later: int, amount: Fraction, more: Fraction) -> None:
    assert advance(OFFICE, unit, start, amount) <= advance(OFFICE, unit, start, amount + more)
    assert advance(OFFICE, unit, start, amount) <= max(advance(OFFICE, unit, start + later, amount), start + later)


@given(units, instants, st.integers(0, 30), st.integers(0, 30))
def test_advancing_twice_is_advancing_by_the_sum(unit: Unit, start: int, one: int, two: int) -> None:
    assert advance(OFFICE, unit, advance(OFFICE, unit, start, one), two) == advance(OFFICE, unit, start, one + two)


@given(units, instants, st.integers(1, 20), st.lists(st.integers(0, 10 * DAY_MS), min_size=2, max_size=6))
def test_with_pauses_exactly_the_limit_is_used(unit: Unit, start: int, amount: int, steps: list[int]) -> None:
    edges = [start]
    for step in steps:
        edges.append(edges[-1] + step)
    pauses = list(zip(edges[1::2], edges[2::2], strict=False))
    end = deadline(OFFICE, unit, start, amount, pauses)
    assert end is not None
    assert 0 <= used(OFFICE, unit, start, end, pauses) - amount < Fraction(1, 1000)
