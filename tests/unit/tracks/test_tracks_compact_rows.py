from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.datum import Crs
from tracker.tracks import segment
from tracker.tracks.compact_rows import SPAN_MS, Row, merge, raw_pairs, receipts
from tracker.tracks.model import Fix

MIDNIGHT = 1_790_006_400_000
unknown_or = st.none() | st.integers(0, 65534)
fixes = st.builds(
    Fix,
    recorded_at_ms=st.integers(MIDNIGHT, MIDNIGHT + 20 * 3_600_000),
    lat_e7=st.integers(180_000_000, 540_000_000),
    lon_e7=st.integers(730_000_000, 1_350_000_000),
    accuracy_dm=unknown_or,
    speed_cms=unknown_or,
    bearing_cdeg=st.none() | st.integers(0, 35_999),
    altitude_m=st.none() | st.integers(-500, 9000),
    battery=st.none() | st.integers(0, 100),
    flags=st.integers(0, 65535),
)
FixOf = tuple[Fix, int, int, int, int | None, tuple[int, int] | None, int]


@st.composite
def uploads(draw: st.DrawFn) -> Row:
    some = sorted(draw(st.lists(fixes, min_size=1, max_size=12)), key=lambda fix: fix.recorded_at_ms)
    crs = draw(st.sampled_from([Crs.WGS84, Crs.GCJ02, Crs.BD09]))
    pairs = [(fix.lat_e7 + 50, fix.lon_e7 - 70) for fix in some]
    return row(
        some,
        received_at_ms=draw(st.integers(MIDNIGHT, MIDNIGHT + 40 * 86_400_000)),
        device_id=draw(st.sampled_from([7, 8])),
        dialect=draw(st.sampled_from([1, 2])),
        skew_ms=draw(st.none() | st.integers(-(1 << 31) + 1, (1 << 31) - 1)),
        raw=None if crs is Crs.WGS84 else segment.pack_raw(crs, pairs),
    )


def row(
    some: Sequence[Fix],
    *,
    received_at_ms: int = MIDNIGHT,
    device_id: int = 7,
    dialect: int = 1,
    skew_ms: int | None = None,
    raw: bytes | None = None,
) -> Row:
    return Row(
        worker_id=1,
        started_at_ms=some[0].recorded_at_ms,
        ordinal=0,
        ended_at_ms=some[-1].recorded_at_ms,
        received_at_ms=received_at_ms,
        device_id=device_id,
        dialect=dialect,
        skew_ms=skew_ms,
        fixes=len(some),
        data=segment.pack(some),
        raw=raw,
        parts=None,
    )


def told(rows: Sequence[Row]) -> Counter[FixOf]:
    """Everything that is known of each fix."""
    every: Counter[FixOf] = Counter()
    for one in rows:
        some = segment.unpack(one.started_at_ms, one.data)
        came = [(received, skew) for count, received, skew in receipts(one) for _ in range(count)]
        pairs = raw_pairs(one.raw) if one.raw else [None] * len(some)
        datum = one.raw[0] & 3 if one.raw else 0
        for fix, (received, skew), pair in zip(some, came, pairs, strict=True):
            every[fix, one.device_id, one.dialect, received, skew, pair, datum] += 1
    return every


@given(st.lists(uploads(), min_size=1, max_size=8))
def test_merged_rows_tell_the_same_of_every_fix(rows: list[Row]) -> None:
    assert told(merge(rows)) == told(rows)


@given(st.lists(uploads(), min_size=1, max_size=4), st.lists(uploads(), min_size=1, max_size=4))
def test_merging_what_is_merged_with_what_came_late_loses_nothing(early: list[Row], late: list[Row]) -> None:
    assert told(merge([*merge(early), *late])) == told([*early, *late])


@given(st.lists(uploads(), min_size=1, max_size=8))
def test_a_merged_row_stays_inside_its_span_in_order_of_time(rows: list[Row]) -> None:
    for one in merge(rows):
        times = [fix.recorded_at_ms for fix in segment.unpack(one.started_at_ms, one.data)]
        assert times == sorted(times)
        assert (times[0], times[-1], len(times)) == (one.started_at_ms, one.ended_at_ms, one.fixes)
        assert times[0] // SPAN_MS == times[-1] // SPAN_MS


@given(st.lists(uploads(), min_size=1, max_size=8))
def test_merged_rows_have_keys_of_their_own(rows: list[Row]) -> None:
    keys = [(one.started_at_ms, one.ordinal) for one in merge(rows)]
    assert len(keys) == len(set(keys))


def test_an_hour_of_a_walk_needs_nine_bytes_a_fix() -> None:
    walk = [
        Fix(recorded_at_ms=MIDNIGHT + n * 10_000, lat_e7=369_000_000 + n * 997 % 1800, lon_e7=1_152_000_000, battery=80)
        for n in range(360)
    ]
    (merged,) = merge([row(walk[at : at + 10]) for at in range(0, 360, 10)])
    assert len(merged.data) < 9 * 360


def test_a_version_from_the_future_is_refused() -> None:
    strange = row([Fix(recorded_at_ms=MIDNIGHT, lat_e7=1, lon_e7=2)])
    with pytest.raises(segment.UnknownSegment):
        segment.plain(b"\x09" + strange.data[1:])
