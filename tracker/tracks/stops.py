"""Stops in a track: where a worker stayed within a small circle for a while (Li and Zheng's stay points)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from tracker.geo.projection import haversine_m
from tracker.tracks.model import Fix, Flag

RADIUS_M = 40.0  # GPS at rest wanders 1-50 m
LEAST_MS = 3 * 60_000  # shorter halts are part of walking
LONGEST_GAP_MS = 10 * 60_000  # silence longer than this is no proof of staying
_DOUBTFUL = Flag.INACCURATE | Flag.JUMP | Flag.STALE_FIX


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A stay: from the first to the last fix inside the circle around their middle."""

    from_ms: int
    to_ms: int
    lat: float
    lon: float
    radius_m: float


def stops(fixes: Sequence[Fix]) -> list[Stop]:
    """Stays of at least three minutes, in time order; doubtful fixes are not looked at."""
    good = [fix for fix in fixes if not fix.flags & _DOUBTFUL]
    found: list[Stop] = []
    start = 0
    while start < len(good):
        end = _stay_end(good, start)
        if good[end].recorded_at_ms - good[start].recorded_at_ms >= LEAST_MS:
            found.append(_stop(good[start : end + 1]))
            start = end + 1
        else:
            start += 1
    return found


def distance_m(fixes: Sequence[Fix]) -> float:
    """Length of the line through the fixes that are not doubtful; noise makes it longer (Ranacher 2016)."""
    good = [fix for fix in fixes if not fix.flags & _DOUBTFUL]
    return sum(_between_m(before, after) for before, after in pairwise(good))


def _stay_end(fixes: Sequence[Fix], start: int) -> int:
    end = start
    for index in range(start + 1, len(fixes)):
        gap_ms = fixes[index].recorded_at_ms - fixes[index - 1].recorded_at_ms
        if gap_ms > LONGEST_GAP_MS or _between_m(fixes[start], fixes[index]) > RADIUS_M:
            break
        end = index
    return end


def _stop(fixes: Sequence[Fix]) -> Stop:
    lat = sum(fix.lat_e7 for fix in fixes) / len(fixes) / 1e7
    lon = sum(fix.lon_e7 for fix in fixes) / len(fixes) / 1e7
    radius = max(float(haversine_m(lat, lon, fix.lat_e7 / 1e7, fix.lon_e7 / 1e7)) for fix in fixes)
    return Stop(
        from_ms=fixes[0].recorded_at_ms,
        to_ms=fixes[-1].recorded_at_ms,
        lat=round(lat, 7),
        lon=round(lon, 7),
        radius_m=round(radius, 1),
    )


def _between_m(one: Fix, other: Fix) -> float:
    return float(haversine_m(one.lat_e7 / 1e7, one.lon_e7 / 1e7, other.lat_e7 / 1e7, other.lon_e7 / 1e7))
