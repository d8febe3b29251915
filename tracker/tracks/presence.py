"""Who was in which cell in which quarter hour: only what is not written yet, without a cell's computation for each fix.

The cell of a fix costs 0.8 µs with its bookkeeping, and a worker stays in one of these cells (350 m wide) for minutes.
So for each worker the cell and quarter hour that were written last are remembered with the cell's six edges; a fix
within both has nothing to add, which numpy says for a whole commit. So has a fix in the cell of another of its upload.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.geo.cells import PRESENCE_RESOLUTION, CellId, boundary, cell_of, center
from tracker.tracks.group import Ints, Mask, Segments

SLOT_MS = 15 * 60 * 1000
WRITTEN = 200_000  # keys already written by this process: a county's quarter hours of a day
MAX_WORKERS = 200_000  # whose place is remembered, 176 bytes each; beyond it all are forgotten, which costs time only
CELLS = 50_000  # whose edges are remembered: a county of 5,000 km2
_EDGES = 6  # a cell on an edge of the globe's icosahedron has more; each of its fixes is asked for
_MARGIN_E7 = 100.0  # a metre: far more than an edge bends
_LOOKS = 3  # at so many cells of an upload; the fixes of further ones are asked for one by one

Floats = NDArray[np.float64]
Key = tuple[int, int, int]  # cell, start of the quarter hour (Unix ms), worker
# Columns of a place: centre (lat, lon e7), a degree of longitude in those of latitude, the quarter hour, and the edges:
# a fix is inside where north * n + east * e < 1 for each (n, e).
_NOWHERE = (0.0, 0.0, 1.0, -1.0, *[0.0] * (2 * _EDGES))  # no quarter hour begins then


class Fresh(NamedTuple):
    """What a commit adds, and what may be remembered once it is durable."""

    keys: list[Key]  # in order, so that two processes never wait for each other in a circle
    workers: list[int]
    places: Floats  # beside the workers


class Presence:
    """What this process has written; `fresh` says what a commit adds, `remember` is told when that is durable."""

    def __init__(self) -> None:
        self._written: OrderedDict[Key, None] = OrderedDict()
        self._rows: dict[int, int] = {}
        self._places = np.empty((0, len(_NOWHERE)))

    def fresh(self, workers: list[int], segments: Segments) -> Fresh:
        """The keys of a commit's fixes that are not written yet, as far as this process knows."""
        upload = np.repeat(segments.upload, segments.counts)
        fixes = np.column_stack([segments.records["lat"], segments.records["lon"], segments.at_ms // SLOT_MS * SLOT_MS])
        known = self._known(workers)
        rest = np.flatnonzero(~_within(known, upload, fixes))
        found, moved, keys = known, upload[rest], set[Key]()
        for look in range(_LOOKS):
            at_last = _last_of_each(upload[rest])
            new = [_key(fixes[place].tolist(), workers[upload[place]]) for place in rest[at_last].tolist()]
            keys.update(new)
            found = found if look == 0 else found.copy()  # of the cells only the newest is remembered
            found[upload[rest[at_last]]] = [_place(CellId(cell), slot) for cell, slot, _ in new] or found[:0]
            rest = rest[~_within(found, upload[rest], fixes[rest])]
        keys.update(
            _key(fix, workers[one]) for fix, one in zip(fixes[rest].tolist(), upload[rest].tolist(), strict=True)
        )
        keys.difference_update(keys & self._written.keys())
        changed = np.unique(moved)
        return Fresh(sorted(keys), [workers[one] for one in changed.tolist()], known[changed])

    def remember(self, fresh: Fresh) -> None:
        """These keys are written now."""
        for key in fresh.keys:
            self._written[key] = None
        while len(self._written) > WRITTEN:
            self._written.popitem(last=False)
        self._places[[self._rows[worker] for worker in fresh.workers]] = fresh.places

    def _known(self, workers: list[int]) -> Floats:
        """A copy of the places of these workers, and room for those of new ones."""
        rows = self._rows
        if len(rows) > MAX_WORKERS:
            rows.clear()
            self._places = self._places[:0]
        places = [rows.setdefault(worker, len(rows)) for worker in workers]
        if len(rows) > len(self._places):
            self._places = np.concatenate([self._places, np.tile(_NOWHERE, (max(1024, len(rows)), 1))])
        known: Floats = self._places[places]
        return known


def _within(places: Floats, upload: Ints, fixes: Ints) -> Mask:
    """Whether each fix lies in the place of its upload."""
    of_fix = places[upload].T
    north = fixes[:, 0] - of_fix[0]
    east = (fixes[:, 1] - of_fix[1]) * of_fix[2]
    within: Mask = fixes[:, 2] == of_fix[3]
    for edge in range(4, len(_NOWHERE), 2):
        within &= north * of_fix[edge] + east * of_fix[edge + 1] < 1
    return within


def _last_of_each(upload: Ints) -> Ints:
    """Places of the last fix of each upload; those of an upload stand together."""
    return np.flatnonzero(np.append(upload[1:] != upload[:-1], np.ones(min(1, len(upload)), np.bool_)))


def _key(fix: list[int], worker: int) -> Key:
    lat_e7, lon_e7, slot = fix
    return cell_of(lat_e7 / 1e7, lon_e7 / 1e7, PRESENCE_RESOLUTION), slot, worker


def _place(cell: CellId, slot: int) -> tuple[float, ...]:
    shape = _shape(cell)
    return _NOWHERE if shape is None else (*shape[:3], slot, *shape[3:])


@lru_cache(maxsize=CELLS)
def _shape(cell: CellId) -> tuple[float, ...] | None:
    """The columns of a place but its quarter hour; None if the cell has not six edges."""
    lat, lon = center(cell)
    shrink = math.cos(math.radians(lat))
    corners = [((north - lat) * 1e7, _turned(east - lon) * 1e7 * shrink) for north, east in boundary(cell)]
    if len(corners) != _EDGES:
        return None
    edges: list[float] = []
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        length = math.dist(one, other)
        to_edge = (one[0] * other[1] - one[1] * other[0]) / length  # negative if the corners go round clockwise
        distance = to_edge - math.copysign(_MARGIN_E7, to_edge)
        edges += [(other[1] - one[1]) / length / distance, (one[0] - other[0]) / length / distance]
    return lat * 1e7, lon * 1e7, shrink, *edges


def _turned(degrees: float) -> float:
    """A difference of longitudes the short way round."""
    return (degrees + 180) % 360 - 180
