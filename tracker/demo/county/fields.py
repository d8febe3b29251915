"""The fields of a village: long strips in two tones, rows of trees, ditches and wells along the tracks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.demo.county.grids import HalfPlan
from tracker.demo.county.lanes import Column
from tracker.demo.county.local import Floats, Geometries, Point

SMALLEST_M2 = 500.0
LONGEST_M = 330.0
CROPS = ("棉花", "小麦", "玉米", "梨园", "大棚")  # what the plain grows; orchards and sheds are rarer
CROP_SHARE = (0.36, 0.30, 0.22, 0.08, 0.04)


@dataclass(frozen=True, kw_only=True, slots=True)
class Strips:
    """Field polygons in the village frame with their grid serial, tone (0 or 1) and crop, as columns."""

    shapes: Geometries
    grid: list[int]
    tone: list[int]
    crop: list[str]


@dataclass(kw_only=True, slots=True)
class Furniture:
    """What stands along the tracks, in the village frame."""

    trees: list[Floats] = field(default_factory=list)  # rings
    ditches: list[tuple[Point, Point]] = field(default_factory=list)
    wells: list[Point] = field(default_factory=list)


def draw_strips(
    rng: np.random.Generator,
    plans: Sequence[HalfPlan],
    tracks: Sequence[Sequence[Column]],
    grids: Geometries,
    built: shapely.Polygon,
) -> Strips:
    """Strips clipped to each grid's open ground."""
    open_ground = shapely.difference(grids, built.buffer(5, join_style="mitre"))
    along_street = rng.random() < 0.35
    shapes, owner = [], []
    first = 0
    for plan, columns in zip(plans, tracks, strict=True):
        boxes = _boxes(rng, plan, columns, along_street=along_street)
        count = len(columns)
        cut, who = _clipped(boxes, open_ground[first : first + count])
        shapes.append(cut)
        owner.append(who + first)
        first += count
    return _finished(rng, np.concatenate(shapes), np.concatenate(owner))


def _boxes(rng: np.random.Generator, plan: HalfPlan, columns: Sequence[Column], *, along_street: bool) -> Geometries:
    chain = np.array(plan.chain)
    (x0, y0), (x1, y1) = chain.min(axis=0), chain.max(axis=0)
    across = {c.middle for c in columns} | {cut.end[0] for cut in plan.cuts}
    xs = _breaks(rng, [x0, *sorted(x for x in across if x0 < x < x1), x1], fine=not along_street)
    levels = {y for c in columns for y in c.levels}
    ys = _breaks(rng, [min(y0, 0.0), *sorted(levels), y1], fine=along_street)
    left, low = (a.ravel() for a in np.meshgrid(xs[:-1], ys[:-1]))
    right, high = (a.ravel() for a in np.meshgrid(xs[1:], ys[1:]))
    sign = plan.half.sign
    boxes: Geometries = shapely.box(
        left, np.minimum(sign * low, sign * high), right, np.maximum(sign * low, sign * high)
    )
    return boxes


def _breaks(rng: np.random.Generator, fixed: Sequence[float], *, fine: bool) -> Floats:
    """Positions between the fixed ones: a strip's width apart, or no farther than a strip is long."""
    parts = []
    for a, b in itertools.pairwise(fixed):
        size = float(rng.uniform(28, 44)) if fine else LONGEST_M
        count = max(1, round((b - a) / size)) if fine else max(1, int(np.ceil((b - a) / size)))
        weights = rng.uniform(0.7, 1.3, count) if fine else np.ones(count)
        parts.append(a + (b - a) * np.concatenate([[0.0], np.cumsum(weights)[:-1] / weights.sum()]))
    return np.concatenate([*parts, [fixed[-1]]])


def _clipped(boxes: Geometries, grounds: Geometries) -> tuple[Geometries, np.ndarray]:
    """Boxes inside a ground stay as they are; the others are cut along its border."""
    shapely.prepare(grounds)
    pairs: NDArray[np.intp] = shapely.STRtree(grounds).query(boxes, predicate="intersects")
    box, ground = pairs[0], pairs[1]
    whole = shapely.contains_properly(grounds[ground], boxes[box])
    cut: Geometries = boxes[box].copy()
    cut[~whole] = shapely.intersection(boxes[box][~whole], grounds[ground][~whole])
    parts, source = shapely.get_parts(cut, return_index=True)
    kept = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > SMALLEST_M2)
    return parts[kept], ground[source[kept]]


def _finished(rng: np.random.Generator, shapes: Geometries, owner: np.ndarray) -> Strips:
    count = len(shapes)
    crops = rng.choice(len(CROPS), count, p=CROP_SHARE)
    same = np.concatenate([[False], rng.random(count - 1) < 0.45])  # neighbours often grow the same
    run = np.maximum.accumulate(np.where(same, 0, np.arange(count)))
    crops = crops[run]
    tone = (np.arange(count) + (rng.random(count) < 0.2)) % 2
    return Strips(shapes=shapes, grid=owner.tolist(), tone=tone.tolist(), crop=[CROPS[c] for c in crops.tolist()])


def furnish(rng: np.random.Generator, plans: Sequence[HalfPlan], tracks: Sequence[Sequence[Column]]) -> Furniture:
    """Trees on one side of a track, a ditch on the other, wells where tracks meet."""
    made = Furniture()
    for plan, columns in zip(plans, tracks, strict=True):
        sign = plan.half.sign
        watered = set(rng.permutation(sorted({y for c in columns for y in c.levels}))[:2].tolist())
        for column in columns:
            _along(rng, made, column, watered, sign)
        for cut in plan.cuts:
            if rng.random() < 0.3:
                x, y = cut.end
                made.trees.append(_bar(x - 7.5, x - 4, sign * (cut.turn_y + 12), sign * (y - 15)))
    return made


def _along(rng: np.random.Generator, made: Furniture, column: Column, watered: set[float], sign: int) -> None:
    for y in column.levels:
        if rng.random() < 0.35:
            made.trees.append(_bar(column.west + 6, column.east - 6, sign * (y + 4), sign * (y + 7.5)))
        if y in watered:
            made.ditches.append(((column.west, sign * (y - 6)), (column.east, sign * (y - 6))))
    if column.levels and rng.random() < 0.6:
        made.wells.append((column.middle + 6, sign * (column.levels[0] + 9)))


def _bar(x0: float, x1: float, y0: float, y1: float) -> Floats:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])
