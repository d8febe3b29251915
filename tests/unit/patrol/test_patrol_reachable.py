from __future__ import annotations

import numpy as np
import shapely

from tests.unit.patrol.patrol_house import LAT, LON, box
from tracker.geo.cells import CellId, cells_of_polygon, center
from tracker.geo.projection import Floats, LocalPlane
from tracker.patrol.reachable import reachable_cells

PLANE = LocalPlane(LAT, LON)
LANE = shapely.LineString([(LON - 0.002, LAT), (LON + 0.002, LAT)])
HOUSE = shapely.Point(LON, LAT + 0.002)


def test_cells_near_a_lane_or_a_house_are_reachable() -> None:
    (reach,) = reachable_cells([box()], [shapely.to_wkb(LANE), shapely.to_wkb(HOUSE)])
    walked = shapely.union_all([shapely.transform(one, in_metres) for one in (LANE, HOUSE)])
    expected = {
        cell
        for cell in cells_of_polygon(box())
        if walked.distance(shapely.Point(*PLANE.to_xy(*center(CellId(cell))))) <= 40
    }
    assert set(reach.cells.tolist()) == expected
    assert reach.source == "lanes"
    assert (reach.cells[1:] > reach.cells[:-1]).all()


def in_metres(points: Floats) -> Floats:
    return np.column_stack(PLANE.to_xy(points[:, 1], points[:, 0]))


def test_a_grid_without_lanes_has_all_its_cells() -> None:
    far = box(LON + 0.1)
    near, other = reachable_cells([box(), far], [shapely.to_wkb(LANE)])
    assert (near.source, other.source) == ("lanes", "area")
    assert set(other.cells.tolist()) == cells_of_polygon(far)


def test_nothing_drawn_at_all_is_the_whole_area() -> None:
    assert [one.source for one in reachable_cells([box()], [])] == ["area"]
    assert reachable_cells([], []) == []
