"""Colours of neighbouring grids."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from tracker.county.colors import assign_colors, neighbours
from tracker.county.model import Boundary


def a_field(columns: int, rows: int) -> dict[str, Boundary]:
    places = ((x, y) for x in range(columns) for y in range(rows))
    return {f"{x},{y}": box(x * 0.01, y * 0.01, x * 0.01 + 0.01, y * 0.01 + 0.01) for x, y in places}


def test_grids_across_a_lane_are_neighbours() -> None:
    around = neighbours({"a": box(0, 0, 1, 1), "b": box(1.0002, 0, 2, 1), "c": box(2.01, 0, 3, 1)})
    assert around == {"a": {"b"}, "b": {"a"}, "c": set()}


@settings(deadline=None)
@given(st.integers(1, 7), st.integers(1, 7))
def test_neighbours_never_share_a_colour(columns: int, rows: int) -> None:
    shapes = a_field(columns, rows)
    colors = assign_colors(shapes, {})
    assert all(colors[one] != colors[other] for one, others in neighbours(shapes).items() for other in others)


def test_given_colours_stay_and_new_ones_avoid_them() -> None:
    shapes = a_field(3, 1)
    colors = assign_colors(shapes, {"0,0": 5, "2,0": 6})
    assert (colors["0,0"], colors["2,0"]) == (5, 6)
    assert colors["1,0"] not in {5, 6}
