"""The outlines of H3 cells in a table, so that numpy can say of many points at once whether each lies in a given cell.

Never wrongly yes: what lies within a metre of an edge is said to be outside, and so is every point of a cell that has
more than six corners because an edge of the globe's icosahedron crosses it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tracker.geo.cells import CellId, boundary, center
from tracker.tracks.group import Ints, Mask

MAX_CELLS = 200_000  # 128 bytes each; of resolution 9 the cells of a province's villages
NONE = 0  # row of an outline that holds nothing
_EDGES = 6
_MARGIN_E7 = 100.0  # a metre: far more than an edge bends
# Columns: centre (lat, lon e7), a degree of longitude in those of latitude, radius squared of the circle inside, and
# for each edge (n, e): a point is on the inner side where north * n + east * e < 1.
_NOTHING = (1e18, 0.0, 1.0, -1.0, *[-1.0, 0.0] * _EDGES)

Floats = NDArray[np.float64]


class Outlines:
    """Outlines of the cells that were asked for, each with its row in the table."""

    def __init__(self) -> None:
        self._rows: dict[CellId, int] = {}
        self._table = np.array([_NOTHING])

    def row(self, cell: CellId) -> int:
        """The row of a cell; NONE when the table is full."""
        row = self._rows.get(cell)
        return self._add(cell) if row is None else row

    def hold(self, rows: Ints, group: Ints, lat_e7: Floats, lon_e7: Floats) -> Mask:
        """Whether each point lies in the cell of its group; `rows` are the cells of the groups."""
        table = np.ascontiguousarray(self._table[rows].T)
        lat, lon, shrink, reach = (column[group] for column in table[:4])
        north, east = lat_e7 - lat, (lon_e7 - lon) * shrink
        within: Mask = north * north + east * east < reach
        # The circle holds nine of ten points that are inside; only the others are held against the edges.
        rest = np.flatnonzero(~within)
        north, east, group = north[rest], east[rest], group[rest]
        inside = np.ones(len(rest), np.bool_)
        for edge in range(4, len(_NOTHING), 2):
            inside &= north * table[edge][group] + east * table[edge + 1][group] < 1
        within[rest[inside]] = True
        return within

    def _add(self, cell: CellId) -> int:
        if len(self._rows) >= MAX_CELLS:
            return NONE
        row = self._rows[cell] = len(self._rows) + 1
        if row >= len(self._table):
            self._table = np.concatenate([self._table, np.tile(_NOTHING, (max(1024, row), 1))])
        self._table[row] = _outline(cell)
        return row


def _outline(cell: CellId) -> tuple[float, ...]:
    lat, lon = center(cell)
    shrink = math.cos(math.radians(lat))
    corners = [((north - lat) * 1e7, _turned(east - lon) * 1e7 * shrink) for north, east in boundary(cell)]
    if len(corners) != _EDGES:
        return _NOTHING
    edges: list[float] = []
    distances: list[float] = []
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        length = math.dist(one, other)
        to_edge = (one[0] * other[1] - one[1] * other[0]) / length  # negative if the corners go round clockwise
        distance = to_edge - math.copysign(_MARGIN_E7, to_edge)
        edges += [(other[1] - one[1]) / length / distance, (one[0] - other[0]) / length / distance]
        distances.append(abs(distance))
    return lat * 1e7, lon * 1e7, shrink, min(distances) ** 2, *edges


def _turned(degrees: float) -> float:
    """A difference of longitudes the short way round."""
    return (degrees + 180) % 360 - 180
