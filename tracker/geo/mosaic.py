"""Many areas beside each other: who borders on whom, map colours, gaps and overlaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, STRtree
from shapely.geometry.base import BaseGeometry

from tracker.errors import BadValue
from tracker.geo.projection import LocalPlane
from tracker.geo.shapes import in_metres, plane_of

COLOURS = 8

_SNAP_M = 0.5  # borders drawn twice by hand lie this near each other and still are one border
_LEAST_BORDER_M = 5.0  # less than this in common is a corner
_LEAST_FAULT_M2 = 10.0  # smaller gaps and overlaps are the drawing pen's width

Shapes = Mapping[str, MultiPolygon]
Adjacency = Mapping[str, Collection[str]]


class FaultKind(StrEnum):
    """What is wrong where areas should tile the land."""

    OVERLAP = "overlap"
    GAP = "gap"
    OUTSIDE = "outside"  # beyond the outline


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One gap, overlap or excess: the areas at it, its size, and a place (degrees) inside it."""

    kind: FaultKind
    codes: tuple[str, ...]
    area_m2: float
    lat: float
    lon: float


def neighbours(
    shapes: Shapes, *, snap_m: float = _SNAP_M, least_border_m: float = _LEAST_BORDER_M
) -> dict[str, frozenset[str]]:
    """For each area those that share a border of some metres with it; a common corner is no border."""
    codes, flat, _ = _flattened(shapes)
    grown = shapely.buffer(flat, snap_m)
    one, other = STRtree(flat).query(flat, predicate="dwithin", distance=snap_m)
    one, other = one[one != other], other[one != other]
    border_m = shapely.length(shapely.intersection(shapely.boundary(flat[one]), grown[other]))
    found: dict[str, set[str]] = {code: set() for code in codes}
    for a, b in zip(one[border_m >= least_border_m], other[border_m >= least_border_m], strict=True):
        found[codes[a]].add(codes[b])
        found[codes[b]].add(codes[a])
    return {code: frozenset(near) for code, near in found.items()}


def colour_map(adjacency: Adjacency) -> dict[str, int]:
    """A colour 0 to 7 for each area, never the same on both sides of a border; the same input, the same map.

    Smallest-last colouring: any map drawn on land needs at most six of the eight colours this way, since it
    always has an area with five neighbours or fewer. Of the free colours the one used least is taken.
    BadValue (field `adjacency`) if an area's code is missing or a graph that is no map needs more than eight.
    """
    missing = {near for nears in adjacency.values() for near in nears} - adjacency.keys()
    if missing:
        raise BadValue(field="adjacency", value=min(missing), allowed="neighbours that are areas themselves")
    both = _symmetric(adjacency)
    colours: dict[str, int] = {}
    used: Counter[int] = Counter()
    for code in reversed(_smallest_last(both)):
        free = set(range(COLOURS)) - {colours[near] for near in both[code] if near in colours}
        if not free:
            raise BadValue(field="adjacency", value=code, allowed=f"a map that {COLOURS} colours can colour")
        colours[code] = min(free, key=lambda colour: (used[colour], colour))
        used[colours[code]] += 1
    return colours


def faults(shapes: Shapes, outline: MultiPolygon | None = None, *, least_m2: float = _LEAST_FAULT_M2) -> list[Fault]:
    """Overlaps and gaps of at least `least_m2`, largest first.

    Without an outline only enclosed holes and cracks narrower than a metre are gaps; with it, all of it that
    no area covers, and what lies beyond it is reported as outside.
    """
    codes, flat, plane = _flattened(shapes)
    tree = STRtree(flat)
    found = _overlaps(flat, tree)
    union = shapely.union_all(flat)
    whole = in_metres(outline, plane) if outline else _filled(union)
    found += [(FaultKind.GAP, part) for part in _parts(shapely.difference(whole, union))]
    if outline:
        found += [(FaultKind.OUTSIDE, part) for part in _parts(shapely.difference(union, whole))]
    large = sorted((each for each in found if each[1].area >= least_m2), key=lambda each: -each[1].area)
    return [_fault(kind, part, tree, codes, plane) for kind, part in large]


def _flattened(shapes: Shapes) -> tuple[list[str], NDArray[np.object_], LocalPlane]:
    """Codes in order, their shapes in metres of one plane, and that plane."""
    codes = sorted(shapes)
    if not codes:
        return [], np.empty(0, object), LocalPlane(0.0, 0.0)
    plane = plane_of(shapely.box(*shapely.total_bounds([shapes[code] for code in codes])))
    return codes, np.array([in_metres(shapes[code], plane) for code in codes], object), plane


def _symmetric(adjacency: Adjacency) -> dict[str, set[str]]:
    both: dict[str, set[str]] = {code: set() for code in adjacency}
    for code, nears in adjacency.items():
        for near in nears:
            if near != code:
                both[code].add(near)
                both[near].add(code)
    return both


def _smallest_last(adjacency: Mapping[str, set[str]]) -> list[str]:
    """Codes in the order in which the area with the fewest neighbours left is taken away, time and again."""
    left = {code: len(nears) for code, nears in adjacency.items()}
    by_degree: list[dict[str, None]] = [{} for _ in range(len(left))]  # dicts, for sets have no fixed order
    for code in sorted(left):
        by_degree[left[code]][code] = None
    order: list[str] = []
    while left:
        code = next(next(iter(bucket)) for bucket in by_degree if bucket)
        del by_degree[left.pop(code)][code]
        order.append(code)
        for near in sorted(adjacency[code] & left.keys()):
            del by_degree[left[near]][near]
            left[near] -= 1
            by_degree[left[near]][near] = None
    return order


def _overlaps(flat: NDArray[np.object_], tree: STRtree) -> list[tuple[FaultKind, BaseGeometry]]:
    one, other = tree.query(flat, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(flat[one], flat[other])
    return [(FaultKind.OVERLAP, part) for shape in common for part in _parts(shape)]


def _filled(union: BaseGeometry) -> BaseGeometry:
    """The land without its holes, hairline cracks closed first: a crack would make a hole part of the outside."""
    closed = shapely.buffer(union, _SNAP_M, join_style="mitre")
    filled = shapely.union_all([shapely.Polygon(part.exterior) for part in _parts(closed)])
    return shapely.buffer(filled, -_SNAP_M, join_style="mitre")


def _parts(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]


def _fault(kind: FaultKind, part: BaseGeometry, tree: STRtree, codes: list[str], plane: LocalPlane) -> Fault:
    inside = part.representative_point()
    lat, lon = plane.to_latlon(inside.x, inside.y)
    # A gap belongs to all that border on it, the rest to those that hold a place inside it.
    at = tree.query(part if kind is FaultKind.GAP else inside, predicate="dwithin", distance=_SNAP_M)
    touching = tuple(sorted(codes[row] for row in at))
    return Fault(kind=kind, codes=touching, area_m2=part.area, lat=lat, lon=lon)
