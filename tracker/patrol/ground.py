"""The ground of many grids as flat columns: cells, key points and borders in metres, and a raster that finds them.

The raster only saves work: for each square of 40 m it lists the cells that a short step in it may see, and says whether
the square is certainly inside the grid, certainly outside, or to be asked of the polygon. It changes no result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.geo.cells import CellId, cell_of, center
from tracker.geo.projection import Floats, LocalPlane
from tracker.patrol.spots import PER_CELL, offsets_about

BORDER_M = 30.0  # a step counts as inside up to here: nobody loses minutes to a phone that errs at the border
SQUARE_M = 40.0
PIECE_M = 40.0  # longer segments are looked up in pieces
HALF_DIAGONAL_M = SQUARE_M * 0.7072
E7 = 10_000_000

Ints = NDArray[np.int64]
OUTSIDE, INSIDE, ASK = 0, 1, 2


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class GridGround:
    """One grid as the fold needs it; boundary in degrees, cells ascending, points as (id, lon, lat, radius m)."""

    code: str
    boundary: Any
    cells: Ints
    sight_m: float
    points: tuple[tuple[int, float, float, float], ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class _Raster:
    west: float
    south: float
    columns: int
    rows: int
    kind: NDArray[np.int8]
    counts: NDArray[np.int32]
    cells: NDArray[np.int16]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class _Part:
    """What is worked out of one grid: its cells' centres, their spots and its widened shape in metres, its raster."""

    x: Floats
    y: Floats
    spots: Floats
    shape: Any
    raster: _Raster


class Ground:
    """Columns over grids (planes, rasters), over cells and over key points; `*_at[g]:*_at[g + 1]` are those of grid g.

    Everything of a grid is measured in metres in the plane about the middle of its boundary's box.
    """

    def __init__(self, grids: Sequence[GridGround], known: Ground | None = None) -> None:
        """What `known` has of the same grids is taken over: their rasters are most of the work."""
        self._grids = grids
        self.codes = [grid.code for grid in grids]
        self.index = {code: place for place, code in enumerate(self.codes)}
        planes = [plane_of(grid.boundary) for grid in grids]
        self.lat0 = np.array([plane.lat0 for plane in planes])
        self.lon0 = np.array([plane.lon0 for plane in planes])
        self.per_lon = np.array([plane.metres_per_degree_x for plane in planes])
        self.per_lat = np.array([plane.metres_per_degree_y for plane in planes])
        self.sight_m2 = np.array([grid.sight_m * grid.sight_m for grid in grids])
        self.cells = [grid.cells for grid in grids]
        self.cell_at = _offsets(len(grid.cells) for grid in grids)
        parts = [
            (known and known.part_like(grid)) or _part(grid, plane) for grid, plane in zip(grids, planes, strict=True)
        ]
        self.cell_x = _column([one.x for one in parts], np.float64)
        self.cell_y = _column([one.y for one in parts], np.float64)
        spots = np.array([one.spots for one in parts]).reshape(-1, 2, PER_CELL)
        self.spot_x, self.spot_y = spots[:, 0], spots[:, 1]  # of each grid: metres from a cell's centre
        farthest_m = [grid.sight_m + np.hypot(*each).max() for grid, each in zip(grids, spots, strict=True)]
        self.near_m2 = np.square(np.array(farthest_m, np.float64))  # of a cell any of whose spots may be seen
        self._add_points(grids, planes)
        self._add_rasters(parts)

    def _add_points(self, grids: Sequence[GridGround], planes: Sequence[LocalPlane]) -> None:
        self.point_ids = [[point[0] for point in grid.points] for grid in grids]
        self.point_at = _offsets(len(grid.points) for grid in grids)
        pairs = zip(grids, planes, strict=True)
        rows = [(*plane.to_xy(lat, lon), radius) for grid, plane in pairs for _, lon, lat, radius in grid.points]
        table = np.array(rows, np.float64).reshape(-1, 3)
        self.point_x, self.point_y, self.point_m2 = table[:, 0], table[:, 1], table[:, 2] ** 2

    def part_like(self, grid: GridGround) -> _Part | None:
        """What has been worked out of this very grid; None if it has changed or is not here."""
        place = self.index.get(grid.code)
        if place is None or not _is_same(self._grids[place], grid):
            return None
        cells = slice(self.cell_at[place], self.cell_at[place + 1])
        squares = slice(self.square_at[place], self.square_at[place + 1])
        near_at = self.near_at[squares.start : squares.stop + 1]
        raster = _Raster(
            west=self.west[place], south=self.south[place], columns=self.columns[place], rows=self.rows[place],
            kind=self.square_kind[squares], counts=np.diff(near_at).astype(np.int32),
            cells=self.near[near_at[0] : near_at[-1]],
        )  # fmt: skip
        spots = np.array([self.spot_x[place], self.spot_y[place]])
        x, y = self.cell_x[cells], self.cell_y[cells]
        return _Part(x=x, y=y, spots=spots, shape=self.shapes[place], raster=raster)

    def _add_rasters(self, parts: Sequence[_Part]) -> None:
        self.shapes: NDArray[Any] = np.array([one.shape for one in parts], object)
        shapely.prepare(self.shapes)
        rasters = [one.raster for one in parts]
        self.west = np.array([one.west for one in rasters])
        self.south = np.array([one.south for one in rasters])
        self.columns = np.array([one.columns for one in rasters], np.int64)
        self.rows = np.array([one.rows for one in rasters], np.int64)
        self.square_at = _offsets(len(one.kind) for one in rasters)
        self.square_kind = _column([one.kind for one in rasters], np.int8)
        self.near_at = np.concatenate([[0], np.cumsum(_column([one.counts for one in rasters], np.int64))])
        self.near = _column([one.cells for one in rasters], np.int16)  # place of the cell within its grid

    def to_xy(self, grid: Ints, lat_e7: NDArray[np.int32], lon_e7: NDArray[np.int32]) -> tuple[Floats, Floats]:
        """Metres in each row's own grid's plane."""
        x = (lon_e7 / E7 - self.lon0[grid]) * self.per_lon[grid]
        y = (lat_e7 / E7 - self.lat0[grid]) * self.per_lat[grid]
        return x, y

    def squares(self, grid: Ints, x: Floats, y: Floats) -> Ints:
        """The square of the raster of each place; -1 beyond it, where nothing is near."""
        column = np.floor((x - self.west[grid]) / SQUARE_M).astype(np.int64)
        row = np.floor((y - self.south[grid]) / SQUARE_M).astype(np.int64)
        columns = self.columns[grid]
        is_on = (column >= 0) & (column < columns) & (row >= 0) & (row < self.rows[grid])
        return np.where(is_on, self.square_at[grid] + row * columns + column, -1)

    def is_inside(self, grid: Ints, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Whether each place lies in its grid, or within BORDER_M of it."""
        square = self.squares(grid, x, y)
        kind = np.where(square < 0, OUTSIDE, self.square_kind[square]) if len(self.square_kind) else np.zeros(len(x))
        inside: NDArray[np.bool_] = kind == INSIDE
        ask = np.flatnonzero(kind == ASK)
        if len(ask):
            inside[ask] = shapely.intersects_xy(self.shapes[grid[ask]], x[ask], y[ask])
        return inside


def plane_of(boundary: Any) -> LocalPlane:
    """The metric plane of a grid: about the middle of its boundary's box."""
    west, south, east, north = boundary.bounds
    return LocalPlane((south + north) / 2, (west + east) / 2)


def _part(grid: GridGround, plane: LocalPlane) -> _Part:
    x, y = _cell_places(grid.cells, plane)
    shape = shapely.buffer(_in_plane(grid.boundary, plane), BORDER_M)
    spots = offsets_about(cell_of(plane.lat0, plane.lon0), plane)
    farthest_m = grid.sight_m + float(np.hypot(*spots).max())
    return _Part(x=x, y=y, spots=spots, shape=shape, raster=_raster(shape, x, y, farthest_m))


def _is_same(one: GridGround, other: GridGround) -> bool:
    is_alike = one.sight_m == other.sight_m and np.array_equal(one.cells, other.cells)
    return is_alike and bool(one.boundary == other.boundary)


def _cell_places(cells: Ints, plane: LocalPlane) -> tuple[Floats, Floats]:
    table = np.array([center(CellId(cell)) for cell in cells.tolist()]).reshape(-1, 2)
    return plane.to_xy(table[:, 0], table[:, 1])


def _in_plane(boundary: Any, plane: LocalPlane) -> Any:
    def moved(points: Floats) -> Floats:
        return np.column_stack(plane.to_xy(points[:, 1], points[:, 0]))

    return shapely.transform(boundary, moved)


def _raster(shape: Any, x: Floats, y: Floats, farthest_m: float) -> _Raster:
    reach = farthest_m + PIECE_M / 2 + HALF_DIAGONAL_M
    west, south, east, north = shape.bounds
    if len(x):
        west, south = min(west, x.min() - reach), min(south, y.min() - reach)
        east, north = max(east, x.max() + reach), max(north, y.max() + reach)
    columns, rows = int((east - west) // SQUARE_M) + 1, int((north - south) // SQUARE_M) + 1
    row, column = np.divmod(np.arange(rows * columns), columns)
    left, low = west + column * SQUARE_M, south + row * SQUARE_M
    away_x, away_y = (left + SQUARE_M / 2)[:, None] - x, (low + SQUARE_M / 2)[:, None] - y
    is_near = away_x * away_x + away_y * away_y <= reach * reach
    return _Raster(
        west=west,
        south=south,
        columns=columns,
        rows=rows,
        kind=_kinds(shape, left, low),
        counts=is_near.sum(axis=1, dtype=np.int32),
        cells=np.nonzero(is_near)[1].astype(np.int16),
    )


def _kinds(shape: Any, left: Floats, low: Floats) -> NDArray[np.int8]:
    """Two small margins keep rounding from ever calling a doubtful square certain."""
    boxes = shapely.box(left - 0.01, low - 0.01, left + SQUARE_M + 0.01, low + SQUARE_M + 0.01)
    shapely.prepare(shape)
    kinds = np.where(shapely.intersects(shape, boxes), ASK, OUTSIDE)
    kinds[shapely.contains_properly(shape, boxes)] = INSIDE
    return kinds.astype(np.int8)


def _offsets(counts: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(list(counts), dtype=np.int64)])


def _column(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.empty(0, kind)
