from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import clock

INSTANTS = st.integers(-62_000_000_000_000, 250_000_000_000_000)  # years 5 to 9892


@given(INSTANTS)
def test_milliseconds_survive_the_way_through_datetime(ms: int) -> None:
    assert clock.to_ms(clock.to_datetime(ms)) == ms


def test_an_instant_is_what_it_says() -> None:
    assert clock.to_datetime(1_780_000_000_123) == datetime(2026, 5, 28, 20, 26, 40, 123_000, tzinfo=UTC)


def test_parts_of_a_millisecond_are_cut() -> None:
    assert clock.to_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.to_ms(datetime(2026, 1, 1))  # noqa: DTZ001  # that is the point


@given(INSTANTS)
def test_a_day_begins_at_its_start(ms: int) -> None:
    start = clock.day_start_ms(clock.local_day(ms))
    assert start <= ms < start + clock.DAY_MS
    assert clock.to_datetime(start).astimezone(clock.LOCAL).time().isoformat() == "00:00:00"


@given(INSTANTS, INSTANTS)
def test_day_numbers_count_local_days(one: int, other: int) -> None:
    days = clock.local_day(other) - clock.local_day(one)
    assert clock.day_number(other) - clock.day_number(one) == days.days


def test_midnight_in_china_is_the_afternoon_in_greenwich() -> None:
    start = clock.to_datetime(clock.day_start_ms(date(2026, 11, 23)))
    assert start == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert clock.local_day(clock.to_ms(start - timedelta(milliseconds=1))) == date(2026, 11, 22)
