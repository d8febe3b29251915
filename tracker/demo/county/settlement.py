"""A village's built-up part: main street, blocks of rows, lanes, courtyard houses, pond, school and centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tracker.demo.county.local import Floats, Point

MAIN_HALF_M = 4.0  # half the width of the main street
NARROWEST_M = 310.0  # a village of few grids is still that wide
GAP_M = 2.4  # from a lane's middle to a house front

Use = Literal["center", "school", "pond"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a settlement is built; all sizes in metres."""

    block: float
    pitch: tuple[float, float]
    house: tuple[float, float]  # width along the lane, depth
    rows: tuple[int, int]
    vacant: float
    wobble: float  # degrees by which houses differ from the street


VILLAGE = Style(block=84, pitch=(18.6, 21.5), house=(15.2, 12.2), rows=(6, 9), vacant=0.09, wobble=0.9)
TOWN = Style(block=104, pitch=(21, 24), house=(18, 13.5), rows=(9, 11), vacant=0.06, wobble=0.5)
CITY = Style(block=134, pitch=(27, 30), house=(35, 13.5), rows=(13, 16), vacant=0.05, wobble=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Void:
    """Two rows on one side of a block's spine kept free of houses, for something larger."""

    use: Use
    row: int
    side: int  # -1 west of the spine, 1 east
    left: float
    right: float
    low: float
    high: float  # away from the main street


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Houses between two north-south lanes with a spine lane in the middle; y grows away from the main street."""

    left: float
    right: float
    spine: float
    pitch: float
    rows: int
    side: int  # -1 westernmost, 1 easternmost, 0 between
    edge: tuple[float, ...]  # outermost: x of the outer edge at each rib, 0..rows
    voids: tuple[Void, ...] = ()

    @property
    def top(self) -> float:
        """Where the last row ends, metres from the main street."""
        return self.rows * self.pitch

    def reach(self, row: int) -> tuple[float, float]:
        """West and east end of the built ground at a rib."""
        left = self.edge[row] if self.side < 0 else self.left
        return left, self.edge[row] if self.side > 0 else self.right

    def rib(self, row: int) -> tuple[float, float]:
        """West and east end of the lane there; a void cuts it off at the spine."""
        left, right = self.reach(row)
        for void in self.voids:
            if void.row == row:
                left, right = (self.spine, right) if void.side < 0 else (left, self.spine)
        return left, right


@dataclass(frozen=True, kw_only=True, slots=True)
class Half:
    """All blocks on one side of the main street; `sign` is 1 north, -1 south."""

    sign: int
    blocks: tuple[Block, ...]

    @property
    def cuts(self) -> tuple[float, ...]:
        """Where on the x axis the lanes between blocks are."""
        return tuple(b.left for b in self.blocks[1:])


@dataclass(kw_only=True, slots=True)
class Houses:
    """Rectangles in the village frame, as columns."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    depth: list[float] = field(default_factory=list)
    turn: list[float] = field(default_factory=list)
    grid: list[int] = field(default_factory=list)
    use: list[str] = field(default_factory=list)

    def add(self, box: tuple[float, float, float, float], grid: int, use: str = "home", turn: float = 0.0) -> None:
        """One rectangle as (middle x, middle y, width, depth)."""
        for column, value in zip((self.x, self.y, self.width, self.depth), box, strict=True):
            column.append(value)
        self.grid.append(grid)
        self.use.append(use)
        self.turn.append(turn)

    def rings(self) -> Floats:
        """(n, 5, 2) closed corners."""
        corner = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]])
        local = corner[None] * np.column_stack([self.width, self.depth])[:, None]
        cos, sin = np.cos(self.turn)[:, None], np.sin(self.turn)[:, None]
        x = local[..., 0] * cos - local[..., 1] * sin + np.array(self.x)[:, None]
        y = local[..., 0] * sin + local[..., 1] * cos + np.array(self.y)[:, None]
        return np.stack([x, y], axis=-1)


def lay_out(
    rng: np.random.Generator, style: Style, columns: tuple[int, int], limits: tuple[float, float]
) -> tuple[Half, Half]:
    """North and south half with that many blocks, within (half width, height) metres."""
    halves = []
    width = min(limits[0], max(max(columns) * style.block, NARROWEST_M) * rng.uniform(0.93, 1.08) / 2)
    for sign, count in zip((1, -1), columns, strict=True):
        halves.append(_half(rng, style, sign, count, width, limits[1]))
    north, south = halves
    voids = _uses(rng, style)
    return _with_voids(rng, north, voids[::2], with_center=True), _with_voids(rng, south, voids[1::2])


def _half(rng: np.random.Generator, style: Style, sign: int, count: int, width: float, height: float) -> Half:
    west = -width * (1 if count > 1 else 0.8)
    edges = np.linspace(west, width, count + 1)
    edges[1:-1] += rng.uniform(-0.08, 0.08, count - 1) * (2 * width / count)
    most = int(rng.integers(style.rows[0], style.rows[1] + 1))
    blocks = []
    for i, (left, right) in enumerate(zip(edges.tolist(), edges[1:].tolist(), strict=False)):
        side = -1 if i == 0 else int(i == count - 1)
        pitch = float(rng.uniform(*style.pitch))
        dome = 1 - 0.42 * abs((i + 0.5) / count * 2 - 1) ** 2.2
        rows = max(3, min(round(most * dome + rng.uniform(-0.9, 0.9)), int(height / pitch)))
        blocks.append(_block(rng, (left, right), side, pitch, rows))
    return Half(sign=sign, blocks=tuple(blocks))


def _block(rng: np.random.Generator, span: tuple[float, float], side: int, pitch: float, rows: int) -> Block:
    left, right = span
    wide = right - left
    at = 0.5 + 0.14 * -side + float(rng.uniform(-0.06, 0.06))
    outer = left if side < 0 else right
    edge = [outer]
    for row in range(1, rows + 1):
        shrink = 0.30 * wide * (row / rows) ** 2 + float(rng.uniform(-4, 9))
        edge.append(outer - side * max(0.0, shrink))
    return Block(
        left=left,
        right=right,
        spine=left + at * wide,
        pitch=pitch,
        rows=rows,
        side=side,
        edge=tuple(edge) if side else (),
    )


def _uses(rng: np.random.Generator, style: Style) -> list[Use]:
    uses: list[Use] = []
    if rng.random() < 0.4 or style is not VILLAGE:
        uses.append("school")
    uses += ["pond"] * int(rng.choice([0, 1, 1, 2] if style is VILLAGE else [0, 1]))
    rng.shuffle(uses)
    return uses


def _with_voids(rng: np.random.Generator, half: Half, uses: Sequence[Use], *, with_center: bool = False) -> Half:
    blocks = list(half.blocks)
    middle = min(range(len(blocks)), key=lambda i: abs(blocks[i].spine))
    free = [i for i in range(len(blocks)) if i != middle and blocks[i].rows > 3]
    rng.shuffle(free)
    if with_center:
        blocks[middle] = _voided(blocks[middle], "center", 1, 1 if blocks[middle].side <= 0 else -1)
    for use, i in zip(uses, free, strict=False):
        row = int(rng.integers(1, blocks[i].rows - 1))
        blocks[i] = _voided(blocks[i], use, row, -blocks[i].side or 1)
    return Half(sign=half.sign, blocks=tuple(blocks))


def _voided(block: Block, use: Use, row: int, side: int) -> Block:
    left, right = (block.left, block.spine) if side < 0 else (block.spine, block.right)
    void = Void(
        use=use,
        row=row,
        side=side,
        left=left + 4,
        right=right - 4,
        low=(row - 1) * block.pitch + (MAIN_HALF_M + 1 if row == 1 else 3),
        high=(row + 1) * block.pitch - 3,
    )
    return Block(**{n: getattr(block, n) for n in Block.__slots__ if n != "voids"}, voids=(void,))


def build_houses(rng: np.random.Generator, style: Style, halves: Sequence[Half], first_grid: Sequence[int]) -> Houses:
    """All houses; the grid of a house is its half's first grid plus its block's place."""
    houses = Houses()
    for half, first in zip(halves, first_grid, strict=True):
        for i, block in enumerate(half.blocks):
            for row in range(1, block.rows + 1):
                _row(rng, style, houses, half.sign, block, row, first + i)
            for void in block.voids:
                _public(houses, half.sign, void, first + i)
    return houses


def _row(rng: np.random.Generator, style: Style, houses: Houses, sign: int, block: Block, row: int, grid: int) -> None:
    """Courtyards stand against the lane on their south side, their gates face south."""
    left, right = block.reach(row)
    left, right = max(left, block.reach(row - 1)[0]), min(right, block.reach(row - 1)[1])
    taken = {v.side for v in block.voids if row in (v.row, v.row + 1)}
    depth = min(style.house[1], block.pitch - 6.2)
    front = (row - 1) * block.pitch if sign > 0 else -row * block.pitch
    front += MAIN_HALF_M + 1 if row == 1 and sign > 0 else GAP_M
    for side, (a, b) in ((-1, (left + 3.4, block.spine - 2.4)), (1, (block.spine + 2.4, right - 3.4))):
        if side not in taken:
            _terrace(rng, style, houses, (a, b, front, depth), grid)


def _terrace(
    rng: np.random.Generator, style: Style, houses: Houses, box: tuple[float, float, float, float], grid: int
) -> None:
    start, end, front, depth = box
    count = int((end - start) / style.house[0])
    if count < 1:
        return
    step = (end - start) / count
    width = min(step - 0.7, style.house[0] + 1.5)
    noise = rng.random((count, 4)).tolist()
    for k, (vacant, wide, deep, turn) in enumerate(noise):
        if vacant >= style.vacant:
            d = depth * (0.84 + 0.16 * deep)
            box_ = (start + (k + 0.5) * step, front + d / 2, width * (0.88 + 0.12 * wide), d)
            houses.add(box_, grid, "home", (turn - 0.5) * 0.035 * style.wobble)


def _public(houses: Houses, sign: int, void: Void, grid: int) -> None:
    """The centre's hall behind its square, or the school's wings around the yard."""
    wide = void.right - void.left
    middle = (void.left + void.right) / 2
    if void.use == "center":
        houses.add((middle, sign * (void.high - 6), min(wide - 2, 34), 10), grid, "public")
    if void.use == "school":
        low, high = sorted((sign * void.low, sign * void.high))
        houses.add((middle, high - 5, wide - 2, 9), grid, "school")
        houses.add((void.left + 5, (low + high) / 2 - 3, 8, high - low - 16), grid, "school")


def outline(halves: Sequence[Half]) -> list[Point]:
    """The built-up ground's ring along the outermost rows, clockwise from the west end of the main street."""
    north, south = halves
    over = _skyline(north)
    under = [(x, -y) for x, y in reversed(_skyline(south))]
    return [*over, *under]


def _skyline(half: Half) -> list[Point]:
    first, last = half.blocks[0], half.blocks[-1]
    points = [(x, k * first.pitch) for k, x in enumerate(first.edge)]
    for block in half.blocks:
        left, right = block.reach(block.rows)
        points += [(left, block.top), (right, block.top)]
    return points + [(x, k * last.pitch) for k, x in reversed(list(enumerate(last.edge)))]
