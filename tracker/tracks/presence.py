"""Who was in which cell in which quarter hour: only what is not written yet, without a cell's computation for each fix.

The cell of a fix costs 0.8 µs with its bookkeeping, and a worker stays in one of these cells (350 m wide) for minutes.
So for each worker the cell and quarter hour that were written last are remembered; a fix within that cell's edges and
the same quarter hour has nothing to add, which numpy says for many fixes at once. Neither has a fix in the cell of
another fix of its worker.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.geo.cells import PRESENCE_RESOLUTION, CellId, cell_of
from tracker.tracks.group import Ints, Segments
from tracker.tracks.model import Fix
from tracker.tracks.outlines import Outlines

SLOT_MS = 15 * 60 * 1000
WRITTEN = 200_000  # keys already written by this process: a county's quarter hours of a day
MAX_WORKERS = 200_000  # whose place is remembered, 16 bytes each; beyond it all are forgotten, which costs time only
_LOOKS = 3  # at so many cells of a worker; the fixes of further ones are asked for one by one
_NOWHERE = (0, -1)  # Outlines.NONE, and no quarter hour begins then

Key = tuple[int, int, int]  # cell, start of the quarter hour (Unix ms), worker


class Seen(NamedTuple):
    """Stored fixes, columns beside one another."""

    worker: Ints
    at_ms: Ints
    lat_e7: Ints
    lon_e7: Ints


def seen_in(workers: list[int], segments: Segments) -> Seen:
    """The fixes of a commit."""
    worker = np.array(workers, np.int64)[np.repeat(segments.upload, segments.counts)]
    return Seen(worker, segments.at_ms, segments.records["lat"], segments.records["lon"])


def seen_of(worker: int, fixes: Sequence[Fix]) -> Seen:
    """Some fixes of a worker."""
    columns = zip(*((one.recorded_at_ms, one.lat_e7, one.lon_e7) for one in fixes), strict=True)
    at_ms, lat_e7, lon_e7 = (np.array(column, np.int64) for column in columns)
    return Seen(np.full(len(fixes), worker), at_ms, lat_e7, lon_e7)


def joined(parts: Sequence[Seen]) -> Seen:
    """The fixes of several commits."""
    return Seen(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


class Fresh(NamedTuple):
    """What fixes add, and what may be remembered once it is durable."""

    keys: list[Key]
    workers: list[int]
    places: Ints  # beside the workers: (outline, quarter hour)


class Presence:
    """What this process has written; `fresh` says what a commit adds, `remember` is told when that is durable."""

    def __init__(self) -> None:
        self._written: OrderedDict[Key, None] = OrderedDict()
        self._outlines = Outlines()
        self._rows: dict[int, int] = {}
        self._places = np.empty((0, 2), np.int64)

    def fresh(self, seen: Seen) -> Fresh:
        """The keys of fixes that are not written yet, as far as this process knows."""
        fixes = _Fixes(seen)
        known = self._known(fixes.workers)
        rest = self._outside(known, fixes, np.arange(len(fixes.row)))
        moved = np.unique(fixes.row[rest])
        found, keys = known, set[Key]()
        for look in range(_LOOKS):
            if not len(rest):
                break
            last = rest[np.append(np.diff(fixes.row[rest]) != 0, np.True_)]  # of each worker: its fixes stand together
            new = fixes.keys(last)
            keys.update(new)
            found = found.copy() if look == 1 else found  # of several cells the newest is remembered
            found[fixes.row[last], 0] = [self._outlines.row(CellId(cell)) for cell, _, _ in new]
            found[fixes.row[last], 1] = fixes.slots[last]
            rest = self._outside(found, fixes, rest)
        keys.update(fixes.keys(rest))
        keys.difference_update(keys & self._written.keys())
        return Fresh(list(keys), [fixes.workers[one] for one in moved.tolist()], known[moved])

    def remember(self, fresh: Fresh) -> None:
        """These keys are written now."""
        self._written.update(dict.fromkeys(fresh.keys))
        while len(self._written) > WRITTEN:
            self._written.popitem(last=False)
        self._places[[self._rows[worker] for worker in fresh.workers]] = fresh.places

    def _outside(self, places: Ints, fixes: _Fixes, some: Ints) -> Ints:
        """Those of some fixes that do not lie in the place of their worker."""
        row = fixes.row[some]
        within = self._outlines.hold(places[:, 0], row, fixes.lat_e7[some], fixes.lon_e7[some])
        outside: Ints = some[~(within & (places[:, 1][row] == fixes.slots[some]))]
        return outside

    def _known(self, workers: list[int]) -> Ints:
        """A copy of the places of these workers, and room for those of new ones."""
        rows = self._rows
        if len(rows) > MAX_WORKERS:
            rows.clear()
            self._places = self._places[:0]
        places = [rows.setdefault(worker, len(rows)) for worker in workers]
        if len(rows) > len(self._places):
            self._places = np.concatenate([self._places, np.tile(_NOWHERE, (max(1024, len(rows)), 1))])
        known: Ints = self._places[places]
        return known


class _Fixes:
    """Fixes worker by worker, those of one in the order in which they came."""

    def __init__(self, seen: Seen) -> None:
        ids, rows = np.unique(seen.worker, return_inverse=True)
        order = np.argsort(rows, kind="stable")
        self.workers: list[int] = ids.tolist()
        self.row: Ints = rows[order]
        self.lat_e7: NDArray[np.float64] = seen.lat_e7[order].astype(np.float64)
        self.lon_e7: NDArray[np.float64] = seen.lon_e7[order].astype(np.float64)
        self.slots: Ints = seen.at_ms[order] // SLOT_MS * SLOT_MS

    def keys(self, some: Ints) -> list[Key]:
        """Cell, quarter hour and worker of some fixes."""
        columns = (self.lat_e7[some] / 1e7, self.lon_e7[some] / 1e7, self.slots[some], self.row[some])
        return [
            (cell_of(lat, lon, PRESENCE_RESOLUTION), slot, self.workers[row])
            for lat, lon, slot, row in zip(*(column.tolist() for column in columns), strict=True)
        ]
