"""Colours of grids: neighbours never share one, as far as eight colours go, and colours already given stay."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping

import shapely

from tracker.county.model import COLORS, Boundary

_NEAR_DEG = 0.0003  # about 30 m: across a lane two grids still look like neighbours


def assign_colors(boundaries: Mapping[str, Boundary], given: Mapping[str, int]) -> dict[str, int]:
    """A colour 0..7 for every grid code; `given` colours are kept, the rest are chosen to differ from neighbours."""
    around = neighbours(boundaries)
    colors = {code: color for code, color in given.items() if code in boundaries}
    everywhere = Counter(colors.values())
    for code in reversed(_smallest_last(around)):
        if code not in colors:
            beside = Counter(colors[other] for other in around[code] if other in colors)
            colors[code] = min(range(COLORS), key=lambda color: (beside[color], everywhere[color], color))
            everywhere[colors[code]] += 1
    return colors


def neighbours(boundaries: Mapping[str, Boundary]) -> dict[str, set[str]]:
    """The codes of the grids that touch each grid, or nearly so."""
    codes = list(boundaries)
    shapes = [boundaries[code] for code in codes]
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_NEAR_DEG).T
    around: dict[str, set[str]] = {code: set() for code in codes}
    for one, other in pairs.tolist():
        if one != other:
            around[codes[one]].add(codes[other])
    return around


def _smallest_last(around: Mapping[str, set[str]]) -> list[str]:
    # Taking away the least connected first, and colouring in reverse, needs at most six colours on a planar map.
    degree = {code: len(others) for code, others in around.items()}
    heap = [(count, code) for code, count in degree.items()]
    heapq.heapify(heap)
    order: dict[str, None] = {}
    while heap:
        count, code = heapq.heappop(heap)
        if code in order or count != degree[code]:
            continue  # an entry from before a neighbour was taken away
        order[code] = None
        for other in around[code]:
            if other not in order:
                degree[other] -= 1
                heapq.heappush(heap, (degree[other], other))
    return list(order)
