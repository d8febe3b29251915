"""Moves a recording to another place without changing its shape: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from tracker.demo.replay.recording import Point

M_PER_DEGREE = 111_195.0


def centre(points: Sequence[Point]) -> tuple[float, float]:
    """(lat, lon) of the middle of the box around all points."""
    lats = [point.lat for point in points]
    lons = [point.lon for point in points]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2


def moved(points: Sequence[Point], lat: float, lon: float) -> list[Point]:
    """The points with their centre at (lat, lon); metres between them stay, degrees of longitude are scaled for it."""
    lat0, lon0 = centre(points)
    scale = math.cos(math.radians(lat0)) / math.cos(math.radians(lat))
    return [
        replace(point, lat=round(lat + point.lat - lat0, 7), lon=round(lon + (point.lon - lon0) * scale, 7))
        for point in points
    ]


def length_m(points: Sequence[Point]) -> float:
    """Length of the line through all points, m."""
    return sum(_distance_m(a, b) for a, b in pairwise(points))


def _distance_m(a: Point, b: Point) -> float:
    east = (b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return math.hypot(east, b.lat - a.lat) * M_PER_DEGREE
