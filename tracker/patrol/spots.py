"""Spots: what coverage is counted in. Every cell has seven, evenly spread, one for each 225 m² of its ground.

They lie where the cell's seven children of the next finer resolution have their centres: one in the middle of the cell
and six about 16 m around it. People see, draw and store cells of 45 m, as before; the share that was seen is counted in
spots, because a cell is too coarse to say what share of an area a narrow swath covers (docs/patrol.md has the figures).
Spots 7i to 7i + 6 are those of cell i.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.geo.cells import CellId, center, children
from tracker.geo.projection import Floats, LocalPlane

PER_CELL = 7
DRAWN_FROM = 4  # a cell is drawn as seen when most of its spots are


def offsets_about(cell: CellId, plane: LocalPlane) -> Floats:
    """Metres, rows x and y, from a cell's centre to its spots: the same for all cells of a grid.

    H3's own centres differ from that by 1 mm at 350 m. Its twelve pentagons, which have six children, lie in the sea.
    """
    table = np.array([center(one) for one in children(cell)])
    x, y = plane.to_xy(table[:, 0], table[:, 1])
    return np.array([x - x[0], y - y[0]])  # the middle child has the cell's own centre


def drawn_ms(seen_ms: NDArray[np.int32]) -> NDArray[np.int32]:
    """From when on each cell is drawn as seen, out of when its spots were."""
    column: NDArray[np.int32] = np.partition(seen_ms.reshape(-1, PER_CELL), DRAWN_FROM - 1, axis=1)[:, DRAWN_FROM - 1]
    return column


def in_cells(spots: float) -> float:
    """So many spots as cells to a tenth, rounded down: what people are told, who know only cells."""
    return spots * 10 // PER_CELL / 10


def drawn(bitmap: bytes, cells: int) -> NDArray[np.uint8]:
    """Which of so many cells are drawn as seen, one byte each, from a bitmap of their spots."""
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")[: cells * PER_CELL]
    spots = np.pad(bits, (0, cells * PER_CELL - len(bits))).reshape(cells, PER_CELL)
    most: NDArray[np.uint8] = (spots.sum(axis=1) >= DRAWN_FROM).astype(np.uint8)
    return most
