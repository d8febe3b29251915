"""What a walked line crosses and what is seen from it, counted in cells.

The rule of coverage: a cell is seen when its centre lies within the sight radius of the walked line. It
depends on each segment alone, so fixes may come in any order and any batches, and twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from tracker.errors import BadValue
from tracker.geo.cells import RESOLUTION, CellId, boundary, cell_of, center, disk, parent, resolution_of
from tracker.geo.projection import Floats, LocalPlane, metres_per_degree_columns

Ints = NDArray[np.int64]
Disk = Floats  # three rows, a column a cell: its id (the bits of an int64), its lat and its lon

MAX_SEGMENT_M = 50_000.0  # no walk: screening flags such jumps long before; it bounds the work of one call
_STEP_OVER = 1.2  # of the way to an edge: just beyond it, well inside the neighbour even of a split edge
_LATTICE_ABOVE = 7  # resolutions: a region some 20 to 50 km wide, in which cells differ by a few per cent
_MARGIN = 1.1  # more than that
_DISKS_AT_ONCE = 256
_CACHED_DISKS = 32_768  # under 1 kB each at resolution 11; eight for each of 4,215 walkers


def crossed_cells(lat1: float, lon1: float, lat2: float, lon2: float, resolution: int = RESOLUTION) -> list[CellId]:
    """The cells that a straight segment runs through, in order, without gaps; degrees.

    Walks from edge to edge, so that clipped corners count, which sampling and `grid_path_cells` miss. Where
    the line meets only a corner point, either side may be named. BadValue (field `segment`) beyond
    MAX_SEGMENT_M.
    """
    plane = LocalPlane((lat1 + lat2) / 2, lon1)
    length_m = hypot(*plane.to_xy(lat2 - lat1 + plane.lat0, lon2))
    _refuse_jump(length_m)
    cell, last = cell_of(lat1, lon1, resolution), cell_of(lat2, lon2, resolution)
    most = 10 + 4 * length_m / _lattice_around(cell)[0]
    crossed = {cell: None}
    while cell != last:
        way_out = _way_out(cell, lat1, lon1, lat2 - lat1, lon2 - lon1)
        # The line may end in this cell and yet, by rounding on the edge, its end be counted to the next.
        onward = last if way_out is None else cell_of(*way_out, resolution)
        # Degrees fail at the poles and longitude 180: there the walk is cut short instead of going astray.
        cell = last if onward in crossed or len(crossed) > most else onward
        crossed[cell] = None
    return list(crossed)


def seen_cells(
    lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats, *, sight_m: float, resolution: int = RESOLUTION
) -> Ints:
    """The cells seen from any of the segments, sorted, each once; columns of degrees, one row a segment."""
    return np.unique(seen_by_segment(lat1, lon1, lat2, lon2, sight_m=sight_m, resolution=resolution)[1])


def seen_by_segment(
    lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats, *, sight_m: float, resolution: int = RESOLUTION
) -> tuple[Ints, Ints]:
    """Pairs (row of the segment, cell seen from it), a pair perhaps twice; a lone fix is a segment too.

    Distances are taken in a plane about each segment's own middle latitude, so a batch changes no result.
    BadValue: field `sight_m` if not above 0, field `segment` beyond MAX_SEGMENT_M.
    """
    if not sight_m > 0:
        raise BadValue(field="sight_m", value=sight_m, allowed="a radius above 0 m")
    if not len(lat1):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    scale_x, scale_y = metres_per_degree_columns((lat1 + lat2) / 2)
    run_x, run_y = (lon2 - lon1) * scale_x, (lat2 - lat1) * scale_y
    length_m = np.hypot(run_x, run_y)
    _refuse_jump(float(length_m.max()))
    row, share = _pieces(length_m, sight_m)
    lats, lons = lat1[row] + share * (lat2 - lat1)[row], lon1[row] + share * (lon2 - lon1)[row]
    middles = zip(lats.tolist(), lons.tolist(), strict=True)
    # Walkers' fixes lie near each other: then half a piece is short, and so is the list of candidates.
    reach_m = sight_m * (1.25 if 2 * length_m.max() <= sight_m else 1.5)
    disks = [_disk_around(cell_of(lat, lon, resolution), reach_m) for lat, lon in middles]
    segments = np.array([lat1, lon1, scale_x, scale_y, run_x, run_y])
    pairs = [
        _seen_from(row[some], segments[:, row[some]], [disks[at] for at in some.tolist()], sight_m)
        for some in _alike([each.shape[1] for each in disks])
    ]
    rows, cells = zip(*pairs, strict=True)
    return np.concatenate(rows), np.concatenate(cells)


def _refuse_jump(length_m: float) -> None:
    if not length_m <= MAX_SEGMENT_M:
        raise BadValue(field="segment", value=f"{length_m:.0f} m", allowed=f"at most {MAX_SEGMENT_M:.0f} m")


def _way_out(cell: CellId, lat: float, lon: float, run_lat: float, run_lon: float) -> tuple[float, float] | None:
    """A place just beyond the edge by which the line leaves the cell; None if it ends before.

    In degrees throughout: crossings do not change when an axis is stretched.
    """
    corners = boundary(cell)
    first, edge = 1.0, None
    for at, (lat_b, lon_b) in enumerate(corners):
        lat_a, lon_a = corners[at - 1]
        out_lat, out_lon = lon_a - lon_b, lat_b - lat_a  # outward, as corners run counter-clockwise
        speed = out_lat * run_lat + out_lon * run_lon
        if speed > 0:
            when = (out_lat * (lat_a - lat) + out_lon * (lon_a - lon)) / speed
            if when < first:
                first, edge = when, (lat_a + lat_b, lon_a + lon_b)
    if edge is None:
        return None
    mid_lat, mid_lon = center(cell)
    return mid_lat + _STEP_OVER * (edge[0] / 2 - mid_lat), mid_lon + _STEP_OVER * (edge[1] / 2 - mid_lon)


def _pieces(length_m: Floats, piece_m: float) -> tuple[Ints, Floats]:
    """Cut segments into pieces of at most `piece_m`: each piece's row, and where its middle lies (0 to 1)."""
    count = np.maximum(1, np.ceil(length_m / piece_m)).astype(np.int64)
    row = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, (within + 0.5) / count[row]


def _alike(sizes: list[int]) -> Iterator[Ints]:
    """Positions of disks of one size, some hundreds at a time, so that they make a table that fits the cache."""
    column = np.array(sizes)
    for size in np.unique(column):
        alike = np.flatnonzero(column == size)
        for start in range(0, len(alike), _DISKS_AT_ONCE):
            yield alike[start : start + _DISKS_AT_ONCE]


def _seen_from(row: Ints, segments: Floats, disks: list[Disk], sight_m: float) -> tuple[Ints, Ints]:
    """Pairs (row, cell) out of pieces and their disks, all of one size."""
    table = np.array(disks)
    cells, lat, lon = table[:, 0].view(np.int64), table[:, 1], table[:, 2]
    lat1, lon1, scale_x, scale_y, run_x, run_y = segments[:, :, None]
    x, y = (lon - lon1) * scale_x, (lat - lat1) * scale_y
    piece, place = np.nonzero(_distance_squared(x, y, run_x, run_y) <= sight_m * sight_m)
    return row[piece], cells[piece, place]


@lru_cache(maxsize=_CACHED_DISKS)
def _disk_around(cell: CellId, reach_m: float) -> Disk:
    """All cells with a centre within `reach_m` of any place in the cell."""
    row_m, corner_m = _lattice_around(cell)
    reach_m += corner_m
    # What is outside a disk of k steps is at least k + 1 rows of the lattice away.
    cells = disk(cell, int(reach_m / row_m))
    table = np.array([(0.0, *center(other)) for other in cells]).T
    table[0] = np.array(cells, np.int64).view(np.float64)
    x, y = LocalPlane(*center(cell)).to_xy(table[1], table[2])
    return np.ascontiguousarray(table[:, x * x + y * y <= reach_m * reach_m])


def _lattice_around(cell: CellId) -> tuple[float, float]:
    """As `_lattice`, of the region in which the cell lies."""
    resolution = resolution_of(cell)
    return _lattice(parent(cell, max(0, resolution - _LATTICE_ABOVE)), resolution)


@lru_cache(maxsize=1024)
def _lattice(region: CellId, resolution: int) -> tuple[float, float]:
    """Metres between the rows of cells, at least, and from a cell's centre to a corner, at most, in a region."""
    middle = cell_of(*center(region), resolution)
    plane = LocalPlane(*center(middle))
    spacings = (hypot(*plane.to_xy(*center(other))) for other in disk(middle, 1) if other != middle)
    corner_m = max(hypot(*plane.to_xy(*corner)) for corner in boundary(middle))
    return min(spacings) * sqrt(3) / 2 / _MARGIN, corner_m * _MARGIN


def _distance_squared(x: Floats, y: Floats, run_x: Floats, run_y: Floats) -> Floats:
    """Squared distance of points to segments that start at the origin and end at (run_x, run_y)."""
    squared = run_x * run_x + run_y * run_y
    along = (x * run_x + y * run_y) / np.where(squared > 0, squared, 1.0)
    along = np.clip(along, 0.0, 1.0)
    return (x - along * run_x) ** 2 + (y - along * run_y) ** 2
