"""H3 cells: the hexagons in which coverage and presence are counted."""

from __future__ import annotations

from typing import NewType

import h3.api.basic_int as h3
import shapely
from shapely import MultiPolygon, Polygon

CellId = NewType("CellId", int)

RESOLUTION = 11
PRESENCE_RESOLUTION = 9

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
