"""Neighbours, map colours, gaps and overlaps on small and on irregular maps."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPoint, MultiPolygon, Point, box

from tracker.errors import BadValue
from tracker.geo.mosaic import COLOURS, FaultKind, colour_map, faults, neighbours
from tracker.geo.shapes import area_m2, repair

STEP = 0.005
FRAME = box(115.2, 37.0, 115.2 + 3 * STEP, 37.0 + 3 * STEP)


def tile(column: float, row: float, wide: float = 1, high: float = 1) -> MultiPolygon:
    west, south = 115.2 + column * STEP, 37.0 + row * STEP
    return MultiPolygon([box(west, south, west + wide * STEP, south + high * STEP)])


def nine() -> dict[str, MultiPolygon]:
    """Nine square areas named by column and row."""
    return {f"{column}{row}": tile(column, row) for column in range(3) for row in range(3)}


def irregular(count: int, seed: int) -> dict[str, MultiPolygon]:
    """Areas as villages have them, tiling a frame: the Voronoi cells of random places."""
    random = np.random.default_rng(seed)
    places = MultiPoint(random.uniform((115.2, 37.0), (115.2 + 3 * STEP, 37.0 + 3 * STEP), (count, 2)))
    cells = shapely.voronoi_polygons(places, extend_to=FRAME).geoms
    return {f"{at:03}": repair(shapely.intersection(cell, FRAME)) for at, cell in enumerate(cells)}


def assert_coloured(adjacency: dict[str, frozenset[str]], colours: dict[str, int]) -> None:
    assert colours.keys() == adjacency.keys()
    assert all(colours[code] != colours[near] for code, nears in adjacency.items() for near in nears)
    assert set(colours.values()) <= set(range(COLOURS))


def test_neighbours_share_a_border_not_a_corner() -> None:
    found = neighbours(nine())
    assert found["11"] == {"01", "21", "10", "12"}
    assert found["00"] == {"01", "10"}


def test_a_hand_drawn_crack_is_still_a_border() -> None:
    crack = 0.3 / 89_000 / STEP  # 0.3 m in tile widths
    assert neighbours({"a": tile(0, 0), "b": tile(1 + crack, 0)}) == {"a": {"b"}, "b": {"a"}}


def test_a_road_between_is_no_border() -> None:
    road = 10 / 89_000 / STEP
    assert neighbours({"a": tile(0, 0), "b": tile(1 + road, 0)}) == {"a": frozenset(), "b": frozenset()}


def test_nothing_has_no_neighbours_colours_or_faults() -> None:
    assert neighbours({}) == {}
    assert colour_map({}) == {}
    assert faults({}) == []


@given(st.integers(2, 60), st.integers(0, 1000))
def test_neighbours_never_share_a_colour(count: int, seed: int) -> None:
    adjacency = neighbours(irregular(count, seed))
    assert_coloured(adjacency, colour_map(adjacency))


@given(st.dictionaries(st.integers(0, 30).map(str), st.sets(st.integers(0, 30).map(str), max_size=4)))
def test_any_graph_is_coloured_or_refused(graph: dict[str, set[str]]) -> None:
    adjacency = {code: frozenset(near for near in nears if near in graph) for code, nears in graph.items()}
    both = {a: frozenset(b for b in graph if b != a and (b in adjacency[a] or a in adjacency[b])) for a in graph}
    try:
        colours = colour_map(adjacency)
    except BadValue:
        assert max(map(len, both.values())) >= COLOURS
    else:
        assert_coloured(both, colours)


def test_a_wheel_with_many_spokes_is_coloured() -> None:
    rim = [f"{at:02}" for at in range(31)]
    adjacency = {code: frozenset((rim[at - 1], "hub")) for at, code in enumerate(rim)} | {"hub": frozenset(rim)}
    assert_coloured(adjacency, colour_map(adjacency))


def test_the_colours_are_used_evenly() -> None:
    colours = list(colour_map(neighbours(irregular(120, 7))).values())
    assert min(colours.count(colour) for colour in range(COLOURS)) >= 10


def test_the_same_map_gets_the_same_colours() -> None:
    adjacency = neighbours(irregular(40, 5))
    turned = dict(reversed(adjacency.items()))
    assert colour_map(adjacency) == colour_map(turned)


def test_nine_that_all_touch_are_refused() -> None:
    codes = "abcdefghi"
    with pytest.raises(BadValue, match="8 colours"):
        colour_map({code: frozenset(codes) - {code} for code in codes})


def test_a_neighbour_that_is_no_area_is_refused() -> None:
    with pytest.raises(BadValue, match="'b'"):
        colour_map({"a": ["b"]})


def test_a_clean_map_has_no_faults() -> None:
    assert faults(irregular(50, 3), MultiPolygon([FRAME])) == []


def test_a_hole_is_a_gap() -> None:
    shapes = nine()
    hole = shapes.pop("11")
    (fault,) = faults(shapes)
    assert fault.kind is FaultKind.GAP
    assert fault.area_m2 == pytest.approx(area_m2(hole), rel=1e-3)
    assert hole.contains(Point(fault.lon, fault.lat))
    assert {"01", "21", "10", "12"} <= set(fault.codes)


def test_a_missing_rim_area_is_a_gap_only_with_an_outline() -> None:
    shapes = nine()
    del shapes["01"]
    assert faults(shapes) == []
    (fault,) = faults(shapes, MultiPolygon([FRAME]))
    assert (fault.kind, "11" in fault.codes) == (FaultKind.GAP, True)


def test_an_overlap_names_its_two_areas() -> None:
    shapes = nine() | {"00": tile(0, 0, wide=1.1)}
    (fault,) = faults(shapes)
    assert (fault.kind, fault.codes) == (FaultKind.OVERLAP, ("00", "10"))
    assert fault.area_m2 == pytest.approx(area_m2(tile(1, 0, wide=0.1)), rel=1e-3)


def test_what_lies_beyond_the_outline_is_outside() -> None:
    shapes = nine() | {"22": tile(2, 2, wide=1.2)}
    (fault,) = faults(shapes, MultiPolygon([FRAME]))
    assert (fault.kind, fault.codes) == (FaultKind.OUTSIDE, ("22",))


def test_faults_below_the_tolerance_are_left_out() -> None:
    shapes = nine() | {"00": tile(0, 0, wide=1.1)}
    assert faults(shapes, least_m2=1e6) == []
