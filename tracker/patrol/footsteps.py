"""One worker's stored fixes as numpy columns, for the detectors that look at whole days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.geo.projection import Floats, metres_per_degree
from tracker.tracks.model import Flag
from tracker.tracks.segment import RECORDS, UNKNOWN_U16, plain

Ints = NDArray[np.int64]
GOOD_M = 50.0  # the accuracy of a good fix, docs/patrol.md
_DOUBTFUL = int(Flag.INACCURATE | Flag.STALE_FIX)


@dataclass(frozen=True, kw_only=True, slots=True)
class Footsteps:
    """Fixes of one worker in order of time, as columns of one length."""

    worker_id: int
    t: Ints  # Unix ms
    lat_e7: Ints
    lon_e7: Ints
    accuracy_m: Floats  # NaN: unknown
    speed_mps: Floats  # as the phone says; NaN: unknown
    flags: Ints

    def __len__(self) -> int:
        return len(self.t)

    def where(self, mask: NDArray[np.bool_] | Ints) -> Footsteps:
        """Only these rows."""
        t, lat, lon, flags = self.t[mask], self.lat_e7[mask], self.lon_e7[mask], self.flags[mask]
        return _of(self.worker_id, t, lat, lon, self.accuracy_m[mask], self.speed_mps[mask], flags)

    def good(self) -> Footsteps:
        """Those that prove a place: accurate, and of their own time. Mock and jumping ones stay, to be looked at."""
        vague = np.nan_to_num(self.accuracy_m, nan=0.0) > GOOD_M
        return self.where(~vague & ((self.flags & _DOUBTFUL) == 0))

    def metres(self, origin: tuple[int, int]) -> tuple[Floats, Floats]:
        """Metres east and north of an origin (lat_e7, lon_e7) not far away."""
        per_lon, per_lat = metres_per_degree(origin[0] / 1e7)
        return (self.lon_e7 - origin[1]) / 1e7 * per_lon, (self.lat_e7 - origin[0]) / 1e7 * per_lat

    @property
    def origin(self) -> tuple[int, int]:
        """The first place; use one origin for tracks that are compared."""
        return (int(self.lat_e7[0]), int(self.lon_e7[0])) if len(self) else (0, 0)

    def spot(self, row: int) -> list[float]:
        """A row as evidence: [time in ms, lon, lat]."""
        return [int(self.t[row]), int(self.lon_e7[row]) / 1e7, int(self.lat_e7[row]) / 1e7]


def footsteps(worker_id: int, segments: Iterable[tuple[int, bytes]]) -> Footsteps:
    """Join stored segments (start in ms, packed data) into columns; repeats count once. Raises UnknownSegment."""
    times, records = [np.empty(0, np.int64)], [np.empty(0, RECORDS)]
    for started_at_ms, data in segments:
        part = np.frombuffer(plain(data), RECORDS, offset=1)
        times.append(started_at_ms + part["dt"].astype(np.int64))
        records.append(part)
    t, every = np.concatenate(times), np.concatenate(records)
    lat, lon = every["lat"].astype(np.int64), every["lon"].astype(np.int64)
    order = np.lexsort((lon, lat, t))
    fresh = np.ones(len(order), bool)
    fresh[1:] = np.any([np.diff(column[order]) != 0 for column in (t, lat, lon)], axis=0)
    order = order[fresh]
    return _of(
        worker_id, t[order], lat[order], lon[order], _tenths(every["accuracy"][order], 10),
        _tenths(every["speed"][order], 100), every["flags"][order].astype(np.int64),
    )  # fmt: skip


def steps_m(steps: Footsteps) -> tuple[Floats, Floats]:
    """Metres and seconds from each fix to the next."""
    east, north = steps.metres(steps.origin)
    return np.hypot(np.diff(east), np.diff(north)), np.diff(steps.t) / 1000


def _tenths(column: NDArray[np.uint16], per_unit: int) -> Floats:
    return np.where(column == UNKNOWN_U16, np.nan, column / per_unit)


def _of(worker_id: int, t: Ints, lat: Ints, lon: Ints, accuracy: Floats, speed: Floats, flags: Ints) -> Footsteps:
    return Footsteps(
        worker_id=worker_id, t=t, lat_e7=lat, lon_e7=lon, accuracy_m=accuracy, speed_mps=speed, flags=flags
    )
