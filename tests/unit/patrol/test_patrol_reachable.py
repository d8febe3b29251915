from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from tests.unit.patrol.patrol_house import LAT, LON, box
from tracker.geo.cells import CellId, cells_of_polygon, center
from tracker.geo.projection import Floats, LocalPlane
from tracker.patrol.reachable import Drawn, Reach, Why, closed_cells, reachable_cells

PLANE = LocalPlane(LAT, LON)
LANE = shapely.LineString([(LON - 0.002, LAT), (LON + 0.002, LAT)])
FARM = shapely.Point(LON, LAT + 0.002)  # 220 m from the lane
BESIDE = shapely.Point(LON + 0.0008, LAT + 0.00033)  # 37 m from it


def drawn(**shapes: Any) -> Drawn:
    kinds = {"lanes": (), "houses": ()} | shapes
    return Drawn(**{name: np.array(list(some), object) for name, some in kinds.items()})


def seen_from(shape: Any, of: Any = None) -> set[int]:
    walked = shapely.transform(shape, in_metres)
    centres = {cell: shapely.Point(*PLANE.to_xy(*center(CellId(cell)))) for cell in cells_of_polygon(of or box())}
    return {int(cell) for cell, place in centres.items() if walked.distance(place) <= 40}


def in_metres(points: Floats) -> Floats:
    return np.column_stack(PLANE.to_xy(points[:, 1], points[:, 0]))


def cells(reach: Reach, why: Why | None = None) -> set[int]:
    return set(reach.cells[(reach.why & int(why)) > 0].tolist() if why else reach.cells.tolist())


def test_cells_near_a_lane_or_a_farm_are_reachable() -> None:
    (reach,) = reachable_cells([box()], drawn(lanes=[LANE], houses=[FARM]))
    assert cells(reach) == seen_from(LANE) | seen_from(FARM)
    assert (cells(reach, Why.LANE), cells(reach, Why.HOUSE)) == (seen_from(LANE), seen_from(FARM))
    assert reach.source == "lanes"
    assert (reach.cells[1:] > reach.cells[:-1]).all()


def test_a_house_in_sight_of_a_lane_adds_nothing_that_the_lane_does_not_show() -> None:
    (reach,) = reachable_cells([box()], drawn(lanes=[LANE], houses=[BESIDE]))
    assert seen_from(BESIDE) - seen_from(LANE), "the house has cells behind it"
    assert cells(reach) == seen_from(LANE)
    assert cells(reach, Why.HOUSE) == seen_from(BESIDE) & seen_from(LANE)


def test_cells_that_only_the_next_grids_lane_shows_are_not_asked_for() -> None:
    across = shapely.LineString([(LON + 0.0029, LAT - 0.002), (LON + 0.0029, LAT + 0.002)])  # 35 m beyond the border
    on_border = shapely.LineString([(LON + 0.0026, LAT - 0.002), (LON + 0.0026, LAT + 0.002)])  # 9 m beyond
    assert seen_from(across)
    (far,) = reachable_cells([box()], drawn(lanes=[LANE, across]))
    (near,) = reachable_cells([box()], drawn(lanes=[LANE, on_border]))
    assert cells(far) == seen_from(LANE)
    assert cells(near) > seen_from(LANE)


def test_water_and_fenced_land_are_taken_out() -> None:
    pond = shapely.box(LON - 0.001, LAT - 0.001, LON, LAT + 0.001)
    (reach,) = reachable_cells([box()], drawn(lanes=[LANE], closed=[pond]))
    in_pond = {cell for cell in seen_from(LANE) if pond.contains(shapely.Point(*center(CellId(cell))[::-1]))}
    assert in_pond
    assert cells(reach) == seen_from(LANE) - in_pond
    assert closed_cells(np.array(sorted(in_pond), np.int64), np.array([pond], object)).all()


def test_a_grid_without_lanes_and_houses_starts_from_its_key_points() -> None:
    far = box(LON + 0.1)
    well = shapely.Point(LON + 0.1, LAT)
    near, other = reachable_cells([box(), far], drawn(lanes=[LANE], points=[well, shapely.Point(LON, LAT + 0.002)]))
    assert (near.source, other.source) == ("lanes", "points")
    assert cells(near) == seen_from(LANE), "key points of a grid with lanes have their own criterion"
    assert cells(other, Why.POINT) == cells(other) == seen_from(well, far)


def test_a_grid_of_which_nothing_is_known_has_no_cells_instead_of_all() -> None:
    (reach,) = reachable_cells([box()], drawn())
    assert (reach.source, len(reach.cells), len(reach.why)) == ("unknown", 0, 0)
    assert reachable_cells([], drawn()) == []
