"""What land is closed by a drawing: which grids it takes from, and drawings that are none."""

from __future__ import annotations

from datetime import date

import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.patrol.patrol_house import DAY, GRID, LAT, LON, box
from tracker.county.model import Grid
from tracker.errors import BadValue
from tracker.patrol.closed import Closing, Span, common_area, cut_to, polygons_of

EAST = "130533100201002"
BOWTIE = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]


def grids() -> list[Grid]:
    rows = ((GRID, LON), (EAST, LON + 0.005))
    return [
        Grid(code=code, name=code, color=0, valid_from=DAY, boundary=box(lon), lon=lon, lat=LAT) for code, lon in rows
    ]


def test_what_lies_beyond_the_grids_is_cut_off() -> None:
    codes, shape = cut_to(grids(), shapely.box(LON - 1, LAT, LON, LAT + 1))
    assert codes == [GRID]
    assert shape.equals(shapely.box(LON - 0.0025, LAT, LON, LAT + 0.0025))


def test_a_drawing_that_only_touches_a_border_takes_nothing_of_it() -> None:
    codes, _ = cut_to(grids(), box())
    assert codes == [GRID]


def test_a_drawing_elsewhere_is_refused() -> None:
    with pytest.raises(BadValue, match="geometry"):
        cut_to(grids(), shapely.box(0, 0, 1, 1))


def test_an_outline_that_crosses_itself_is_mended() -> None:
    shape = polygons_of(orjson.dumps({"type": "Polygon", "coordinates": [BOWTIE]}))
    assert (shape.is_valid, shape.area) == (True, 0.5)


def test_polygons_of_a_collection_become_one_shape_and_the_rest_is_left_out() -> None:
    geometries = [
        {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [[[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]]},
        {"type": "Point", "coordinates": [9, 9]},
    ]
    features = [{"type": "Feature", "properties": {}, "geometry": one} for one in geometries]
    assert polygons_of(orjson.dumps({"type": "FeatureCollection", "features": features})).area == 7


@pytest.mark.parametrize(
    "geojson",
    [
        b"",
        b"{}",
        b"null",
        b"\xff",
        b'{"type":"Point","coordinates":[1,2]}',
        b'{"type":"Polygon","coordinates":[]}',
        b'{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}',
        b'{"type":"Polygon","coordinates":[[["a",0],[1,1],[1,0],[0,0]]]}',
        b'{"type":"Polygon","coordinates":[[[39500000,4090000],[39500100,4090000],[39500100,4090100],[39500000,4090000]]]}',
        orjson.dumps({"type": "Polygon", "coordinates": [[[i / 9000, 1] for i in range(6000)] + [[0, 0], [0, 1]]]}),
    ],
)
def test_what_is_no_drawing_is_a_bad_value(geojson: bytes) -> None:
    with pytest.raises(BadValue, match="geometry"):
        polygons_of(geojson)


@given(st.binary(max_size=60) | st.recursive(st.none() | st.floats(), st.lists).map(orjson.dumps))
def test_any_bytes_are_a_drawing_or_a_bad_value(geojson: bytes) -> None:
    with pytest.raises(BadValue):
        polygons_of(geojson)


def test_it_belongs_to_the_smallest_area_that_holds_it() -> None:
    assert common_area([GRID]) == GRID
    assert common_area([GRID, EAST]) == "130533100201"
    assert common_area([GRID, "130533100202001"]) == "130533100000"
    assert common_area([GRID, "130533106202001"]) == "130533000000"


def test_the_last_day_is_open_again() -> None:
    span = Span(shape=box(), valid_from=date(2026, 9, 2), valid_to=date(2026, 9, 4))
    assert [day for day in range(1, 6) if span.holds_on(date(2026, 9, day))] == [2, 3]


@pytest.mark.parametrize(
    ("reason", "last", "field"),
    [("", None, "reason"), ("x" * 81, None, "reason"), ("洪水", date(2026, 9, 1), "to_day")],
)
def test_a_closing_needs_a_reason_and_days_in_order(reason: str, last: date | None, field: str) -> None:
    with pytest.raises(BadValue, match=field):
        Closing(shape=box(), reason=reason, from_day=date(2026, 9, 2), to_day=last)
