"""Fixes as columns, straight from stored segments: the input of the fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.tracks.model import Flag
from tracker.tracks.segment import UNKNOWN_U16, VERSION, plain

GOOD_ACCURACY_DM = 500  # 50 m; a phone that does not tell its accuracy is taken at its word
NOT_GOOD = int(Flag.JUMP | Flag.MOCK | Flag.STALE_FIX)
# The record of tracker/tracks/segment.py as numpy reads it.
RECORD = np.dtype(
    {
        "names": ["dt", "lat", "lon", "accuracy", "flags"],
        "formats": [">i4", ">i4", ">i4", ">u2", ">u2"],
        "offsets": [0, 4, 8, 12, 21],
        "itemsize": 23,
    }
)

Segment = tuple[int, int, bytes]  # worker, started at (Unix ms), data

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Steps:
    """Fixes of many workers in the order worker, time, place; each once."""

    worker: Ints
    at_ms: Ints
    lat_e7: Small
    lon_e7: Small
    is_good: Mask

    def __len__(self) -> int:
        return len(self.worker)

    def where(self, some: Mask | Ints) -> Steps:
        """Only some of them; the order stays."""
        return Steps(
            worker=self.worker[some],
            at_ms=self.at_ms[some],
            lat_e7=self.lat_e7[some],
            lon_e7=self.lon_e7[some],
            is_good=self.is_good[some],
        )


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Uploads:
    """Stored segments as columns; `data` is a list of their packed forms."""

    worker: Ints
    started_ms: Ints
    data: list[bytes]

    def __len__(self) -> int:
        return len(self.data)

    def where(self, some: Mask) -> Uploads:
        """Only some of them."""
        if some.all():
            return self
        return self._at(np.flatnonzero(some))

    def in_order(self) -> Uploads:
        """By worker, then by time."""
        apart = np.diff(self.worker)
        if np.all((apart > 0) | ((apart == 0) & (np.diff(self.started_ms) >= 0))):
            return self
        return self._at(np.lexsort((self.started_ms, self.worker)))

    def rows(self) -> list[Segment]:
        """As single segments."""
        return list(zip(self.worker.tolist(), self.started_ms.tolist(), self.data, strict=True))

    def _at(self, places: Ints) -> Uploads:
        data = [self.data[place] for place in places.tolist()]
        return Uploads(worker=self.worker[places], started_ms=self.started_ms[places], data=data)


def columns_of(segments: Iterable[Segment]) -> Uploads:
    """Segments in any order as columns."""
    listed = list(segments)
    return Uploads(
        worker=np.array([one[0] for one in listed], np.int64),
        started_ms=np.array([one[1] for one in listed], np.int64),
        data=[one[2] for one in listed],
    )


def decode(segments: Iterable[Segment]) -> Steps:
    """Steps of stored segments in any order; raises UnknownSegment."""
    return steps_of(columns_of(segments))


def steps_of(uploads: Uploads) -> Steps:
    """The same of columns."""
    if not len(uploads):
        return NO_STEPS
    uploads = uploads.in_order()
    counts, records = _records(uploads.data)
    accuracy = records["accuracy"].astype(np.uint16)
    return ordered(
        Steps(
            worker=np.repeat(uploads.worker, counts),
            at_ms=np.repeat(uploads.started_ms, counts) + records["dt"],
            lat_e7=records["lat"].astype(np.int32),
            lon_e7=records["lon"].astype(np.int32),
            is_good=((accuracy <= GOOD_ACCURACY_DM) | (accuracy == UNKNOWN_U16))
            & (records["flags"].astype(np.uint16) & NOT_GOOD == 0),
        )
    )


def _records(data: list[bytes]) -> tuple[Ints, NDArray[np.void]]:
    """How many records each has, and all of them in one column; each begins with a byte for its version."""
    sizes = np.fromiter(map(len, data), np.int64, len(data))
    raw = np.frombuffer(b"".join(data), np.uint8)
    heads = np.cumsum(sizes) - sizes
    if not np.all(raw[heads] == VERSION):
        return _records([plain(one) for one in data])
    return sizes // RECORD.itemsize, np.delete(raw, heads).view(RECORD)


def ordered(steps: Steps) -> Steps:
    """The same steps in order and each once, so that neither the order of arrival nor repeats change anything."""
    if len(steps) < 2:
        return steps
    apart = np.diff(steps.worker)
    later = np.diff(steps.at_ms)
    if not np.all((apart > 0) | ((apart == 0) & (later > 0))):
        # Of two with one time and place the good one comes first and stays.
        keys = (~steps.is_good, steps.lon_e7, steps.lat_e7, steps.at_ms, steps.worker)
        steps = steps.where(np.lexsort(keys))
        same = np.zeros(len(steps), np.bool_)
        columns = (steps.worker, steps.at_ms, steps.lat_e7, steps.lon_e7)
        same[1:] = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
        steps = steps.where(~same)
    return steps


NO_STEPS = Steps(
    worker=np.empty(0, np.int64), at_ms=np.empty(0, np.int64), lat_e7=np.empty(0, np.int32),
    lon_e7=np.empty(0, np.int32), is_good=np.empty(0, np.bool_),
)  # fmt: skip
