"""Cells: parents by bits, polygons to cells, agreement with the library."""

from __future__ import annotations

from itertools import pairwise

import h3 as h3e
import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from tracker.geo.cells import (
    PRESENCE_RESOLUTION,
    RESOLUTION,
    CellId,
    boundary,
    cell_of,
    cells_of_polygon,
    center,
    disk,
    parent,
    resolution_of,
)

LATS = st.floats(-90, 90)
LONS = st.floats(-180, 180)
COUNTY_CELL = cell_of(36.9753, 115.2661)


@given(LATS, LONS, st.integers(0, 15), st.data())
def test_parent_by_bits_is_the_library_parent(lat: float, lon: float, fine: int, data: st.DataObject) -> None:
    coarse = data.draw(st.integers(0, fine))
    cell = cell_of(lat, lon, fine)
    assert parent(cell, coarse) == h3.cell_to_parent(cell, coarse)


def test_parent_of_pentagon_descendants_is_the_library_parent() -> None:
    for pentagon in h3.get_pentagons(2):
        for child in h3.cell_to_children(pentagon, 4):
            assert parent(CellId(child), 2) == pentagon


def test_parent_serves_numpy_columns() -> None:
    column = np.array(disk(COUNTY_CELL, 3), np.int64)
    by_column: object = parent(column, PRESENCE_RESOLUTION)  # type: ignore[arg-type]
    assert isinstance(by_column, np.ndarray)
    assert by_column.tolist() == [parent(CellId(int(cell)), PRESENCE_RESOLUTION) for cell in column]


@given(LATS, LONS, st.integers(0, 15))
def test_cell_knows_its_resolution(lat: float, lon: float, resolution: int) -> None:
    assert resolution_of(cell_of(lat, lon, resolution)) == resolution


def test_fine_resolution_is_the_default() -> None:
    assert resolution_of(COUNTY_CELL) == RESOLUTION


@given(LATS, LONS)
def test_cell_of_its_centre_is_itself(lat: float, lon: float) -> None:
    cell = cell_of(lat, lon)
    assert cell_of(*center(cell)) == cell


@pytest.mark.parametrize("bad", [(float("nan"), 0.0), (0.0, float("inf"))])
def test_no_place_gives_an_error(bad: tuple[float, float]) -> None:
    with pytest.raises(h3e.H3LatLngDomainError):
        cell_of(*bad)


def test_corners_run_counter_clockwise() -> None:
    ring = Polygon([(lon, lat) for lat, lon in boundary(COUNTY_CELL)])
    assert len(boundary(COUNTY_CELL)) == 6
    assert ring.exterior.is_ccw


@given(st.integers(0, 6))
def test_disk_has_all_cells_within_steps(k: int) -> None:
    cells = disk(COUNTY_CELL, k)
    assert len(set(cells)) == len(cells) == 3 * k * (k + 1) + 1


@given(st.floats(36.8, 37.1), st.floats(115.1, 115.4), st.floats(0.001, 0.006), st.floats(0.001, 0.006))
def test_polygon_gets_the_cells_whose_centre_is_inside(lat: float, lon: float, high: float, wide: float) -> None:
    shape = box(lon, lat, lon + wide, lat + high)
    k = 25  # 25 steps of some 45 m reach beyond the farthest corner
    nearby = disk(cell_of(lat + high / 2, lon + wide / 2), k)
    expected = {cell for cell in nearby if shape.contains(Point(center(cell)[::-1]))}
    assert cells_of_polygon(shape) == expected or not expected


@given(st.lists(st.floats(0.0005, 0.0095), min_size=1, max_size=4))
def test_tiles_share_no_cell_and_lose_none(cuts: list[float]) -> None:
    edges = [0.0, *sorted(set(cuts)), 0.01]
    tiles = [box(115.2 + a, 37.0, 115.2 + b, 37.005) for a, b in pairwise(edges)]
    whole = cells_of_polygon(box(115.2, 37.0, 115.21, 37.005))
    parts = [cells_of_polygon(tile) for tile in tiles]
    assert frozenset().union(*parts) >= whole
    roomy = [part for part in parts if len(part) > 1]
    assert sum(map(len, roomy)) == len(frozenset().union(*roomy))


def test_hole_and_second_part_are_heeded() -> None:
    ring = Polygon(box(0, 0, 0.01, 0.01).exterior.coords, [box(0.003, 0.003, 0.007, 0.007).exterior.coords])
    island = box(0.02, 0.02, 0.024, 0.024)
    both = cells_of_polygon(MultiPolygon([ring, island]))
    assert both == cells_of_polygon(ring) | cells_of_polygon(island)
    assert cell_of(0.005, 0.005) not in both
    assert cell_of(0.022, 0.022) in both


def test_tiny_grid_gets_one_cell() -> None:
    lat, lon = boundary(COUNTY_CELL)[0]
    tiny = box(lon, lat, lon + 1e-5, lat + 1e-5)
    assert cells_of_polygon(tiny) == {cell_of(lat + 5e-6, lon + 5e-6)}


def test_a_hair_thin_shape_gets_one_cell() -> None:
    assert len(cells_of_polygon(box(115.2, 37.0, 115.2 + 1.5e-14, 37.005))) == 1


def test_empty_shape_has_no_cells() -> None:
    assert cells_of_polygon(MultiPolygon()) == frozenset()
