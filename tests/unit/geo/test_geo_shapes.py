"""Shapes: reading, repair, measures against the ellipsoid, labels and writing."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
    maximum_inscribed_circle,
)

from tracker.errors import BadValue
from tracker.geo.shapes import (
    area_m2,
    from_geojson,
    from_wkb,
    in_metres,
    label_point,
    length_m,
    plane_of,
    repair,
    to_geojson,
    to_wkb,
)

ELLIPSOID = Geod(ellps="WGS84")
FIELD = Polygon([(115.20, 37.00), (115.21, 37.00), (115.21, 37.006), (115.205, 37.003), (115.20, 37.006)])
SHAPE = MultiPolygon([FIELD])
ISLANDS = MultiPolygon([FIELD, box(115.3, 37.0, 115.301, 37.001)])
BOW_TIE = Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)])
DEGREES = st.tuples(st.floats(115.0, 115.5), st.floats(36.8, 37.2))


@pytest.mark.parametrize("shape", [SHAPE, ISLANDS])
def test_wkb_is_read_back(shape: MultiPolygon) -> None:
    assert from_wkb(to_wkb(shape)).equals(shape)


@pytest.mark.parametrize(("shape", "kind"), [(SHAPE, "Polygon"), (ISLANDS, "MultiPolygon")])
def test_geojson_is_read_back(shape: MultiPolygon, kind: str) -> None:
    written = to_geojson(shape)
    assert written["type"] == kind
    assert from_geojson(written).equals(shape)


def test_geojson_is_rounded_to_the_centimetre() -> None:
    written = to_geojson(repair(box(115.123456789, 37.0, 115.2, 37.1)))
    assert 115.1234568 in {lon for lon, _ in written["coordinates"][0]}


def test_a_feature_and_a_collection_are_read() -> None:
    feature = {"type": "Feature", "properties": {"name": "东街"}, "geometry": to_geojson(SHAPE)}
    collection = {"type": "FeatureCollection", "features": [feature]}
    assert from_geojson(feature).equals(SHAPE)
    assert from_geojson(collection).equals(SHAPE)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_shape_or_bad_value(data: bytes) -> None:
    for read in (from_wkb, from_geojson):
        with pytest.raises(BadValue, match="outline"):
            read(data, "outline")


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Point", "coordinates": [115.2, 37.0]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, "x"], [1, 1], [0, 0]]]},
    ],
)
def test_geojson_without_an_area_is_refused(source: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        from_geojson(source)


def test_swapped_latitude_and_longitude_are_refused() -> None:
    with pytest.raises(BadValue, match="latitude 115"):
        repair(box(36.9, 115.1, 37.0, 115.2))


def test_not_a_number_is_refused() -> None:
    sound = to_wkb(MultiPolygon([Polygon([(1, 1), (2, 1), (3, 2)])]))
    broken = sound.replace(struct.pack("<d", 3.0), struct.pack("<d", float("nan")))
    with pytest.raises(BadValue, match="nan"):
        from_wkb(broken)


def test_a_bow_tie_becomes_two_triangles() -> None:
    fixed = repair(BOW_TIE)
    assert fixed.is_valid
    assert len(fixed.geoms) == 2
    assert fixed.area == pytest.approx(0.00005)


def test_lines_and_points_are_dropped() -> None:
    mixed = GeometryCollection([LineString([(0, 0), (1, 1)]), Point(0, 0), FIELD])
    assert repair(mixed).equals(SHAPE)


def test_outer_rings_run_counter_clockwise_and_holes_the_other_way() -> None:
    holed = Polygon(box(0, 0, 1, 1).exterior.coords[::-1], [box(0.2, 0.2, 0.4, 0.4).exterior.coords])
    part = repair(holed).geoms[0]
    assert part.exterior.is_ccw
    assert not part.interiors[0].is_ccw


@example([(115.0, 37.125), (115.5, 37.0), (115.0, 37.0), (115.0, 36.875), (115.5, 37.0), (115.0, 37.0)])
@given(st.lists(DEGREES, min_size=3, max_size=9))
def test_any_ring_is_repaired_or_refused(ring: list[tuple[float, float]]) -> None:
    try:
        fixed = repair(Polygon(ring))
    except BadValue:
        return
    assert fixed.is_valid
    assert fixed.area > 0


@given(DEGREES, st.floats(0.0005, 0.15), st.floats(0.0005, 0.15))
def test_area_is_that_of_the_ellipsoid(corner: tuple[float, float], wide: float, high: float) -> None:
    lon, lat = corner
    diamond = Polygon([(lon + wide, lat), (lon, lat + high), (lon - wide, lat), (lon, lat - high)])
    true_m2, _ = ELLIPSOID.geometry_area_perimeter(diamond.segmentize(0.002))
    assert area_m2(diamond) == pytest.approx(abs(true_m2), rel=1e-4)


def test_area_of_parts_and_holes_adds_up() -> None:
    whole, hole = box(115.2, 37.0, 115.21, 37.01), box(115.203, 37.003, 115.207, 37.007)
    holed = Polygon(whole.exterior.coords, [hole.exterior.coords])
    assert area_m2(holed) == pytest.approx(area_m2(whole) - area_m2(hole), rel=1e-9)


@pytest.mark.parametrize(("size_deg", "rel"), [(0.006, 1e-4), (0.3, 5e-3)])
def test_length_is_that_of_the_ellipsoid(size_deg: float, rel: float) -> None:
    line = LineString([(115.0, 36.9), (115.0 + size_deg, 36.9 + size_deg / 2), (115.0, 36.9 + size_deg)])
    assert length_m(line) == pytest.approx(ELLIPSOID.geometry_length(line.segmentize(0.005)), rel=rel)


def test_label_is_inside_the_largest_part() -> None:
    horseshoe = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    assert not horseshoe.buffer(-0.3).contains(horseshoe.centroid), "its middle is no place for a label"
    lat, lon = label_point(MultiPolygon([box(5, 5, 5.1, 5.1), horseshoe]))
    assert horseshoe.buffer(-0.4).contains(Point(lon, lat))


def test_label_is_as_far_from_the_edge_as_can_be() -> None:
    lat, lon = label_point(MultiPolygon([box(115.0, 37.0, 115.02, 37.004)]))
    assert lat == pytest.approx(37.002, abs=0.0003)
    assert 115.002 < lon < 115.018


@given(st.lists(DEGREES, min_size=3, max_size=8))
def test_label_has_nearly_the_most_room_there_is(ring: list[tuple[float, float]]) -> None:
    shape = repair(MultiPoint(ring).convex_hull.buffer(0.001, quad_segs=2))
    plane = plane_of(shape)
    flat = in_metres(shape, plane)
    lat, lon = label_point(shape)
    room_m = flat.boundary.distance(Point(plane.to_xy(lat, lon)))
    west, south, east, north = flat.bounds
    most_m = maximum_inscribed_circle(flat, 1.0).length
    assert room_m >= most_m - 0.011 * max(east - west, north - south) - 1.0
