"""Who was in which cell in which quarter hour: only what is not written yet, without a cell's computation for each fix.

The cell of a fix costs 0.8 µs with its bookkeeping, and a worker stays in one of these cells (350 m wide) for minutes.
So for each worker the cell and quarter hour that were written last are remembered; a fix within that cell's edges and
the same quarter hour has nothing to add, which numpy says for a whole commit. Neither has a fix in the cell of another
fix of its upload.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.geo.cells import PRESENCE_RESOLUTION, CellId, cell_of
from tracker.tracks.group import Ints, Segments
from tracker.tracks.outlines import Outlines

SLOT_MS = 15 * 60 * 1000
WRITTEN = 200_000  # keys already written by this process: a county's quarter hours of a day
MAX_WORKERS = 200_000  # whose place is remembered, 16 bytes each; beyond it all are forgotten, which costs time only
_LOOKS = 3  # at so many cells of an upload; the fixes of further ones are asked for one by one
_NOWHERE = (0, -1)  # Outlines.NONE, and no quarter hour begins then

Key = tuple[int, int, int]  # cell, start of the quarter hour (Unix ms), worker


class Fresh(NamedTuple):
    """What a commit adds, and what may be remembered once it is durable."""

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

    def fresh(self, workers: list[int], segments: Segments) -> Fresh:
        """The keys of a commit's fixes that are not written yet, as far as this process knows."""
        fixes = _Fixes(segments)
        known = self._known(workers)
        rest = self._outside(known, fixes, np.arange(len(fixes.upload)))
        moved = np.unique(fixes.upload[rest])
        found, keys = known, set[Key]()
        for look in range(_LOOKS):
            if not len(rest):
                break
            last = rest[
                np.append(np.diff(fixes.upload[rest]) != 0, np.True_)
            ]  # of each upload: its fixes stand together
            new = fixes.keys(last, workers)
            keys.update(new)
            found = found.copy() if look == 1 else found  # of several cells the newest is remembered
            found[fixes.upload[last], 0] = [self._outlines.row(CellId(cell)) for cell, _, _ in new]
            found[fixes.upload[last], 1] = fixes.slots[last]
            rest = self._outside(found, fixes, rest)
        keys.update(fixes.keys(rest, workers))
        keys.difference_update(keys & self._written.keys())
        return Fresh(list(keys), [workers[one] for one in moved.tolist()], known[moved])

    def remember(self, fresh: Fresh) -> None:
        """These keys are written now."""
        self._written.update(dict.fromkeys(fresh.keys))
        while len(self._written) > WRITTEN:
            self._written.popitem(last=False)
        self._places[[self._rows[worker] for worker in fresh.workers]] = fresh.places

    def _outside(self, places: Ints, fixes: _Fixes, some: Ints) -> Ints:
        """Those of some fixes that do not lie in the place of their upload."""
        upload = fixes.upload[some]
        within = self._outlines.hold(places[:, 0], upload, fixes.lat_e7[some], fixes.lon_e7[some])
        outside: Ints = some[~(within & (places[:, 1][upload] == fixes.slots[some]))]
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
    """The stored fixes of a commit."""

    def __init__(self, segments: Segments) -> None:
        self.upload = np.repeat(segments.upload, segments.counts)
        self.lat_e7: NDArray[np.float64] = segments.records["lat"].astype(np.float64)
        self.lon_e7: NDArray[np.float64] = segments.records["lon"].astype(np.float64)
        self.slots: Ints = segments.at_ms // SLOT_MS * SLOT_MS

    def keys(self, some: Ints, workers: list[int]) -> list[Key]:
        """Cell, quarter hour and worker of some fixes."""
        columns = (self.lat_e7[some] / 1e7, self.lon_e7[some] / 1e7, self.slots[some], self.upload[some])
        return [
            (cell_of(lat, lon, PRESENCE_RESOLUTION), slot, workers[upload])
            for lat, lon, slot, upload in zip(*(column.tolist() for column in columns), strict=True)
        ]
