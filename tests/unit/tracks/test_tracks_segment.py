from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import clock
from tracker.geo.datum import Crs
from tracker.tracks import segment
from tracker.tracks.model import Fix

MIDNIGHT = clock.day_start_ms(date(2026, 11, 23))
DAY_MS = 86_400_000


def optional(low: int, high: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(low, high)


def fixes_of_a_day(least: int = 1) -> st.SearchStrategy[list[Fix]]:
    """Fixes of one local day in time order, with every value that can be stored."""
    one = st.builds(
        Fix,
        recorded_at_ms=st.integers(MIDNIGHT, MIDNIGHT + DAY_MS - 1),
        lat_e7=st.integers(-900_000_000, 900_000_000),
        lon_e7=st.integers(-1_800_000_000, 1_800_000_000),
        accuracy_dm=optional(0, 65534),
        speed_cms=optional(0, 65534),
        bearing_cdeg=optional(0, 35999),
        altitude_m=optional(-32767, 32767),
        battery=optional(0, 100),
        flags=st.integers(0, 65535),
    )
    return st.lists(one, min_size=least, max_size=30).map(lambda some: sorted(some, key=lambda fix: fix.recorded_at_ms))


@given(fixes_of_a_day())
def test_what_is_packed_comes_back(fixes: list[Fix]) -> None:
    assert segment.unpack(fixes[0].recorded_at_ms, segment.pack(fixes)) == fixes


@given(fixes_of_a_day())
def test_a_fix_takes_23_bytes(fixes: list[Fix]) -> None:
    assert len(segment.pack(fixes)) == 1 + 23 * len(fixes)


def test_the_layout_on_disk_never_changes() -> None:
    """Stored data is years old when it is read: these bytes are a promise."""
    first = Fix(recorded_at_ms=1000, lat_e7=369_753_000, lon_e7=-1, accuracy_dm=85, battery=76, flags=0x0102)
    second = Fix(recorded_at_ms=16_000, lat_e7=0, lon_e7=0, speed_cms=142, bearing_cdeg=9000, altitude_m=-3)
    assert segment.pack([first, second]).hex(" ", 23) == (
        "01 000000001609fba8ffffffff0055ffffffff80004c0102 00003a980000000000000000ffff008e2328fffdff0000"
    )


def test_another_version_is_refused_rather_than_misread() -> None:
    with pytest.raises(segment.UnknownSegment, match="version 9"):
        segment.unpack(0, b"\x09" + bytes(23))


@given(st.lists(st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1)), max_size=20))
def test_coordinates_as_sent_come_back(pairs: list[tuple[int, int]]) -> None:
    assert segment.unpack_raw(segment.pack_raw(Crs.BD09, pairs)) == (Crs.BD09, pairs)


def at(ms: int) -> Fix:
    return Fix(recorded_at_ms=ms, lat_e7=1, lon_e7=2)


def test_a_day_begins_at_midnight_in_china() -> None:
    before, after = at(MIDNIGHT - 1), at(MIDNIGHT)
    assert segment.by_day([after, before]) == [[before], [after]]


def test_the_last_millisecond_belongs_to_the_day() -> None:
    day = [at(MIDNIGHT), at(MIDNIGHT + DAY_MS - 1)]
    assert segment.by_day(day) == [day]


def test_no_fixes_make_no_day() -> None:
    assert segment.by_day([]) == []


@given(st.lists(st.integers(MIDNIGHT - 3 * DAY_MS, MIDNIGHT + 3 * DAY_MS), max_size=40))
def test_days_hold_every_fix_once_in_order(times: list[int]) -> None:
    days = segment.by_day([at(ms) for ms in times])
    assert [fix.recorded_at_ms for day in days for fix in day] == sorted(times)
    assert all(len({clock.local_day(fix.recorded_at_ms) for fix in day}) == 1 for day in days)
    assert len({clock.local_day(day[0].recorded_at_ms) for day in days}) == len(days)
