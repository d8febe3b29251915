"""How alike two reports are, by place, time and words, so that one cause becomes one case; pure."""

from __future__ import annotations

import math
import re
from itertools import pairwise

EARTH_M = 6_371_008.8
FAR_M = 1000.0  # farther off nothing is a duplicate
LONG_MS = 30 * 86_400_000
SAME = 0.55  # from here on the case page says that it may be the same
_WORDS = re.compile(r"[0-9A-Za-z]+|[\u4e00-\u9fff]")
_WEIGHTS = {"words": 0.45, "place": 0.35, "time": 0.2}  # words decide, a shared place makes them likely


def score(*, words: float, away_m: float | None, apart_ms: int) -> float:
    """0..1 from the likeness of the words (0..1), metres (None: nobody knows) and milliseconds between two reports."""
    place = 0.0 if away_m is None else max(0.0, 1 - away_m / FAR_M)
    time = max(0.0, 1 - abs(apart_ms) / LONG_MS)
    parts = {"words": words, "place": place, "time": time}
    return sum(weight * parts[name] for name, weight in _WEIGHTS.items())


def likeness(one: str, other: str) -> float:
    """How alike two texts are, 0..1: shared pairs of neighbouring characters or words (Dice)."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def distance_m(lat_e7: int, lon_e7: int, other_lat_e7: int, other_lon_e7: int) -> float:
    """Metres between two points on the sphere, by the haversine formula."""
    lat1, lon1, lat2, lon2 = (math.radians(one / 1e7) for one in (lat_e7, lon_e7, other_lat_e7, other_lon_e7))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def around(lat_e7: int, lon_e7: int) -> list[tuple[int, int]]:
    """The point itself and eight around it: the villages of all of them may hold the same cause."""
    north = round(FAR_M / 2 / EARTH_M * 180 / math.pi * 1e7)
    east = round(north / max(0.1, math.cos(math.radians(lat_e7 / 1e7))))
    return [(lat_e7 + i * north, lon_e7 + j * east) for i in (0, -1, 1) for j in (0, -1, 1)]


def _pairs(text: str) -> set[tuple[str, str]]:
    words = _WORDS.findall(text.lower())
    return set(pairwise(words))
