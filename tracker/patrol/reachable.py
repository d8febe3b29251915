"""Which cells of a grid can be reached on foot, and why: those seen from its lanes and houses, never whole fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.geo.cells import CellId, cells_of_polygon, center
from tracker.geo.projection import Floats, metres_per_degree

NEAR_M = 40.0
FEWEST = 5  # cells; fewer come from a lane that only touches the grid and say nothing of its ways
BESIDE_M = 20.0  # a lane on the border belongs to both sides, though it was drawn a few metres beyond

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Whys = NDArray[np.uint8]


class Why(IntFlag):
    """Why a cell is reachable; several may hold. The numbers stand in the table and go to the pages."""

    LANE = 1
    HOUSE = 2
    POINT = 4  # a key point of a grid without lanes and houses
    TRACK = 8  # workers were seen to walk there
    HAND = 16


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Drawn:
    """What the county's plan has of lanes and houses, areas that nobody can walk (water, fenced land), key points."""

    lanes: NDArray[Any]
    houses: NDArray[Any]
    closed: NDArray[Any] = field(default_factory=lambda: np.empty(0, object))
    points: NDArray[Any] = field(default_factory=lambda: np.empty(0, object))


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Reach:
    """The reachable cells of one grid, ascending, each with its reasons; no cell at all is source "unknown"."""

    source: str
    cells: Ints
    why: Whys


def reachable_cells(boundaries: Sequence[Any], drawn: Drawn) -> list[Reach]:
    """For each boundary (degrees) the cells that can be seen from where people walk; a few seconds a county.

    A cell counts with its centre within 40 m of a lane of the grid, which reaches 20 m beyond its border: what only
    the next grid's lanes show is not asked for. A house within 40 m of a lane adds nothing: what lies behind it cannot
    be seen from the lane. One that stands apart must be walked up to, and the cells around it count. A grid with
    neither, or with next to none, starts from its key points, and without those it has no cells: its ground is not yet
    known. Cells with a centre in a closed area never count. Distances are taken in metres at the latitude in the
    middle of all the boundaries: 0.3 % off at 25 km from it.
    """
    inside = [np.array(sorted(cells_of_polygon(shape)), np.int64) for shape in boundaries]
    cells = np.concatenate([*inside, np.empty(0, np.int64)])
    if not len(cells):
        return [Reach(source="unknown", cells=one, why=np.empty(0, np.uint8)) for one in inside]
    grid = np.repeat(np.arange(len(inside)), [len(one) for one in inside])
    why, is_open = _reasons(boundaries, grid, cells, drawn), ~closed_cells(cells, drawn.closed)
    edges = np.cumsum([len(one) for one in inside])[:-1]
    parts = zip(inside, np.split(why, edges), np.split(is_open, edges), strict=True)
    return [_reach(one, reasons, free) for one, reasons, free in parts]


def closed_cells(cells: Ints, closed: NDArray[Any]) -> Mask:
    """Which of some cells have their centre in an area that nobody can walk; both in degrees."""
    found = np.zeros(len(cells), np.bool_)
    if len(cells) and len(closed):
        places = shapely.points(_centres(cells)[:, ::-1])
        found[shapely.STRtree(closed).query(places, predicate="within")[0]] = True
    return found


def _reasons(boundaries: Sequence[Any], grid: Ints, cells: Ints, drawn: Drawn) -> Whys:
    """Of each cell, which belongs to the boundary at `grid`, why it may count."""
    places = _centres(cells)
    plane = _Plane(places)
    borders = plane.take(np.array(boundaries, object))
    centres = plane.points(places)
    lanes, houses, points = (plane.take(each) for each in (drawn.lanes, drawn.houses, drawn.points))
    by_lane = _near(centres, grid, *_shared(lanes, shapely.buffer(borders, BESIDE_M), cut=True))
    by_house = _near(centres, grid, *_shared(houses, borders))
    lonely = houses[~_is_near(houses, lanes)]
    by_lonely = _near(centres, grid, *_shared(lonely, borders))
    by_point = _near(centres, grid, *_shared(points, borders))
    why = np.zeros(len(cells), np.uint8)
    pairs = ((Why.LANE, by_lane), (Why.HOUSE, by_house & (by_lane | by_lonely)), (Why.POINT, by_point))
    for reason, holds in pairs:
        why[holds] |= np.uint8(reason)
    return why


def _reach(cells: Ints, why: Whys, free: Mask) -> Reach:
    drawn, points = ((why & np.uint8(some)) > 0 for some in (Why.LANE | Why.HOUSE, Why.POINT))
    is_drawn = np.count_nonzero(drawn & free) >= FEWEST
    kept = (drawn if is_drawn else points) & free
    source = "lanes" if is_drawn else "points" if kept.any() else "unknown"
    return Reach(source=source, cells=cells[kept], why=why[kept] & np.uint8(~Why.POINT if is_drawn else Why.POINT))


class _Plane:
    """Metres at the middle latitude of some places (lat, lon)."""

    def __init__(self, places: Floats) -> None:
        self._scale = np.array(metres_per_degree(float(places[:, 0].mean())))

    def take(self, shapes: NDArray[Any]) -> NDArray[Any]:
        """Shapes in degrees, in metres."""
        moved: NDArray[Any] = shapely.transform(shapes, lambda points: points * self._scale)
        return moved

    def points(self, places: Floats) -> NDArray[Any]:
        """Places (lat, lon) as points in metres."""
        moved: NDArray[Any] = shapely.points(places[:, ::-1] * self._scale)
        return moved


def _centres(cells: Ints) -> Floats:
    return np.array([center(CellId(cell)) for cell in cells.tolist()]).reshape(-1, 2)


def _shared(shapes: NDArray[Any], borders: NDArray[Any], *, cut: bool = False) -> tuple[NDArray[Any], Ints]:
    """Shapes with the place of the border in which they lie, once for each; `cut` to what lies inside."""
    if not len(shapes):
        return shapes, np.empty(0, np.int64)
    border, shape = shapely.STRtree(shapes).query(borders, predicate="intersects")
    found: NDArray[Any] = shapely.intersection(shapes[shape], borders[border]) if cut else shapes[shape]
    return found, border


def _near(centres: NDArray[Any], grid: Ints, shapes: NDArray[Any], owner: Ints) -> Mask:
    """Which centres lie within NEAR_M of a shape of their own grid, all in metres."""
    found = np.zeros(len(centres), np.bool_)
    if len(shapes):
        centre, shape = shapely.STRtree(shapes).query(centres, predicate="dwithin", distance=NEAR_M)
        found[centre[grid[centre] == owner[shape]]] = True
    return found


def _is_near(shapes: NDArray[Any], others: NDArray[Any]) -> Mask:
    """Which of the shapes lie within NEAR_M of any of the others, all in metres."""
    found = np.zeros(len(shapes), np.bool_)
    if len(shapes) and len(others):
        found[shapely.STRtree(others).query(shapes, predicate="dwithin", distance=NEAR_M)[0]] = True
    return found
