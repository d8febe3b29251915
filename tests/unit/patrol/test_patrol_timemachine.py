"""The newest fix at a past instant, out of packed segments."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.clock import to_datetime
from tracker.patrol.gaps import LEAST_MS, silences
from tracker.patrol.timemachine import OLDEST_MS, newest_in, positions_at
from tracker.tracks.compact_columns import pack_columns
from tracker.tracks.model import Fix, Flag
from tracker.tracks.segment import COMPACT, RECORDS, pack

START = 1_795_500_000_000
TIMES = st.lists(st.integers(0, 40 * 60_000), min_size=1, max_size=30).map(sorted)


def row(worker_id: int, *offsets_ms: int, speed_cms: int | None = None, flags: int = 0) -> dict[str, Any]:
    fixes = [
        Fix(recorded_at_ms=START + at, lat_e7=at, lon_e7=-at, speed_cms=speed_cms, flags=flags) for at in offsets_ms
    ]
    return {"worker_id": worker_id, "started_at": to_datetime(fixes[0].recorded_at_ms), "data": pack(fixes)}


@given(TIMES, st.integers(-1000, 41 * 60_000))
def test_the_newest_is_what_a_search_of_all_finds(times: list[int], at: int) -> None:
    packed = row(1, *times)
    found = newest_in(START + times[0], packed["data"], START + at)
    before = [one for one in times if one <= at]
    assert (found.at_ms - START if found else None) == (before[-1] if before else None)


@given(TIMES, st.integers(-1000, 41 * 60_000), st.none() | st.integers(0, 900))
def test_a_packed_row_gives_the_same_spot(times: list[int], at: int, speed_cms: int | None) -> None:
    plain = row(1, *times, speed_cms=speed_cms, flags=int(Flag.HELP))["data"]
    columns = np.frombuffer(plain, RECORDS, offset=1)
    signed = [np.where(columns[name] == 65535, -1, columns[name].astype(np.int64)) for name in RECORDS.names or ()]
    packed = bytes([COMPACT]) + pack_columns(np.stack(signed))
    start = START + times[0]
    assert newest_in(start, packed, START + at) == newest_in(start, plain, START + at)


def test_of_several_segments_the_newest_fix_counts() -> None:
    found = positions_at([row(2, 0, 60_000), row(2, 30_000, 90_000, 200_000), row(1, 10_000)], START + 100_000)
    assert (found.worker_id, found.age_ms) == ([1, 2], [90_000, 10_000])
    assert (found.lat[1], found.lon[1]) == (0.009, -0.009)


def test_an_old_position_says_nothing() -> None:
    assert positions_at([row(1, 0)], START + OLDEST_MS).worker_id == [1]
    assert positions_at([row(1, 0)], START + OLDEST_MS + 1).worker_id == []


def test_state_has_the_bits_of_the_live_stream() -> None:
    rows = [row(1, 0), row(2, 0, speed_cms=120), row(3, 0, flags=int(Flag.HELP))]
    assert positions_at(rows, START).state == [5, 7, 13]


def test_silences_count_from_edge_to_edge() -> None:
    assert silences([], 0, LEAST_MS) == [(0, LEAST_MS)]
    assert silences([60_000, 120_000], 0, LEAST_MS) == []
    assert silences([60_000, 60_000 + LEAST_MS], 0, 2 * LEAST_MS) == [(60_000, 60_000 + LEAST_MS)]
