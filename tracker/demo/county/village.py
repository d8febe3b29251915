"""One village drawn whole: its grids and every feature of its plan, in degrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from tracker.demo.county import settlement
from tracker.demo.county.fields import Furniture, Strips, draw_strips, furnish
from tracker.demo.county.frame import Cell
from tracker.demo.county.grids import HalfPlan, NoRoomError, grid_rings, plan_halves
from tracker.demo.county.lanes import Lane, columns, draw_lanes, levels_of
from tracker.demo.county.local import Floats, Frame, Geometries, Point, to_metres
from tracker.demo.county.model import Kind, PlanFeature
from tracker.demo.county.settlement import Half, Houses, Style

TURN_DEGREES = 9.0  # villages face south, more or less
ROOM = {settlement.VILLAGE: (0.58, 0.52), settlement.TOWN: (0.62, 0.56), settlement.CITY: (0.74, 0.68)}
SHRINK = (1.0, 0.88, 0.76, 0.64, 0.52, 0.46, 0.40, 0.36)  # tried in turn where a settlement leaves its grids no room


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What a village is to be: its code, name, ground, style and number of grids."""

    code: str
    name: str
    cell: Cell
    style: Style
    grids: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A finished village."""

    site: Site
    frame: Frame
    plans: tuple[HalfPlan, HalfPlan]
    grids: Geometries  # polygons in degrees, north half west to east, then the south half
    features: tuple[PlanFeature, ...]
    centre: Floats  # longitude and latitude of the middle of the main street

    def way_out(self, towards: Floats) -> Floats:
        """Points (county metres) from the village's crossroads to the edge of its houses on that side."""
        x, y = self.frame.inside(towards[None])[0].tolist()
        return to_metres(self.frame.degrees(np.array(_way_out(self.plans, x, y))))


def draw_village(seed: int, index: int, site: Site) -> Drawn:
    """The village of that site; the same for the same seed and index."""
    rng = np.random.default_rng([seed, 3, index])
    east, north = site.cell.centre.tolist()
    frame = Frame(x=east, y=north, angle=float(np.radians(rng.uniform(-TURN_DEGREES, TURN_DEGREES))))
    ring = frame.inside(to_metres(site.cell.ring))
    plans = _planned(rng, site, ring)
    grids = np.array([shapely.Polygon(r) for r in grid_rings(plans)])
    return Drawn(
        site=site,
        frame=frame,
        plans=plans,
        grids=frame.drawn(grids),
        features=tuple(_features(rng, site, frame, plans, grids, ring)),
        centre=frame.degrees(np.array([[_crossroads(plans[0].half)[0], 0.0]]))[0],
    )


def _planned(rng: np.random.Generator, site: Site, ring: Floats) -> tuple[HalfPlan, HalfPlan]:
    room = np.minimum(ring.max(axis=0), -ring.min(axis=0)) * ROOM[site.style]
    split = ((site.grids + 1) // 2, site.grids // 2)
    for shrink in SHRINK:
        width, height = (room * shrink).tolist()
        halves = settlement.lay_out(rng, site.style, split, (width, height))
        try:
            return plan_halves(ring, halves)
        except NoRoomError:
            continue
    raise NoRoomError(site.code)


def _features(
    rng: np.random.Generator,
    site: Site,
    frame: Frame,
    plans: Sequence[HalfPlan],
    grids: Geometries,
    ring: Floats,
) -> Iterator[PlanFeature]:
    halves = [p.half for p in plans]
    first = (0, len(halves[0].blocks))
    grounds = [shapely.Polygon(ring), shapely.Polygon(ring * (1, -1))]
    for ground in grounds:
        shapely.prepare(ground)
    tracks = [columns(p, levels_of(rng, p), g, f) for p, g, f in zip(plans, grounds, first, strict=True)]
    built = shapely.Polygon(settlement.outline(halves)).buffer(9, quad_segs=2)
    make = Maker(site, frame)
    yield from make.features(Kind.SETTLEMENT, [built], [{"class": _class(site)}], site.name)
    yield from _field_features(make, draw_strips(rng, plans, tracks, grids, built))
    yield from _furniture_features(make, furnish(rng, plans, tracks), grounds[0])
    yield from _lane_features(make, draw_lanes(plans, tracks), site.style)
    houses = settlement.build_houses(rng, site.style, halves, first)
    yield from _house_features(make, houses)
    yield from _void_features(rng, make, halves, first, site)


class Maker:
    """Turns shapes of the village frame into plan features."""

    def __init__(self, site: Site, frame: Frame) -> None:
        self._site, self._frame = site, frame

    def features(
        self, kind: Kind, shapes: Any, props: Iterable[dict[str, Any]], name: str | None = None
    ) -> Iterator[PlanFeature]:
        """One feature for each shape; a shape that rounding broke is left out."""
        drawn = self._frame.drawn(np.asarray(shapes, dtype=object))
        valid = shapely.is_valid(drawn)
        for shape, prop, good in zip(drawn, props, valid, strict=True):
            if good:
                yield PlanFeature(village_code=self._site.code, kind=kind, name=name, props=prop, geometry=shape)

    def grid(self, serial: int) -> str:
        """The code of the village's grid with that serial (from 0)."""
        return f"{self._site.code}{serial + 1:03d}"


def _class(site: Site) -> str:
    return {settlement.CITY: "county_seat", settlement.TOWN: "town"}.get(site.style, "village")


def _field_features(make: Maker, strips: Strips) -> Iterator[PlanFeature]:
    props = (
        {"use": "crop", "tone": t, "crop": c, "grid": make.grid(g)}
        for t, c, g in zip(strips.tone, strips.crop, strips.grid, strict=True)
    )
    return make.features(Kind.FIELD, strips.shapes, props)


def _furniture_features(make: Maker, furniture: Furniture, ground: shapely.Polygon) -> Iterator[PlanFeature]:
    rows = [shapely.Polygon(r) for r in furniture.trees]
    trees = [row for row in rows if ground.covers(row)]
    yield from make.features(Kind.FIELD, trees, ({"use": "trees"} for _ in trees))
    ditches = [shapely.LineString(d) for d in furniture.ditches]
    yield from make.features(Kind.WATER, ditches, ({"use": "ditch", "width_m": 2.0} for _ in ditches))
    wells = [shapely.Point(w) for w in furniture.wells]
    yield from make.features(Kind.PLACE, wells, ({"use": "well"} for _ in wells), "机井")


def _lane_features(make: Maker, lanes: Sequence[Lane], style: Style) -> Iterator[PlanFeature]:
    wide = 1.9 if style is settlement.CITY else 1.0
    props = (
        {
            "use": lane.use,
            "width_m": lane.width_m * (wide if lane.use != "track" else 1),
            "grids": [make.grid(g) for g in lane.grids],
        }
        for lane in lanes
    )
    yield from make.features(Kind.LANE, [shapely.LineString(lane.points) for lane in lanes], props)


def _house_features(make: Maker, houses: Houses) -> Iterator[PlanFeature]:
    rings = shapely.polygons(shapely.linearrings(houses.rings()))
    props = ({"use": use, "grid": make.grid(grid)} for use, grid in zip(houses.use, houses.grid, strict=True))
    return make.features(Kind.HOUSE, rings, props)


def _void_features(
    rng: np.random.Generator, make: Maker, halves: Sequence[Half], first: Sequence[int], site: Site
) -> Iterator[PlanFeature]:
    """The village centre and its square, the school and its yard, the pond."""
    for half, start in zip(halves, first, strict=True):
        for i, block in enumerate(half.blocks):
            for void in block.voids:
                yield from _void(rng, make, half.sign, void, make.grid(start + i), site)


def _void(
    rng: np.random.Generator, make: Maker, sign: int, void: settlement.Void, grid: str, site: Site
) -> Iterator[PlanFeature]:
    middle = ((void.left + void.right) / 2, sign * (void.low + void.high) / 2)
    short = site.name.removesuffix("村")
    if void.use == "pond":
        wide, deep = (void.right - void.left) / 2 - 2, (void.high - void.low) / 2 - 2
        yield from make.features(Kind.WATER, [_pond(rng, middle, wide, deep)], [{"use": "pond"}], "坑塘")
        return
    yard = shapely.box(void.left, sign * void.low, void.right, sign * void.high)
    use, name = ("square", "文化广场") if void.use == "center" else ("yard", None)
    yield from make.features(Kind.PLACE, [yard], [{"use": use, "grid": grid}], name)
    if void.use == "center":
        spot = (middle[0], sign * (void.high - 6))
        yield from make.features(
            Kind.PLACE, [shapely.Point(spot)], [{"use": "center", "grid": grid}], f"{site.name}党群服务中心"
        )
    else:
        label = f"{short}中学" if site.style is not settlement.VILLAGE else f"{short}小学"
        yield from make.features(Kind.PLACE, [shapely.Point(middle)], [{"use": "school", "grid": grid}], label)


def _pond(rng: np.random.Generator, middle: Point, wide: float, deep: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, 15)[:-1]
    size = rng.uniform(0.74, 1.0, len(turn))
    return shapely.Polygon(
        np.column_stack([middle[0] + wide * size * np.cos(turn), middle[1] + deep * size * np.sin(turn)])
    )


def _crossroads(half: Half) -> Point:
    return min(half.cuts, key=abs, default=0.0), 0.0


def _way_out(plans: Sequence[HalfPlan], x: float, y: float) -> list[Point]:
    """By the main street to the west or east, or by the middle lane to the north or south."""
    blocks = plans[0].half.blocks
    hub = _crossroads(plans[0].half)
    if abs(x) > 0.9 * abs(y):
        return [hub, (blocks[0].left if x < 0 else blocks[-1].right, 0.0)]
    plan = plans[0] if y > 0 else plans[1]
    cut = min(plan.cuts, key=lambda c: abs(c.lane_x))
    return [hub, (cut.lane_x, 0.0), (cut.lane_x, plan.half.sign * cut.turn_y)]
