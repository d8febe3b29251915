"""A made-up grid, rounds and tracks for the tests of the patrol room."""

from __future__ import annotations

from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.clock import day_start_ms
from tracker.geo.cells import cells_of_polygon
from tracker.patrol.calendar import Calendar
from tracker.patrol.ground import GridGround, Ground, plane_of
from tracker.patrol.model import RoundWindow
from tracker.patrol.plan import default_plan, rounds_on
from tracker.patrol.steps import Segment, Steps, decode
from tracker.patrol.walks import Walk, Walks
from tracker.tracks.model import Fix
from tracker.tracks.segment import pack

DAY = date(2026, 9, 1)
GRID = "130533100201001"
COUNTY = "130533000000"
LAT, LON = 36.97, 115.26
ROUNDS = rounds_on(default_plan(COUNTY, DAY), DAY, Calendar())
MORNING = ROUNDS[0]
MIDNIGHT = day_start_ms(DAY)


# An irregular grid with a hollow side and a pond, as villages have them.
IRREGULAR = shapely.Polygon(
    [(LON + x / 1e4, LAT + y / 1e4) for x, y in ((-25, -25), (20, -28), (26, 5), (6, 8), (4, 25), (-20, 21), (-24, 2))],
    [[(LON + x / 1e4, LAT + y / 1e4) for x, y in ((-12, -12), (-4, -14), (-6, -3))]],
)


def box(lon: float = LON, lat: float = LAT, half_deg: float = 0.0025) -> shapely.Polygon:
    return shapely.box(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)


def grid_ground(
    code: str = GRID,
    boundary: shapely.Polygon | None = None,
    *,
    cells: NDArray[np.int64] | None = None,
    sight_m: float = 40.0,
    points: bool = True,
) -> GridGround:
    shape = box() if boundary is None else boundary
    middle = shape.centroid
    if cells is None:
        cells = np.array(sorted(cells_of_polygon(shape)), np.int64)
    key_points = ((7, middle.x, middle.y, 30.0), (9, middle.x + 0.001, middle.y, 50.0)) if points else ()
    return GridGround(code=code, boundary=shape, cells=cells, sight_m=sight_m, points=key_points)


def fix(at_s: float, x: float, y: float, *, accuracy_dm: int | None = 80, flags: int = 0) -> Fix:
    """A fix `at_s` after the morning round began, in metres east and north of the grid's middle."""
    lat, lon = plane_of(box()).to_latlon(x, y)
    return Fix(
        recorded_at_ms=MORNING.starts_ms + round(at_s * 1000),
        lat_e7=round(lat * 1e7),
        lon_e7=round(lon * 1e7),
        accuracy_dm=accuracy_dm,
        flags=flags,
    )


def segment(worker: int, fixes: list[Fix]) -> Segment:
    ordered = sorted(fixes, key=lambda one: one.recorded_at_ms)
    return worker, ordered[0].recorded_at_ms, pack(ordered)


def steps(*fixes: Fix, worker: int = 1) -> Steps:
    return decode([segment(worker, list(fixes))])


def walks_of(ground: Ground, workers: tuple[int, ...] = (1,), windows: tuple[RoundWindow, ...] = ROUNDS) -> Walks:
    grids = range(len(ground.codes))
    return Walks(
        ground, [Walk(worker_id=one, grid=grid, window=w) for one in workers for grid in grids for w in windows]
    )
