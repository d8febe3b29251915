"""Fixes as columns, straight from stored segments: the input of the fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.tracks.model import Flag
from tracker.tracks.segment import UNKNOWN_U16, plain

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


def decode(segments: Iterable[Segment]) -> Steps:
    """Steps of stored segments in any order; raises UnknownSegment."""
    listed = [(worker, started, plain(data)) for worker, started, data in segments]
    records = np.frombuffer(b"".join([memoryview(data)[1:] for _, _, data in listed]), RECORD)
    counts = np.array([len(data) // RECORD.itemsize for _, _, data in listed], np.int64)
    workers = np.array([worker for worker, _, _ in listed], np.int64)
    starts = np.array([started for _, started, _ in listed], np.int64)
    accuracy = records["accuracy"]
    return ordered(
        Steps(
            worker=np.repeat(workers, counts),
            at_ms=np.repeat(starts, counts) + records["dt"],
            lat_e7=records["lat"].astype(np.int32),
            lon_e7=records["lon"].astype(np.int32),
            is_good=((accuracy <= GOOD_ACCURACY_DM) | (accuracy == UNKNOWN_U16)) & (records["flags"] & NOT_GOOD == 0),
        )
    )


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
