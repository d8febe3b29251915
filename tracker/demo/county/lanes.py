"""Streets, lanes and field tracks of a village as one connected net: every junction is a point of both lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from tracker.demo.county.grids import CLEAR_M, Cut, HalfPlan, street_points
from tracker.demo.county.local import Point
from tracker.demo.county.settlement import Block, Half

SHORT_OF_BORDER_M = 40.0  # where a track ends that leads nowhere


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A line to walk on, in the village frame; `grids` are the serials (from 0) of the grids that it serves."""

    points: tuple[Point, ...]
    use: str  # street, lane or track
    width_m: float
    grids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Where the field tracks of one grid run (y outward): the middle track and the tracks across."""

    grid: int
    west: float
    middle: float
    east: float
    corridor_y: float  # where the spine turns sideways to the middle track
    end_y: float
    road: Point | None  # outermost: where the middle track meets the road out of the village
    levels: tuple[float, ...]


def columns(plan: HalfPlan, levels: Sequence[float], ground: BaseGeometry, first_grid: int) -> list[Column]:
    """Track columns of a half; `ground` is the village with y outward."""
    return [_column(plan, i, levels, ground, first_grid + i) for i in range(len(plan.half.blocks))]


def levels_of(rng: np.random.Generator, plan: HalfPlan) -> list[float]:
    """Distances from the main street at which tracks cross the fields."""
    y = max((c.turn_y for c in plan.cuts), default=0.0) + float(rng.uniform(30, 60))
    levels = []
    top = max(y for _, y in plan.chain)
    while y < top - 60:
        levels.append(y)
        y += float(rng.uniform(210, 280))
    return levels


def _column(plan: HalfPlan, i: int, levels: Sequence[float], ground: BaseGeometry, grid: int) -> Column:
    block = plan.half.blocks[i]
    left = plan.cuts[i - 1] if i else None
    right = plan.cuts[i] if i < len(plan.cuts) else None
    west = left.end[0] if left else plan.west[0]
    east = right.end[0] if right else plan.east[0]
    middle, corridor = _middle(block, left, right, (west, east), ground)
    blocked = middle == block.spine and not (left and right)
    end_y = corridor if blocked else _end(ground, middle, corridor)
    bounds = [c for c in (left, right) if c]
    inner = (west if left else middle, east if right else middle)
    return Column(
        grid=grid,
        west=inner[0],
        middle=middle,
        east=inner[1],
        corridor_y=corridor,
        end_y=end_y,
        road=_road_meeting(plan, block, middle, corridor, ground),
        levels=tuple(y for y in levels if _crosses(y, inner, bounds, (corridor, end_y), ground)),
    )


def _middle(
    block: Block, left: Cut | None, right: Cut | None, span: tuple[float, float], ground: BaseGeometry
) -> tuple[float, float]:
    """Where on the x axis the middle track runs, and how far out the spine turns towards it."""
    west, east = span
    if left and right:
        if west + 25 < block.spine < east - 25:
            return block.spine, block.top + 8
        return (west + east) / 2, _corridor(left, right, block.spine, (west + east) / 2)
    cut = left or right
    corridor = cut.turn_y - 10 if cut else block.top + 8
    start, outer = (east, west) if block.side < 0 else (west, east)
    for share in (0.5, 0.4, 0.3, 0.2):
        x = start + share * (outer - start)
        if (x - block.spine) * block.side > 30 and ground.covers(_level(block.spine, x, corridor)):
            return x, corridor
    return block.spine, corridor


def _corridor(left: Cut, right: Cut, spine: float, middle: float) -> float:
    """Beyond the cut on the side that the spine turns to, and before the other one where that lies in the way."""
    near, far = (left, right) if middle < spine else (right, left)
    in_the_way = (far.end[0] - spine) * (middle - spine) >= 0
    return (near.turn_y + far.turn_y) / 2 if in_the_way else near.turn_y + CLEAR_M / 2


def _level(x0: float, x1: float, y: float) -> BaseGeometry:
    """From x0 to x1, and as much further as keeps off the border."""
    return shapely.LineString([(x0, y), (x1 + math.copysign(SHORT_OF_BORDER_M / 2, x1 - x0), y)])


def _end(ground: BaseGeometry, x: float, from_y: float) -> float:
    inside = ground.intersection(shapely.LineString([(x, from_y), (x, 9000.0)]))
    return float(shapely.bounds(shapely.get_parts(inside)[0])[3]) - SHORT_OF_BORDER_M if inside else from_y


def _crosses(
    y: float, span: tuple[float, float], cuts: Iterable[Cut], middle: tuple[float, float], ground: BaseGeometry
) -> bool:
    clear = all(c.turn_y + 15 < y < c.end[1] - SHORT_OF_BORDER_M for c in cuts)
    inside = middle[0] + 15 < y < middle[1]
    return clear and inside and bool(ground.covers(shapely.LineString([(span[0], y), (span[1], y)])))


def _road_meeting(plan: HalfPlan, block: Block, x: float, y: float, ground: BaseGeometry) -> Point | None:
    if not block.side:
        return None
    start = (block.edge[0], 0.0)
    end = plan.west if block.side < 0 else plan.east
    if (x - start[0]) * block.side < 30 or (end[0] - x) * block.side < 30:
        return None
    meeting = (x, end[1] * (x - start[0]) / (end[0] - start[0]))
    return meeting if y > meeting[1] + 30 and ground.covers(shapely.LineString([meeting, (x, y)])) else None


def draw_lanes(plans: Sequence[HalfPlan], tracks: Sequence[Sequence[Column]]) -> list[Lane]:
    """All lines of the village."""
    halves = [p.half for p in plans]
    lanes = [*_street(halves), *_roads_out(plans, tracks)]
    for plan, columns_ in zip(plans, tracks, strict=True):
        lanes += [_turned(lane, plan.half.sign) for lane in _half_lanes(plan, columns_)]
    return lanes


def _turned(lane: Lane, sign: int) -> Lane:
    points = tuple((x, sign * y) for x, y in lane.points)
    return Lane(points=points, use=lane.use, width_m=lane.width_m, grids=lane.grids)


def _street(halves: Sequence[Half]) -> list[Lane]:
    joints = street_points(halves)
    spines = [b.spine for h in halves for b in h.blocks]
    north, south = halves
    lanes = []
    for a, b in itertools.pairwise(joints):
        xs = sorted({a, b, *(x for x in spines if a < x < b)})
        grids = (_at(north, (a + b) / 2), len(north.blocks) + _at(south, (a + b) / 2))
        lanes.append(Lane(points=tuple((x, 0.0) for x in xs), use="street", width_m=8, grids=grids))
    return lanes


def _at(half: Half, x: float) -> int:
    return sum(x > cut for cut in half.cuts)


def _roads_out(plans: Sequence[HalfPlan], tracks: Sequence[Sequence[Column]]) -> list[Lane]:
    """The street goes on as a road to the village's west and east border."""
    north = plans[0]
    blocks = north.half.blocks
    roads = []
    for i, start, end in ((0, blocks[0].left, north.west), (-1, blocks[-1].right, north.east)):
        meetings = [
            (road[0], p.half.sign * road[1])
            for p, c in zip(plans, tracks, strict=True)
            if (road := c[i].road) is not None
        ]
        points = sorted({(start, 0.0), *meetings, end}, reverse=i == 0)
        roads.append(Lane(points=tuple(points), use="track", width_m=6, grids=tuple(c[i].grid for c in tracks)))
    return roads


def _half_lanes(plan: HalfPlan, tracks: Sequence[Column]) -> list[Lane]:
    lanes: list[Lane] = []
    for block, column in zip(plan.half.blocks, tracks, strict=True):
        lanes += _block_lanes(block, column.grid)
        lanes += _column_lanes(block, column)
    for i, cut in enumerate(plan.cuts):
        lanes += _cut_lanes(cut, plan.half.blocks[i : i + 2], tracks[i : i + 2])
    return lanes


def _block_lanes(block: Block, grid: int) -> list[Lane]:
    lanes = [Lane(points=_up(block.spine, [0, *_ribs(block)]), use="lane", width_m=4.5, grids=(grid,))]
    for row in range(1, block.rows + 1):
        xs = sorted({block.rib(row)[0], block.spine, block.rib(row)[1]})
        y = row * block.pitch
        lanes.append(Lane(points=tuple((x, y) for x in xs), use="lane", width_m=3.5, grids=(grid,)))
    if block.side:
        outer = tuple((x, k * block.pitch) for k, x in enumerate(block.edge))
        lanes.append(Lane(points=outer, use="lane", width_m=3.5, grids=(grid,)))
    return lanes


def _ribs(block: Block) -> list[float]:
    return [row * block.pitch for row in range(1, block.rows + 1)]


def _up(x: float, ys: Iterable[float]) -> tuple[Point, ...]:
    return tuple((x, y) for y in sorted(set(ys)))


def _column_lanes(block: Block, column: Column) -> list[Lane]:
    """The spine goes out, sideways along the corridor, and on through the fields."""
    middle, corridor = column.middle, column.corridor_y
    points = [(block.spine, block.top), (block.spine, corridor)]
    points += [(middle, y) for y in (corridor, *column.levels)]
    if column.end_y > points[-1][1] + 25:
        points.append((middle, column.end_y))
    grids = (column.grid,)
    lanes = [Lane(points=tuple(dict.fromkeys(points)), use="track", width_m=3.5, grids=grids)]
    if column.road:
        lanes.append(Lane(points=(column.road, (middle, corridor)), use="track", width_m=3.5, grids=grids))
    for y in column.levels:
        xs = sorted({column.west, middle, column.east})
        lanes.append(Lane(points=tuple((x, y) for x in xs), use="track", width_m=4, grids=grids))
    return lanes


def _cut_lanes(cut: Cut, blocks: Sequence[Block], tracks: Sequence[Column]) -> list[Lane]:
    """The lane between two grids, and the track that goes on from it to the border."""
    left, right = blocks
    ys = [row * left.pitch for row in range(1, left.rows + 1) if left.rib(row)[1] == cut.lane_x]
    ys += [row * right.pitch for row in range(1, right.rows + 1) if right.rib(row)[0] == cut.lane_x]
    grids = tuple(c.grid for c in tracks)
    end_x, end_y = cut.end
    levels = sorted({y for c in tracks for y in c.levels})
    track = [
        (cut.lane_x, max(ys)),
        (cut.lane_x, cut.turn_y),
        *((end_x, y) for y in (cut.turn_y, *levels)),
        (end_x, end_y),
    ]
    return [
        Lane(points=_up(cut.lane_x, [0.0, *ys]), use="lane", width_m=5, grids=grids),
        Lane(points=tuple(track), use="track", width_m=4.5, grids=grids),
    ]
