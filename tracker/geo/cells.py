"""H3 cells: the hexagons in which coverage and presence are counted.

Why resolution 11 and not 12, measured by tests/bench/cells.py on 4,215 irregular grids of 0.24 km2 about
36.97 N 115.26 E, with a sight radius of 40 m (one core of a busy two-core machine):

    resolution                                                   11        12
    area of a cell, m2                                        1,576       225
    distance of neighbouring centres, m                          43        16
    cells of a grid, mean                                       153     1,069
    all grids to cells, s                                       1.8       8.6
    all cells as int64 columns, MB                              5.8      36.6
    latlng_to_cell, us                                          1.2       1.0
    exact walk of a 20 m segment, us                            8.3       9.9
    seen cells of a 20 m segment, candidates cached, us         3.9      20.3
    area of a grid by its cells, mean error, %                  1.0       0.3
    fixes in a wrong cell at 5 / 10 / 15 m of noise, %   12/24/35  31/57/74
    seen share of a grid against shapely, points                1.6       0.1
    the same with 10 m of drifting GPS error, points            2.3       0.9

A phone in a village lane errs by 5 to 15 m. At 12 that is a cell's width, so most fixes name a wrong cell; people
would have seven times the cells to draw and to load. So cells are of 11, some 150 to a grid, and what share of them a
swath covers is counted in seven spots a cell (tracker/patrol/spots.py), which has the exactness of 12 (docs/patrol.md).
`RESOLUTION` is the only place to change.
"""

from __future__ import annotations

from typing import NewType

import h3.api.basic_int as h3
import shapely
from shapely import MultiPolygon, Polygon

CellId = NewType("CellId", int)

RESOLUTION = 11
PRESENCE_RESOLUTION = 9  # some 0.08 km2: who was about, without the very spot

_RESOLUTION_SHIFT = 52
_RESOLUTION_MASK = 0xF << _RESOLUTION_SHIFT
_FINEST = 15
_BITS_PER_DIGIT = 3
_HAIR_DEG = 1e-12  # of shapes as thin as this H3 says E_FAILED


def cell_of(lat: float, lon: float, resolution: int = RESOLUTION) -> CellId:
    """The cell that holds a place given in degrees; ValueError if it is not a place on Earth."""
    return CellId(h3.latlng_to_cell(lat, lon, resolution))


def parent(cell: CellId, resolution: int) -> CellId:
    """The cell's forebear at a coarser (or its own) resolution.

    By bits alone, so it also serves numpy columns and SQL: bits 52-55 hold the resolution, below them stand
    fifteen digits of three bits, and the digits that are not in use are all ones.
    """
    unused = (1 << _BITS_PER_DIGIT * (_FINEST - resolution)) - 1
    return CellId(cell & ~_RESOLUTION_MASK | resolution << _RESOLUTION_SHIFT | unused)


def resolution_of(cell: CellId) -> int:
    """The cell's resolution, 0 (largest) to 15."""
    return (cell & _RESOLUTION_MASK) >> _RESOLUTION_SHIFT


def cells_of_polygon(shape: Polygon | MultiPolygon, resolution: int = RESOLUTION) -> frozenset[CellId]:
    """The cells whose centre lies in a shape of (lon, lat) degrees; never empty for a shape with an area.

    Shapes that tile the land share no cell. A grid too small to hold a centre gets the cell of its
    representative point, which it may then share with a neighbour.
    """
    found = frozenset(cell for part in shapely.get_parts(shape) for cell in _centred_in(part, resolution))
    if found or shape.is_empty:
        return found
    inside = shape.representative_point()
    return frozenset((cell_of(inside.y, inside.x, resolution),))


def disk(cell: CellId, k: int) -> list[CellId]:
    """All cells within `k` steps of a cell, itself among them: 3k(k+1)+1 away from the twelve pentagons."""
    return [CellId(other) for other in h3.grid_disk(cell, k)]


def children(cell: CellId) -> list[CellId]:
    """The seven cells of the next finer resolution that lie in a cell, the middle one first: six in a pentagon."""
    return [CellId(child) for child in h3.cell_to_children(cell)]


def boundary(cell: CellId) -> tuple[tuple[float, float], ...]:
    """The corners (lat, lon) of a cell counter-clockwise, the first not repeated: six, rarely five to ten."""
    corners: tuple[tuple[float, float], ...] = h3.cell_to_boundary(cell)
    return corners


def center(cell: CellId) -> tuple[float, float]:
    """The centre (lat, lon) of a cell in degrees."""
    middle: tuple[float, float] = h3.cell_to_latlng(cell)
    return middle


def _centred_in(part: Polygon, resolution: int) -> list[CellId]:
    west, south, east, north = part.bounds
    if min(east - west, north - south) < _HAIR_DEG:
        return []
    rings = ([(y, x) for x, y in ring.coords] for ring in (part.exterior, *part.interiors))
    return [CellId(cell) for cell in h3.h3shape_to_cells(h3.LatLngPoly(*rings), resolution)]
