"""What becomes of decoded positions before they are stored."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.datum import Crs, from_wgs84
from tracker.geo.projection import haversine_m
from tracker.ingest.model import RawFix, Rejected, Upload
from tracker.ingest.screen import Screened, estimate_skew_ms, screen
from tracker.tracks.model import Dialect, Fix, Flag

NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000
LAT, LON = 36.9753, 115.2661


def raw(**changes: Any) -> RawFix:
    return RawFix(**({"index": 0, "recorded_at_ms": NOW_MS, "lat": LAT, "lon": LON} | changes))


def upload(*fixes: RawFix, **changes: Any) -> Upload:
    fields: dict[str, Any] = {"dialect": Dialect.NATIVE, "crs": Crs.WGS84, "fixes": list(fixes), "rejected": []}
    return Upload(**(fields | changes))


def screened(*fixes: RawFix, received_at_ms: int = NOW_MS, **changes: Any) -> Screened:
    return screen(upload(*fixes, **changes), received_at_ms=received_at_ms)


def only(screened: Screened) -> Fix:
    (fix,) = screened.fixes
    assert screened.rejected == []
    return fix


def test_converts_every_reading_to_its_stored_unit() -> None:
    whole = raw(accuracy_m=8.54, speed_mps=1.416, bearing_deg=31.505, altitude_m=-3.4, battery=75.6, flags=Flag.MOCK)
    assert only(screened(whole)) == Fix(
        recorded_at_ms=NOW_MS,
        lat_e7=369_753_000,
        lon_e7=1_152_661_000,
        accuracy_dm=85,
        speed_cms=142,
        bearing_cdeg=3151,
        altitude_m=-3,
        battery=76,
        flags=Flag.MOCK,
    )


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"accuracy_m": 6553.4}, "accuracy_dm", 65_534),
        ({"accuracy_m": 17_000}, "accuracy_dm", 65_534),
        ({"accuracy_m": -1}, "accuracy_dm", None),
        ({"accuracy_m": math.nan}, "accuracy_dm", None),
        ({"speed_mps": 0}, "speed_cms", 0),
        ({"speed_mps": 1e300}, "speed_cms", 65_534),
        ({"speed_mps": -1}, "speed_cms", None),
        ({"bearing_deg": 360}, "bearing_cdeg", 0),
        ({"bearing_deg": 359.999}, "bearing_cdeg", 0),
        ({"bearing_deg": 361}, "bearing_cdeg", None),
        ({"bearing_deg": -1}, "bearing_cdeg", None),
        ({"altitude_m": 40_000}, "altitude_m", None),
        ({"altitude_m": math.inf}, "altitude_m", None),
        ({"battery": 0}, "battery", 0),
        ({"battery": 101}, "battery", None),
        ({"battery": math.nan}, "battery", None),
    ],
)
def test_keeps_the_fix_when_a_reading_cannot_be(changes: dict[str, Any], field: str, value: int | None) -> None:
    assert getattr(only(screened(raw(**changes))), field) == value


@pytest.mark.parametrize(
    ("lat", "lon", "reason", "field", "value"),
    [
        (0.0, 0.0, "null_island", "lat,lon", "0,0"),
        (-0.0, 0.00000001, "null_island", "lat,lon", "0,0"),
        (115.2661, 36.9753, "lat_lon_swapped", "lat,lon", "115.2661,36.9753"),
        (91.0, 115.0, "out_of_range", "lat", "91.0"),
        (181.0, 36.0, "out_of_range", "lat", "181.0"),
        (36.0, 180.5, "out_of_range", "lon", "180.5"),
        (math.nan, 115.0, "out_of_range", "lat", "nan"),
        (36.0, math.inf, "out_of_range", "lon", "inf"),
    ],
)
def test_rejects_impossible_coordinates(lat: float, lon: float, reason: str, field: str, value: str) -> None:
    result = screened(raw(lat=lat, lon=lon, index=7), raw(index=8))
    (rejected,) = result.rejected
    assert (rejected.index, rejected.reason, rejected.field, rejected.value) == (7, reason, field, value)
    assert b'"index":7' in rejected.body
    assert len(result.fixes) == 1


@pytest.mark.parametrize(
    ("recorded_at_ms", "reason"),
    [
        (NOW_MS + 120_000, None),
        (NOW_MS + 120_001, "future"),
        (2**53, "future"),
        (NOW_MS - 90 * DAY_MS, None),
        (NOW_MS - 90 * DAY_MS - 1, "too_old"),
        (0, "too_old"),
        (-5, "too_old"),
    ],
)
def test_rejects_times_that_cannot_be_kept(recorded_at_ms: int, reason: str | None) -> None:
    result = screened(raw(recorded_at_ms=recorded_at_ms))
    assert [rejected.reason for rejected in result.rejected] == ([reason] if reason else [])
    assert len(result.fixes) == (0 if reason else 1)


@pytest.mark.parametrize(("sent_at_ms", "skew"), [(NOW_MS + 600_000, "-600000 ms"), (None, "unknown")])
def test_tells_the_clock_beside_a_fix_from_the_future(sent_at_ms: int | None, skew: str) -> None:
    (rejected,) = screened(raw(recorded_at_ms=NOW_MS + 599_000), sent_at_ms=sent_at_ms).rejected
    assert rejected.value == f"{NOW_MS + 599_000} (+599 s; clock skew {skew})"


def test_keeps_what_the_dialect_rejected() -> None:
    before = Rejected(index=3, reason="missing", field="lat")
    assert screened(raw(lat=99, lon=1), rejected=[before]).rejected[0] == before


@pytest.mark.parametrize(
    ("sent_at_ms", "expected"),
    [
        (None, None),
        (NOW_MS, 0),
        (NOW_MS - 1_999, 0),
        (NOW_MS + 1_999, 0),
        (NOW_MS - 2_000, 2_000),
        (NOW_MS + 5_000, -5_000),
    ],
)
def test_estimates_the_skew_as_server_minus_phone(sent_at_ms: int | None, expected: int | None) -> None:
    assert estimate_skew_ms(sent_at_ms, NOW_MS) == expected
    assert screened(sent_at_ms=sent_at_ms).skew_ms == expected


@pytest.mark.parametrize(
    ("skew_ms", "flags"), [(0, 0), (120_000, 0), (-120_000, 0), (120_001, Flag.CLOCK), (-120_001, Flag.CLOCK)]
)
def test_flags_a_wrong_clock_and_leaves_the_time(skew_ms: int, flags: int) -> None:
    fix = only(screened(raw(), sent_at_ms=NOW_MS - skew_ms))
    assert (fix.flags, fix.recorded_at_ms) == (flags, NOW_MS)


@pytest.mark.parametrize(("age_ms", "flags"), [(600_000, 0), (600_001, Flag.LATE)])
def test_flags_what_comes_late(age_ms: int, flags: int) -> None:
    assert only(screened(raw(recorded_at_ms=NOW_MS - age_ms))).flags == flags


@pytest.mark.parametrize(("accuracy_m", "flags"), [(None, 0), (50, 0), (50.1, Flag.INACCURATE)])
def test_flags_a_wide_accuracy(accuracy_m: float | None, flags: int) -> None:
    assert only(screened(raw(accuracy_m=accuracy_m))).flags == flags


def test_flags_what_lies_off_the_own_grid() -> None:
    asked = []

    def is_on_grid(grid: str, lat_e7: int, lon_e7: int) -> bool:
        asked.append((grid, lat_e7, lon_e7))
        return lat_e7 > 0

    two = upload(raw(), raw(lat=-33.9, index=1))
    result = screen(two, received_at_ms=NOW_MS, grid="130533100201001", is_on_grid=is_on_grid)
    assert [(fix.lat_e7, fix.flags & Flag.OFF_GRID) for fix in result.fixes] == [
        (-339_000_000, Flag.OFF_GRID),
        (369_753_000, 0),
    ]
    assert ("130533100201001", 369_753_000, 1_152_661_000) in asked


def test_asks_for_no_grid_where_the_worker_has_none() -> None:
    result = screen(upload(raw()), received_at_ms=NOW_MS, grid="", is_on_grid=lambda *_: False)
    assert only(result).flags == 0


def test_puts_the_fixes_in_order_of_time() -> None:
    result = screened(raw(recorded_at_ms=NOW_MS), raw(recorded_at_ms=NOW_MS - 9, index=1))
    assert [fix.recorded_at_ms for fix in result.fixes] == [NOW_MS - 9, NOW_MS]


def test_flags_a_jump_between_two_uploads() -> None:
    first = screened(raw(recorded_at_ms=NOW_MS - 10_000))
    second = screen(upload(raw(lat=LAT + 0.05)), received_at_ms=NOW_MS, tail=first.tail)
    assert only(second).flags == Flag.JUMP


def test_judges_no_movement_by_an_old_position() -> None:
    ping = raw(recorded_at_ms=NOW_MS - 5_000, lat=LAT + 0.05, flags=Flag.STALE_FIX, index=1)
    result = screened(raw(recorded_at_ms=NOW_MS - 10_000), ping, raw(index=2))
    assert [fix.flags for fix in result.fixes] == [0, Flag.STALE_FIX, 0]
    assert len(result.tail.points) == 2


def test_flags_frozen_coordinates() -> None:
    still = [raw(recorded_at_ms=NOW_MS - minute * 60_000, accuracy_m=5, index=minute) for minute in range(7)]
    assert [fix.flags for fix in screened(*still).fixes] == [0, 0, 0, 0, 0, Flag.FROZEN, Flag.FROZEN]


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
def test_converts_the_datum_and_keeps_what_was_sent(crs: Crs) -> None:
    lat, lon = from_wgs84(crs, LAT, LON)
    result = screened(raw(lat=lat, lon=lon), crs=crs)
    fix = only(result)
    assert haversine_m(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, LAT, LON) < 0.02
    assert result.raw == [(round(lat * 1e7), round(lon * 1e7))]


def test_keeps_the_raw_pairs_beside_their_fixes() -> None:
    places = [raw(lat=LAT + step / 100, recorded_at_ms=NOW_MS - step * 1000, index=step) for step in range(5)]
    result = screened(*places, raw(lat=0, lon=0, index=5), crs=Crs.GCJ02)
    assert result.raw is not None
    assert [pair[0] for pair in result.raw] == [round((LAT + step / 100) * 1e7) for step in (4, 3, 2, 1, 0)]
    assert all(
        300 < haversine_m(*e7(pair), fix.lat_e7 / 1e7, fix.lon_e7 / 1e7) < 800
        for pair, fix in zip(result.raw, result.fixes, strict=True)
    )


def e7(pair: tuple[int, int]) -> tuple[float, float]:
    return pair[0] / 1e7, pair[1] / 1e7


def test_keeps_no_raw_pairs_of_wgs84() -> None:
    assert screened(raw()).raw is None


def test_screens_current_without_remembering_it() -> None:
    result = screened(current=raw(index=-1, accuracy_m=80))
    assert result.current is not None
    assert result.current.flags == Flag.INACCURATE
    assert (result.fixes, result.tail.points, result.rejected) == ([], (), [])


@pytest.mark.parametrize("current", [raw(lat=115, lon=37), raw(recorded_at_ms=NOW_MS + DAY_MS)])
def test_drops_an_impossible_current(current: RawFix) -> None:
    result = screened(current=current)
    assert (result.current, result.rejected) == (None, [])


NUMBER = st.none() | st.floats() | st.integers(-(10**6), 10**6)
RAW = st.builds(
    RawFix,
    index=st.just(0),
    recorded_at_ms=st.integers(NOW_MS - 100 * DAY_MS, NOW_MS + 200_000) | st.integers(),
    lat=st.floats() | st.floats(-91, 91),
    lon=st.floats() | st.floats(-181, 181),
    accuracy_m=NUMBER,
    speed_mps=NUMBER,
    bearing_deg=NUMBER,
    altitude_m=NUMBER,
    battery=NUMBER,
)


def numbered(fixes: list[RawFix]) -> list[RawFix]:
    return [
        RawFix(**{name: getattr(fix, name) for name in RawFix.__struct_fields__} | {"index": index})
        for index, fix in enumerate(fixes)
    ]


@given(st.lists(RAW, max_size=8).map(numbered), st.sampled_from(Crs))
def test_gives_storable_fixes_for_any_numbers(fixes: list[RawFix], crs: Crs) -> None:
    result = screened(*fixes, crs=crs)
    assert len(result.fixes) + len(result.rejected) == len(fixes)
    for fix in result.fixes:
        assert abs(fix.lat_e7) <= 900_100_000
        assert abs(fix.lon_e7) <= 1_800_100_000
        for value, largest in (
            (fix.accuracy_dm, 65_534),
            (fix.speed_cms, 65_534),
            (fix.bearing_cdeg, 35_999),
            (fix.battery, 100),
        ):
            assert value is None or 0 <= value <= largest
        assert fix.altitude_m is None or abs(fix.altitude_m) <= 32_767


@given(
    st.lists(RAW, max_size=8).map(numbered),
    st.sampled_from(Crs),
    st.integers(0, DAY_MS),
    st.integers(0, DAY_MS),
    st.randoms(),
)
def test_gives_one_fix_one_identity(
    fixes: list[RawFix], crs: Crs, later_ms: int, skew_ms: int, shuffled: random.Random
) -> None:
    """Neither the time of receipt, nor the phone's clock, nor what else is in the message changes what a fix is."""
    first = screened(*fixes, crs=crs)
    mixed = shuffled.sample(fixes, len(fixes))
    again = screened(*mixed, crs=crs, received_at_ms=NOW_MS + later_ms, sent_at_ms=NOW_MS - skew_ms)
    alone = [fix for one in fixes for fix in screened(one, crs=crs).fixes]
    oldest_ms = NOW_MS + later_ms - 90 * DAY_MS
    assert {fix for fix in keys(first) if fix[0] >= oldest_ms} <= set(keys(again))
    assert sorted((fix.recorded_at_ms, fix.lat_e7, fix.lon_e7) for fix in alone) == keys(first)


def keys(result: Screened) -> list[tuple[int, int, int]]:
    return [(fix.recorded_at_ms, fix.lat_e7, fix.lon_e7) for fix in result.fixes]


@given(st.lists(RAW, max_size=8).map(numbered))
def test_gives_the_same_for_the_same(fixes: list[RawFix]) -> None:
    assert repr(screened(*fixes)) == repr(screened(*fixes))
