"""The exact walk and the rule of sight, against a dense walk, shapely and real tracks."""

from __future__ import annotations

from itertools import pairwise
from math import cos, radians, sin
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from tracker.errors import BadValue
from tracker.geo.cells import CellId, boundary, cell_of, center, disk
from tracker.geo.projection import Floats, LocalPlane
from tracker.geo.walk import crossed_cells, seen_by_segment, seen_cells

TOUCH_M = 0.001  # what is nearer to a border than this may be counted either way
RESOLUTIONS = st.sampled_from([11, 12])
Segment = tuple[float, float, float, float]


@st.composite
def segments(draw: st.DrawFn, longest_m: float = 400.0) -> Segment:
    """A segment somewhere in China's latitudes, up to `longest_m` long, often quite short."""
    lat, lon = draw(st.floats(18, 53)), draw(st.floats(74, 134))
    length_m, angle = draw(st.floats(0, longest_m)), radians(draw(st.floats(0, 360)))
    end = LocalPlane(lat, lon).to_latlon(length_m * sin(angle), length_m * cos(angle))
    return lat, lon, *end


def columns(rows: list[Segment] | Floats) -> tuple[Floats, Floats, Floats, Floats]:
    lat1, lon1, lat2, lon2 = np.array(rows, float).reshape(-1, 4).T
    return lat1, lon1, lat2, lon2


def dense_walk(segment: Segment, resolution: int, step_m: float = 0.25) -> set[CellId]:
    lat1, lon1, lat2, lon2 = segment
    plane = LocalPlane(lat1, lon1)
    steps = max(1, int(np.hypot(*plane.to_xy(lat2, lon2)) / step_m))
    shares = [at / steps for at in range(steps + 1)]
    return {cell_of(lat1 + s * (lat2 - lat1), lon1 + s * (lon2 - lon1), resolution) for s in shares}


def in_metres(segment: Segment) -> tuple[LocalPlane, LineString]:
    lat1, lon1, lat2, lon2 = segment
    plane = LocalPlane((lat1 + lat2) / 2, (lon1 + lon2) / 2)
    return plane, LineString([plane.to_xy(lat1, lon1), plane.to_xy(lat2, lon2)])


def hexagon(plane: LocalPlane, cell: CellId) -> Polygon:
    return Polygon([plane.to_xy(*corner) for corner in boundary(cell)])


def around(segment: Segment, resolution: int, k: int) -> set[CellId]:
    """Every cell within k steps of a dense walk: more than any answer needs."""
    return {near for cell in dense_walk(segment, resolution, 5.0) for near in disk(cell, k)}


@given(segments(), RESOLUTIONS)
def test_crossed_cells_hold_the_dense_walk(segment: Segment, resolution: int) -> None:
    crossed = crossed_cells(*segment, resolution=resolution)
    missing = dense_walk(segment, resolution) - set(crossed)
    plane, line = in_metres(segment)
    assert all(line.intersection(hexagon(plane, cell)).length < TOUCH_M for cell in missing)


@given(segments(150.0), RESOLUTIONS)
def test_crossed_cells_are_those_the_line_runs_through(segment: Segment, resolution: int) -> None:
    crossed = set(crossed_cells(*segment, resolution=resolution))
    plane, line = in_metres(segment)
    for cell in around(segment, resolution, 2):
        shape = hexagon(plane, cell)
        if cell in crossed:
            assert shape.distance(line) < TOUCH_M
        else:
            assert line.intersection(shape).length < TOUCH_M


@given(segments(), RESOLUTIONS)
def test_crossed_cells_come_in_order_without_gaps(segment: Segment, resolution: int) -> None:
    crossed = crossed_cells(*segment, resolution=resolution)
    assert crossed[0] == cell_of(*segment[:2], resolution)
    assert crossed[-1] == cell_of(*segment[2:], resolution)
    assert len(set(crossed)) == len(crossed)
    assert all(b in disk(a, 1) for a, b in pairwise(crossed))


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-0.004, 0.004), st.floats(-0.004, 0.004))
@example(lat=90.0, lon=180.0, north=-0.001, east=0.001)
@example(lat=10.0, lon=179.9999, north=0.001, east=0.004)
@example(lat=-89.9999, lon=0.0, north=-0.004, east=0.004)
def test_walk_ends_everywhere_on_earth(lat: float, lon: float, north: float, east: float) -> None:
    crossed = crossed_cells(lat, lon, lat + north, lon + east)
    assert len(crossed) <= 200
    assert crossed[-1] == cell_of(lat + north, lon + east)


def test_a_walk_over_longitude_180_is_refused_not_led_round_the_earth() -> None:
    with pytest.raises(BadValue, match="segment"):
        crossed_cells(10.0, 179.999, 10.0, -179.999)


@given(segments(), st.integers(0, 5))
def test_walk_along_an_edge_stays_beside_it(segment: Segment, at: int) -> None:
    corners = boundary(cell_of(*segment[:2]))
    edge = (*corners[at - 1], *corners[at])
    plane, line = in_metres(edge)
    assert all(hexagon(plane, cell).distance(line) < TOUCH_M for cell in crossed_cells(*edge))


def test_walk_on_a_real_track_is_the_dense_walk(track: Floats) -> None:
    for row in track[:120].tolist():
        crossed = crossed_cells(*row)
        plane, line = in_metres(row)
        assert dense_walk(row, 11) <= set(crossed)
        assert all(hexagon(plane, cell).distance(line) < TOUCH_M for cell in crossed)


def test_clipped_corner_is_crossed() -> None:
    home = cell_of(36.9753, 115.2661)
    (lat_a, lon_a), (lat_b, lon_b), (lat_c, lon_c) = boundary(home)[:3]
    # A short line across the corner b, one per cent of the way along both of its edges, prolonged outwards.
    p = (lat_b + 0.01 * (lat_a - lat_b), lon_b + 0.01 * (lon_a - lon_b))
    q = (lat_b + 0.01 * (lat_c - lat_b), lon_b + 0.01 * (lon_c - lon_b))
    out = (2 * p[0] - q[0], 2 * p[1] - q[1], 2 * q[0] - p[0], 2 * q[1] - p[1])
    assert home in crossed_cells(*out)
    assert home not in (cell_of(*out[:2]), cell_of(*out[2:]))


@given(st.lists(segments(), min_size=1, max_size=3), st.sampled_from([5.0, 30.0, 50.0]), RESOLUTIONS)
def test_seen_is_centre_within_sight(rows: list[Segment], sight_m: float, resolution: int) -> None:
    seen = set(seen_cells(*columns(rows), sight_m=sight_m, resolution=resolution).tolist())
    for row in rows:
        plane, line = in_metres(row)
        for cell in around(row, resolution, 5 if resolution == 12 else 3):
            distance_m = line.distance(Point(plane.to_xy(*center(cell))))
            if distance_m <= sight_m - TOUCH_M:
                assert cell in seen
    for cell in seen:
        spot = center(CellId(cell))
        distances = (in_metres(row)[1].distance(Point(in_metres(row)[0].to_xy(*spot))) for row in rows)
        assert min(distances) <= sight_m + TOUCH_M


@given(segments(1.0), st.integers(0, 5), st.floats(20.0, 60.0))
def test_seen_beyond_a_corner_is_not_forgotten(place: Segment, at: int, sight_m: float) -> None:
    home = cell_of(*place[:2], 12)
    plane = LocalPlane(*center(home))
    x, y = (0.999 * metres for metres in plane.to_xy(*boundary(home)[at % len(boundary(home))]))
    along = np.array([x, y]) / np.hypot(x, y) * sight_m * 0.2495  # the longest step that counts as short
    row = (*plane.to_latlon(x - along[0], y - along[1]), *plane.to_latlon(x + along[0], y + along[1]))
    seen = set(seen_cells(*columns([row]), sight_m=sight_m, resolution=12).tolist())
    plane, line = in_metres(row)
    for cell in disk(home, 9):
        distance_m = line.distance(Point(plane.to_xy(*center(cell))))
        assert (cell in seen) == (distance_m <= sight_m) or abs(distance_m - sight_m) < TOUCH_M


def test_seen_on_a_real_track_is_the_buffer(track: Floats) -> None:
    sight_m = 30.0
    seen = set(seen_cells(*columns(track), sight_m=sight_m).tolist())
    expected = set()
    for row in track.tolist():
        plane, line = in_metres(row)
        swath = line.buffer(sight_m, quad_segs=256)
        near = around(row, 11, 2)
        expected |= {cell for cell in near if swath.contains(Point(plane.to_xy(*center(cell))))}
    # A polygon stands for the round ends of the swath: it may lose a cell by a millimetre, never gain one.
    assert expected <= seen
    assert len(seen - expected) <= 1


@given(st.lists(segments(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_seen_does_not_depend_on_order_or_batches(rows: list[Segment], random: Random) -> None:
    whole = seen_cells(*columns(rows), sight_m=40.0).tolist()
    parts = [seen_cells(*columns([row]), sight_m=40.0).tolist() for row in rows]
    shuffled = [*rows, *rows[:2]]
    random.shuffle(shuffled)
    assert set(whole) == {cell for part in parts for cell in part}
    assert seen_cells(*columns(shuffled), sight_m=40.0).tolist() == whole


@given(segments())
def test_seen_is_the_same_both_ways(segment: Segment) -> None:
    back = (*segment[2:], *segment[:2])
    there_not_back = set(seen_cells(*columns([segment]), sight_m=40.0).tolist()) ^ set(
        seen_cells(*columns([back]), sight_m=40.0).tolist()
    )
    plane, line = in_metres(segment)
    for cell in there_not_back:
        assert abs(line.distance(Point(plane.to_xy(*center(CellId(cell))))) - 40.0) < TOUCH_M


def test_pairs_name_the_segment() -> None:
    rows: list[Segment] = [(37.0, 115.2, 37.0, 115.2), (36.0, 114.0, 36.001, 114.0)]
    row, cells = seen_by_segment(*columns(rows), sight_m=40.0)
    for at, segment in enumerate(rows):
        assert set(cells[row == at].tolist()) == set(seen_cells(*columns([segment]), sight_m=40.0).tolist())


def test_a_lone_fix_sees_its_surroundings() -> None:
    lat, lon = center(cell_of(37.0, 115.2))
    assert cell_of(lat, lon) in seen_cells(*columns([(lat, lon, lat, lon)]), sight_m=1.0)


def test_nothing_walked_is_nothing_seen() -> None:
    assert seen_cells(*columns([]), sight_m=40.0).tolist() == []


@pytest.mark.parametrize("sight_m", [0.0, -1.0, float("nan")])
def test_no_sight_is_refused(sight_m: float) -> None:
    with pytest.raises(BadValue, match="sight_m"):
        seen_cells(*columns([(37.0, 115.2, 37.0, 115.2)]), sight_m=sight_m)


def test_a_jump_is_refused() -> None:
    jump = (37.0, 115.2, 38.0, 115.2)
    with pytest.raises(BadValue, match="segment"):
        crossed_cells(*jump)
    with pytest.raises(BadValue, match="segment"):
        seen_cells(*columns([jump]), sight_m=40.0)
