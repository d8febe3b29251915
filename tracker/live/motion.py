"""Decides whether a worker moves: by the phone's own speed, or by the way gone since the fix before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tracker.tracks.model import Flag

MOVING_CMS = 40  # 0.4 m/s: slower than the slowest walk, faster than a phone that wanders at rest
LEAST_WAY_M = 10.0  # a phone at rest wanders by some metres
LONGEST_GAP_MS = 120_000  # over a longer gap the way says nothing about now
METRES_PER_E7 = 0.0111195  # of latitude: 111.195 km a degree
DOUBTFUL = Flag.INACCURATE | Flag.JUMP | Flag.FROZEN  # the way to such a fix is not a way gone

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def by_speed(speed_cms: Ints, *, unknown: int) -> Bools:
    """Whether each speed, in cm/s, is one of somebody who moves; `unknown` is not."""
    moving: Bools = (speed_cms >= MOVING_CMS) & (speed_cms != unknown)
    return moving


def by_way(*, north_e7: Ints, east_e7: Ints, lat_e7: Ints, elapsed_ms: Ints, radius_dm: Ints, flags: Ints) -> Bools:
    """Whether each step from the fix before to this one is longer than its doubt and at least 0.4 m/s fast.

    `north_e7` and `east_e7` are the differences in degrees × 10⁷, `radius_dm` the newer fix's accuracy (0 unknown).
    """
    east_m = east_e7 * METRES_PER_E7 * np.cos(np.radians(lat_e7 * 1e-7))
    way_m = np.hypot(north_e7 * METRES_PER_E7, east_m)
    longer = way_m >= np.maximum(radius_dm / 10, LEAST_WAY_M)
    fast = way_m * 100_000 >= MOVING_CMS * elapsed_ms
    timely = (elapsed_ms > 0) & (elapsed_ms <= LONGEST_GAP_MS)
    moving: Bools = longer & fast & timely & ((flags & int(DOUBTFUL)) == 0)
    return moving
