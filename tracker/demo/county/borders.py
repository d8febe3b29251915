"""Which drawn shapes share a border: exact, because neighbours share every border point."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

LonLat = tuple[float, float]


def neighbours(shapes: Sequence[BaseGeometry]) -> list[set[int]]:
    """Shapes that share a border; they have a stretch between two points in common."""
    owners: dict[frozenset[LonLat], int] = {}
    found: list[set[int]] = [set() for _ in shapes]
    for i, shape in enumerate(shapes):
        points = [(x, y) for x, y in shapely.get_coordinates(shape).tolist()]
        for a, b in itertools.pairwise(points):
            other = owners.setdefault(frozenset((a, b)), i)
            if other != i:
                found[i].add(other)
                found[other].add(i)
    return found
