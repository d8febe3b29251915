"""Uploads of a commit in columns, and how they are cut into segments."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker import clock
from tracker.geo.datum import Crs
from tracker.tracks import segment
from tracker.tracks.copying import Rows
from tracker.tracks.group import Entry, cut, joined, of_entries, waves
from tracker.tracks.model import Dialect, Fix

MIDNIGHT = clock.day_start_ms(clock.to_datetime(1_790_000_000_000).date())

FIX = st.builds(
    lambda at_s, place, speed: Fix(
        recorded_at_ms=MIDNIGHT + at_s * 1000, lat_e7=369_753_000 + place, lon_e7=-place, speed_cms=speed
    ),
    st.integers(-20, 20),
    st.integers(0, 1),
    st.none() | st.integers(0, 65_534),
)
UPLOADS = st.lists(st.lists(FIX, max_size=12), max_size=6)


def entry(worker: int, fixes: list[Fix], skew_ms: int | None = None) -> Entry:
    return Entry(
        worker_id=worker,
        device_id=7,
        dialect=Dialect.NATIVE,
        received_at_ms=MIDNIGHT,
        skew_ms=skew_ms,
        fixes=fixes,
        raw=None,
        quarantined=[],
    )


def expected(fixes: list[Fix]) -> list[bytes]:
    """By the readable rules: each (time, place) once, in order, split by local days, packed one by one."""
    first: dict[tuple[int, int, int], Fix] = {}
    for fix in sorted(fixes, key=lambda one: (one.recorded_at_ms, one.lat_e7, one.lon_e7)):
        first.setdefault((fix.recorded_at_ms, fix.lat_e7, fix.lon_e7), fix)
    return [segment.pack(day) for day in segment.by_day(list(first.values()))]


@given(UPLOADS, st.integers(0, 6))
def test_segments_are_those_of_the_rules_fix_by_fix(uploads: list[list[Fix]], half: int) -> None:
    entries = [entry(worker, fixes, None if worker % 2 else 5) for worker, fixes in enumerate(uploads)]
    parts = [of_entries(some) for some in (entries[:half], entries[half:])]
    group = joined(parts)
    segments = cut(group)
    rows = Rows(group, segments, np.zeros(len(segments.counts), np.int64))
    rows.payload()
    assert rows.data == [data for fixes in uploads for data in expected(fixes)]


@given(UPLOADS)
def test_only_fresh_fixes_are_kept(uploads: list[list[Fix]]) -> None:
    group = of_entries([entry(worker, fixes) for worker, fixes in enumerate(uploads)])
    fresh = group.at_ms // 1000 % 3 > 0
    kept = set(zip(group.upload_of()[fresh].tolist(), group.at_ms[fresh].tolist(), strict=True))
    segments = cut(group, fresh)
    upload = np.repeat(segments.upload, segments.counts)
    assert set(zip(upload.tolist(), segments.at_ms.tolist(), strict=True)) == kept


def test_raw_coordinates_stay_beside_their_fixes() -> None:
    fixes = [Fix(recorded_at_ms=MIDNIGHT + at, lat_e7=at, lon_e7=at) for at in (-1, 5, 6)]
    sent = entry(1, fixes)
    group = of_entries([msgspec.structs.replace(sent, crs=Crs.GCJ02, raw=[(-10, -10), (50, 50), (60, 60)])])
    segments = cut(group, np.array([True, False, True]))
    payload = Rows(group, segments, np.zeros(2, np.int64)).payload()
    assert [segment.pack_raw(Crs.GCJ02, [pair]) in payload for pair in ((-10, -10), (50, 50), (60, 60))] == [
        True,
        False,
        True,
    ]


def test_several_uploads_of_a_worker_come_in_waves() -> None:
    assert waves([entry(worker, []) for worker in (1, 2, 1, 1, 2)]) == [[0, 1], [2, 4], [3]]
