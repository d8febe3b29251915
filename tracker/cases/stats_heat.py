"""What of a heat map may be shown to whom: to those who do not see the cases, nobody's private trouble; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import msgspec

from tracker.db.pool import Row
from tracker.geo.cells import CellId, parent

LEAST = 5  # private reports in a cell before others may know of it
COARSE = 7  # H3 resolution of private reports for others: some 5 km2
FINEST, WIDEST = 9, 6
MOST_CELLS = 6000  # more would be drawn slower than read


class HeatCell(msgspec.Struct, frozen=True, kw_only=True):
    """A hexagon by its H3 index in hexadecimal digits, of its own resolution."""

    cell: str
    n: int
    resolution: int


def drawn(counts: Mapping[CellId, int], resolution: int) -> list[HeatCell]:
    """Cells at a resolution, coarser where there would be too many."""
    while True:
        found = _gathered(counts, resolution)
        if len(found) <= MOST_CELLS or resolution <= WIDEST:
            return [HeatCell(cell=f"{cell:x}", n=n, resolution=resolution) for cell, n in sorted(found.items())]
        resolution -= 1


def guarded(counts: Mapping[CellId, int]) -> list[HeatCell]:
    """Private reports for people who do not see the cases: coarse cells, and only those with at least LEAST."""
    found = _gathered(counts, COARSE)
    return [HeatCell(cell=f"{cell:x}", n=n, resolution=COARSE) for cell, n in sorted(found.items()) if n >= LEAST]


def whole_months(first: date, end: date) -> tuple[date, date]:
    """The whole calendar months within days: two periods that differ by a day must not tell what happened on it."""
    begins = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return begins, max(begins, end.replace(day=1))


def _gathered(counts: Mapping[CellId, int], resolution: int) -> dict[CellId, int]:
    found: dict[CellId, int] = {}
    for cell, n in counts.items():
        above = parent(cell, resolution)
        found[above] = found.get(above, 0) + n
    return found


def by_cell(rows: Iterable[Row], *, private: bool) -> dict[CellId, int]:
    """Counts of the rows that are private, or of those that are not."""
    return {CellId(row["cell"]): row["n"] for row in rows if bool(row["is_private"]) is private}
