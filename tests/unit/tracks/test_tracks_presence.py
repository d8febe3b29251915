"""Presence of a commit equals the cell of each fix."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.cells import PRESENCE_RESOLUTION, boundary, cell_of
from tracker.tracks.group import cut, of_entries
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.presence import SLOT_MS, Key, Presence, joined, seen_in
from tracker.tracks.store import Entry

START_MS = 1_780_000_000_000
CORNERS = st.sampled_from([(369_753_000, 1_152_661_000), (0, 0), (899_000_000, -1_799_999_000), (369_000_000, 0)])
WALK = st.tuples(
    CORNERS,
    st.lists(
        st.tuples(st.integers(0, SLOT_MS // 2), st.integers(-40_000, 40_000), st.integers(-40_000, 40_000)),
        min_size=1,
        max_size=30,
    ),
)


def entry(worker: int, fixes: list[Fix]) -> Entry:
    return Entry(
        worker_id=worker,
        device_id=1,
        dialect=Dialect.NATIVE,
        received_at_ms=START_MS,
        skew_ms=None,
        fixes=fixes,
        raw=None,
        quarantined=[],
    )


def walked(corner: tuple[int, int], steps: list[tuple[int, int, int]]) -> list[Fix]:
    at, (lat, lon), fixes = START_MS, corner, []
    for after, north, east in steps:
        at, lat = at + after + 1, max(-900_000_000, min(900_000_000, lat + north))
        lon = (lon + east + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
        fixes.append(Fix(recorded_at_ms=at, lat_e7=lat, lon_e7=lon))
    return fixes


def key(worker: int, fix: Fix) -> Key:
    cell = cell_of(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, PRESENCE_RESOLUTION)
    return cell, fix.recorded_at_ms // SLOT_MS * SLOT_MS, worker


@given(st.lists(WALK, min_size=1, max_size=3), st.integers(1, 5))
def test_writes_the_cell_of_every_fix_once(
    walks: list[tuple[tuple[int, int], list[tuple[int, int, int]]]], uploads: int
) -> None:
    presence = Presence()
    paths = [walked(*walk) for walk in walks]
    written: list[Key] = []
    for number in range(uploads):
        some = [entry(worker, path[number::uploads]) for worker, path in enumerate(paths)]
        group = of_entries(some)
        fresh = presence.fresh(seen_in(group.workers, cut(group)))
        presence.remember(fresh)
        written += fresh.keys
    assert sorted(written) == sorted({key(worker, fix) for worker, path in enumerate(paths) for fix in path})


def test_is_exact_along_the_edges_of_cells() -> None:
    presence = Presence()
    rng = np.random.default_rng(7)
    corners = np.array(boundary(cell_of(36.9753, 115.2661, PRESENCE_RESOLUTION))) * 1e7
    along = rng.random((2000, 1))
    first = rng.integers(0, 6, 2000)
    places = corners[first] * along + corners[(first + 1) % 6] * (1 - along) + rng.integers(-150, 150, (2000, 2))
    fixes = [
        Fix(recorded_at_ms=START_MS, lat_e7=int(north), lon_e7=int(east))
        for north, east in [(369_753_000, 1_152_661_000), *places.tolist()]
    ]
    found: set[Key] = set()
    for fix in fixes:
        group = of_entries([entry(1, [fix])])
        fresh = presence.fresh(seen_in(group.workers, cut(group)))
        presence.remember(fresh)
        found.update(fresh.keys)
        assert key(1, fix) in found


def test_what_is_not_durable_is_told_again() -> None:
    presence, group = Presence(), of_entries([entry(1, walked((369_753_000, 1_152_661_000), [(1, 1, 1)]))])
    first = presence.fresh(seen_in(group.workers, cut(group)))
    assert set(presence.fresh(seen_in(group.workers, cut(group))).keys) == set(first.keys)
    presence.remember(first)
    assert presence.fresh(seen_in(group.workers, cut(group))).keys == []


def test_several_commits_at_once_say_the_same_as_one_after_the_other() -> None:
    paths = [walked((369_753_000, 1_152_661_000), [(SLOT_MS // 3, 20_000, 20_000)] * 12) for _ in range(3)]
    commits = [
        of_entries([entry(worker, path[at : at + 3]) for worker, path in enumerate(paths)]) for at in (0, 3, 6, 9)
    ]
    seen = joined([seen_in(group.workers, cut(group)) for group in commits])
    presence = Presence()
    fresh = presence.fresh(seen)
    assert sorted(fresh.keys) == sorted({key(worker, fix) for worker, path in enumerate(paths) for fix in path})
    presence.remember(fresh)
    assert presence.fresh(seen).keys == []
