"""Dividing a village into grids along its lanes and field tracks, so that every grid has houses and fields."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from tracker.demo.county.local import Floats, Point
from tracker.demo.county.settlement import Half

CLEAR_M = 20.0  # between the last row and the first track across
CORRIDOR_M = (24.0, 46.0)  # between two such tracks


class NoRoomError(Exception):
    """The settlement is too large for the village's ground."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The border between two grids of one half: up a lane, along a track, out to a border point (y outward)."""

    lane_x: float
    turn_y: float
    end: Point
    place: int  # of the end in the half's border chain

    def line(self) -> list[Point]:
        """From the main street to the village border."""
        x, y = self.end
        return [(self.lane_x, 0.0), (self.lane_x, self.turn_y), (x, self.turn_y), (x, y)]


@dataclass(frozen=True, kw_only=True, slots=True)
class HalfPlan:
    """A half with its border chain west to east (y outward) and the cuts between its grids."""

    half: Half
    chain: tuple[Point, ...]
    cuts: tuple[Cut, ...]

    @property
    def west(self) -> Point:
        """Where the main street's road leaves the village in the west."""
        return self.chain[0]

    @property
    def east(self) -> Point:
        """Where it leaves in the east."""
        return self.chain[-1]


def plan_halves(ring: Floats, halves: Sequence[Half]) -> tuple[HalfPlan, HalfPlan]:
    """Cuts of both halves in a village whose border (closed, clockwise) is in its own frame.

    Raises NoRoomError where a cut cannot reach the border inside the village.
    """
    ground = shapely.Polygon(ring)
    points = ring[:-1]
    ends = [_street_end(points, ground, half_x) for half_x in (halves[0].blocks[0].left, halves[0].blocks[-1].right)]
    upper = _between(points, ends[0], ends[1])
    lower = _between(points, ends[1], ends[0])[::-1] * (1, -1)
    mirrored = shapely.Polygon(ring * (1, -1))
    return _plan(halves[0], upper, ground), _plan(halves[1], lower, mirrored)


def _street_end(points: Floats, ground: BaseGeometry, from_x: float) -> int:
    """The border point that the main street, prolonged, comes nearest to."""
    ahead = points[:, 0] * np.sign(from_x) > abs(from_x) + 30
    slope = np.abs(points[:, 1]) / np.maximum(np.abs(points[:, 0] - from_x), 1)
    for i in np.argsort(np.where(ahead, slope, np.inf))[:12].tolist():
        if ahead[i] and ground.covers(shapely.LineString([(from_x, 0), points[i]])):
            return int(i)
    raise NoRoomError


def _between(points: Floats, start: int, end: int) -> Floats:
    count = (end - start) % len(points) + 1
    return np.take(points, np.arange(start, start + count), axis=0, mode="wrap")


def _plan(half: Half, chain: Floats, ground: BaseGeometry) -> HalfPlan:
    heights = turn_heights(half, float(chain[:, 1].max()))
    targets = _targets(half, chain)
    cuts: list[Cut] = []
    place = 0
    shapely.prepare(ground)
    for i, (x, height, target) in enumerate(zip(half.cuts, heights, targets, strict=True)):
        place = _reach(chain, place, x, height, target, ground, _span(half, i))
        end = chain[place].tolist()
        cuts.append(Cut(lane_x=x, turn_y=height, end=(end[0], end[1]), place=place))
    return HalfPlan(half=half, chain=tuple((x, y) for x, y in chain.tolist()), cuts=tuple(cuts))


def turn_heights(half: Half, room: float) -> list[float]:
    """How far out each cut turns; inner ones farther, so that tracks leaving sideways never cross."""
    tops = [block.top for block in half.blocks]
    count = len(tops) - 1
    levels = max(1, (count + 1) // 2)
    step = min(CORRIDOR_M[1], max(CORRIDOR_M[0], (room - max(tops) - 120) / levels))
    heights = [max(tops[i], tops[i + 1]) + CLEAR_M for i in range(count)]
    for i in range(1, (count + 1) // 2):
        heights[i] = max(heights[i], heights[i - 1] + step)
        heights[-1 - i] = max(heights[-1 - i], heights[-i] + step)
    if count % 2 and count > 1:
        middle = count // 2
        heights[middle] = max(heights[middle], heights[middle - 1] + step, heights[middle + 1] + step)
    return heights


def _targets(half: Half, chain: Floats) -> list[float]:
    west, east = float(chain[0, 0]), float(chain[-1, 0])
    count = len(half.blocks)
    spread = 0.86 if count > 3 else 0.7
    middle, reach = (west + east) / 2, (east - west) / 2 * spread
    return [middle + reach * (2 * i / count - 1) for i in range(1, count)]


def _span(half: Half, cut: int) -> tuple[float, float]:
    """Cuts beside a block in the very middle stay on their side of its spine, which goes straight out."""
    count = len(half.blocks)
    spine = half.blocks[count // 2].spine
    low = spine + 5 if count % 2 and cut == count // 2 else -math.inf
    high = spine - 5 if count % 2 and cut == count // 2 - 1 else math.inf
    return low, high


def _reach(
    chain: Floats,
    after: int,
    x: float,
    height: float,
    target: float,
    ground: BaseGeometry,
    span: tuple[float, float],
) -> int:
    """The border point nearest the wished column that the cut can reach without leaving the village."""
    beside = math.isfinite(span[0]) or math.isfinite(span[1])
    for i in np.argsort(np.abs(chain[:, 0] - target)).tolist():
        end_x, end_y = chain[i].tolist()
        fits = after + 1 < i < len(chain) - 2 and end_y > height + 30
        fits = fits and (beside or (end_x - x) * (target - x) >= 0)
        if (
            fits
            and span[0] < end_x < span[1]
            and ground.covers(shapely.LineString([(x, height), (end_x, height), (end_x, end_y)]))
        ):
            return int(i)
    raise NoRoomError


def grid_rings(plans: Sequence[HalfPlan]) -> list[list[Point]]:
    """Closed rings of all grids in the village frame: the north half west to east, then the south half."""
    street = street_points([p.half for p in plans])
    rings: list[list[Point]] = []
    for plan in plans:
        sign = plan.half.sign
        rings += [[(x, sign * y) for x, y in _ring(plan, i, street)] for i in range(len(plan.half.blocks))]
    return rings


def street_points(halves: Sequence[Half]) -> list[float]:
    """Where on the x axis every grid border meets the main street, with the street's two ends."""
    first = halves[0].blocks
    return sorted({first[0].left, first[-1].right, *halves[0].cuts, *halves[1].cuts})


def _ring(plan: HalfPlan, column: int, street: list[float]) -> list[Point]:
    cuts = plan.cuts
    left = cuts[column - 1].line() if column else [plan.west]
    right = cuts[column].line() if column < len(cuts) else [plan.east]
    start, stop = cuts[column - 1].place if column else 0, _stop(plan, column)
    low = cuts[column - 1].lane_x if column else street[0]
    high = cuts[column].lane_x if column < len(cuts) else street[-1]
    base = [(x, 0.0) for x in street if low <= x <= high]
    border = list(plan.chain[start : stop + 1])
    ring = [*base, *right, *reversed(border), *reversed(left)]
    return [p for p, _ in itertools.groupby([*ring, ring[0]])]


def _stop(plan: HalfPlan, column: int) -> int:
    return plan.cuts[column].place if column < len(plan.cuts) else len(plan.chain) - 1
