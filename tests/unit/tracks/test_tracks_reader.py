from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.errors import BadValue
from tracker.geo.cells import PRESENCE_RESOLUTION, boundary, cell_of
from tracker.geo.projection import haversine_m
from tracker.tracks.reader import MAX_RADIUS_M, cells_within, check_span

METRES_A_DEGREE = 111_195.0


def place_at(lat: float, lon: float, distance_m: float, direction: float) -> tuple[float, float]:
    north, east = distance_m * math.cos(direction), distance_m * math.sin(direction)
    return lat + north / METRES_A_DEGREE, lon + east / METRES_A_DEGREE / math.cos(math.radians(lat))


@given(
    st.floats(18, 53.5),
    st.floats(73.5, 135),
    st.integers(0, 5) | st.none(),
    st.floats(1, MAX_RADIUS_M),
    st.floats(0, 2 * math.pi),
)
@example(36.97, 115.26, 0, 299.0, 1.0)
@example(36.97, 115.26, 3, 2000.0, 0.5)
def test_no_place_within_the_radius_is_left_out(
    lat: float, lon: float, corner: int | None, radius_m: float, direction: float
) -> None:
    if corner is not None:  # where a cell reaches least far
        lat, lon = boundary(cell_of(lat, lon, PRESENCE_RESOLUTION))[corner]
    there = place_at(lat, lon, radius_m * 0.99, direction)
    assert float(haversine_m(lat, lon, *there)) <= radius_m
    assert cell_of(*there, PRESENCE_RESOLUTION) in cells_within(lat, lon, radius_m)


@pytest.mark.parametrize(("radius_m", "most"), [(50, 7), (300, 19), (2000, 331)])
def test_few_cells_are_asked_for(radius_m: float, most: int) -> None:
    assert len(cells_within(36.97, 115.26, radius_m)) <= most


@pytest.mark.parametrize(("from_ms", "to_ms"), [(5, 5), (6, 5), (0, 101)])
def test_empty_and_endless_spans_are_refused(from_ms: int, to_ms: int) -> None:
    with pytest.raises(BadValue, match="after `from`"):
        check_span(from_ms, to_ms, 100)


def test_the_longest_span_is_taken() -> None:
    check_span(0, 100, 100)
