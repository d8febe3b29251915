"""Look-ups of points equal what the polygons themselves say."""

from __future__ import annotations

import random
import time

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from tracker.county.raster import E7, Fence, Locator
from tracker.geo.projection import metres_per_degree

HOLE = [(115.208, 36.912), (115.212, 36.912), (115.21, 36.918)]
SHAPES = [
    box(115.20, 36.90, 115.21, 36.91),
    Polygon([(115.21, 36.90), (115.23, 36.90), (115.225, 36.905), (115.23, 36.91), (115.21, 36.91)]),
    Polygon([(115.20, 36.91), (115.23, 36.91), (115.21, 36.93)], [HOLE]),
    box(115.205, 36.895, 115.215, 36.902),  # overlaps the first two
]
LOCATOR = Locator(["a", "b", "c", "d"], SHAPES)
VILLAGE = SHAPES[2]
FENCE = Fence(VILLAGE, tolerance_m=60)
LATS = st.integers(int(36.885 * E7), int(36.94 * E7))
LONS = st.integers(int(115.19 * E7), int(115.24 * E7))


@settings(deadline=None, max_examples=1000)
@given(LATS, LONS)
def test_the_locator_finds_the_first_polygon_that_holds_the_point(lat_e7: int, lon_e7: int) -> None:
    point = shapely.Point(lon_e7 / E7, lat_e7 / E7)
    expected = next((code for code, shape in zip("abcd", SHAPES, strict=True) if shape.intersects(point)), None)
    assert LOCATOR.find(lat_e7, lon_e7) == expected


@settings(deadline=None, max_examples=1000)
@given(LATS, LONS)
def test_the_fence_holds_what_is_within_its_tolerance(lat_e7: int, lon_e7: int) -> None:
    scale = metres_per_degree((36.91 + 36.93) / 2)
    metres = shapely.transform(VILLAGE, lambda points: points * scale)
    away_m = metres.distance(shapely.Point(lon_e7 / E7 * scale[0], lat_e7 / E7 * scale[1]))
    assert FENCE.holds(lat_e7, lon_e7) == (away_m <= 60)


def test_a_corner_shared_by_areas_belongs_to_the_first() -> None:
    assert LOCATOR.find(369_100_000, 1_152_100_000) == "a"


def test_far_away_is_nowhere() -> None:
    assert LOCATOR.find(0, 0) is None
    assert not FENCE.holds(-900_000_000, 1_800_000_000)


def test_a_locator_of_nothing_finds_nothing() -> None:
    assert Locator([], []).find(369_000_000, 1_152_000_000) is None


def test_a_point_inside_costs_about_a_microsecond_or_less() -> None:
    places = [(369_150_000 + random.randrange(20_000), 1_152_140_000 + random.randrange(20_000)) for _ in range(2000)]
    best = min(_seconds(places) for _ in range(5))
    assert best / len(places) < 3e-6  # 0.2 µs on an idle core; the bound leaves room for busy test machines


def _seconds(places: list[tuple[int, int]]) -> float:
    started = time.perf_counter()
    for lat_e7, lon_e7 in places:
        FENCE.holds(lat_e7, lon_e7)
    return time.perf_counter() - started
