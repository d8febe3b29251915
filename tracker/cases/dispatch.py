"""Who is responsible, who is near, what a text may be about, and how alike two texts are; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from tracker.cases.book import Category
from tracker.county.model import Department, Worker

TOWNSHIP = "乡镇"  # in a category: the government of the township where it is
EARTH_M = 6_371_008.8
_WORDS = re.compile(r"[0-9A-Za-z]+|[\u4e00-\u9fff]")


class Nearby(msgspec.Struct, frozen=True, kw_only=True):
    """A worker on duty with the distance from the case; None where nobody knows where they are."""

    worker_id: int
    distance_m: float | None


def responsible(
    category: Category | None, area_code: str, departments: Mapping[str, Department], complained_of: str | None = None
) -> str | None:
    """The code of the department that handles it, never the one complained of; None where nobody is named."""
    if category is None:
        return None
    for code in _candidates(category, area_code, departments):
        if code != complained_of:
            return code
    return None


def _candidates(category: Category, area_code: str, departments: Mapping[str, Department]) -> Iterable[str]:
    if category.department_code in departments:
        yield str(category.department_code)
    if category.department_name == TOWNSHIP:
        yield from (one.code for one in departments.values() if one.area_code == f"{area_code[:9]}000")
        return
    county = [one for one in departments.values() if one.area_code[:6] == area_code[:6]]
    yield from (one.code for one in county if category.department_name in one.name)


def nearest(
    lat_e7: int, lon_e7: int, candidates: Iterable[Worker], positions: Mapping[int, tuple[int, int]]
) -> list[Nearby]:
    """Candidates by distance from a point, those without a position last; workers before leaders."""
    found = []
    for worker in candidates:
        at = positions.get(worker.id or 0)
        distance = None if at is None else distance_m(lat_e7, lon_e7, *at)
        found.append((math.inf if distance is None else distance, worker.role == "leader", worker.id or 0, distance))
    return [Nearby(worker_id=key, distance_m=distance) for _, _, key, distance in sorted(found)]


def distance_m(lat_e7: int, lon_e7: int, other_lat_e7: int, other_lon_e7: int) -> float:
    """Metres between two points on the sphere, by the haversine formula."""
    lat1, lon1, lat2, lon2 = (math.radians(one / 1e7) for one in (lat_e7, lon_e7, other_lat_e7, other_lon_e7))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def suggest(text: str, categories: Iterable[Category]) -> list[tuple[Category, float]]:
    """Categories whose name and keywords stand in the text, best first; a longer word weighs more."""
    scored = [(one, _score(text, one)) for one in categories]
    return sorted(((one, score) for one, score in scored if score > 0), key=lambda pair: (-pair[1], pair[0].code))


def _score(text: str, category: Category) -> float:
    words: Sequence[str] = [category.name, *category.keywords]
    return float(sum(len(word) for word in words if word and word in text))


def likeness(one: str, other: str) -> float:
    """How alike two texts are, 0..1: shared pairs of neighbouring characters or words (Dice)."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def _pairs(text: str) -> set[tuple[str, str]]:
    words = _WORDS.findall(text.lower())
    return set(pairwise(words))
