"""Seven spots to a cell: where they lie, how cells are drawn of them, how they are told."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.patrol.patrol_house import LAT, LON
from tracker.geo.cells import cell_of, center, children
from tracker.geo.projection import LocalPlane
from tracker.patrol.spots import drawn, drawn_ms, in_cells, offsets_about
from tracker.patrol.walks import NEVER

PLANE = LocalPlane(LAT, LON)


def packed(*cells: tuple[int, ...]) -> bytes:
    return np.packbits(np.array(cells, np.uint8).ravel(), bitorder="little").tobytes()


def test_the_first_spot_is_the_cell_s_own_centre() -> None:
    assert offsets_about(cell_of(LAT, LON), PLANE)[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize("away_deg", [0.001, 0.0025, 0.005])
def test_spots_lie_where_h3_has_the_children_s_centres(away_deg: float) -> None:
    offsets = offsets_about(cell_of(LAT, LON), PLANE)
    cell = cell_of(LAT + away_deg, LON - away_deg)
    places = np.array([center(one) for one in children(cell)])
    x, y = PLANE.to_xy(places[:, 0], places[:, 1])
    middle_x, middle_y = PLANE.to_xy(*center(cell))
    assert np.abs(offsets - np.array([x - middle_x, y - middle_y])).max() < 0.005


def test_a_cell_is_drawn_once_most_of_its_spots_were_seen() -> None:
    some = packed((1, 1, 1, 0, 0, 0, 0), (0, 1, 1, 0, 0, 1, 1), (1,) * 7)
    assert drawn(some, 3).tolist() == [0, 1, 1]
    assert drawn(b"", 2).tolist() == [0, 0]


def test_the_moment_of_drawing_is_that_of_the_fourth_spot() -> None:
    seen_ms = np.array([5, 1, NEVER, 9, 2, NEVER, NEVER, 3, NEVER, 3, 3, *[NEVER] * 3], np.int32)
    assert drawn_ms(seen_ms).tolist() == [9, NEVER]


def test_people_are_told_cells_to_a_tenth_never_too_many() -> None:
    assert [in_cells(spots) for spots in (0, 1, 7, 750, 1071)] == [0, 0.1, 1, 107.1, 153]
