"""Building the synthetic county from one seed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from tracker.demo.county import naming, roster
from tracker.demo.county.borders import neighbours
from tracker.demo.county.frame import COUNTY_VILLAGES, CountyFrame, draw_frame
from tracker.demo.county.local import Geometries
from tracker.demo.county.model import COUNTY_CODE, DemoCounty, Division, Grid, PlanFeature
from tracker.demo.county.roads import draw_roads
from tracker.demo.county.settlement import CITY, TOWN, VILLAGE, Style
from tracker.demo.county.townships import Township
from tracker.demo.county.village import Drawn, Site, draw_village
from tracker.demo.county.water import draw_water
from tracker.geo.mosaic import colour_map

SEED = 130533
COUNTY_GRIDS = 4215
LEAST_GRIDS, MOST_GRIDS = 4, 15
CITY_GRIDS, TOWN_GRIDS = 16, 12
FIRST_VILLAGE_SERIAL = 200  # village committees are numbered 200-399
SERIALS = "一二三四五六七八九十"


def build_county(seed: int = SEED, villages: int = COUNTY_VILLAGES) -> DemoCounty:
    """The whole county; fewer `villages` (at least 2) give a small one of the same kind."""
    frame = draw_frame(seed, villages)
    sites = _sites(seed, frame)
    drawn = [draw_village(seed, i, site) for i, site in enumerate(sites)]
    grids = _grids(drawn)
    return DemoCounty(
        seed=seed,
        divisions=_divisions(frame, drawn),
        grids=grids,
        departments=roster.departments(frame.townships),
        workers=roster.workers(np.random.default_rng([seed, 5]), grids),
        features=_features(seed, frame, drawn),
    )


def _sites(seed: int, frame: CountyFrame) -> list[Site]:
    rng = np.random.default_rng([seed, 4])
    styles = _styles(frame)
    codes = _codes(frame)
    names = _names(rng, frame, styles)
    counts = _grid_counts(rng, frame, styles)
    return [
        Site(code=codes[i], name=names[i], cell=cell, style=styles[i], grids=counts[i])
        for i, cell in enumerate(frame.cells)
    ]


def _styles(frame: CountyFrame) -> list[Style]:
    """The county seat is a town with a grid of streets, and grows into the villages around it."""
    styles = [VILLAGE] * len(frame.cells)
    for seat in frame.seats:
        styles[seat] = TOWN
    if frame.townships[0].code == f"{COUNTY_CODE[:6]}100000":
        for i in (frame.seats[0], *frame.cells[frame.seats[0]].neighbours):
            styles[i] = CITY
    return styles


def _codes(frame: CountyFrame) -> list[str]:
    """Township prefix and serial: the seat first, then from north to south."""
    codes = [""] * len(frame.cells)
    for t, township in enumerate(frame.townships):
        members = [i for i, c in enumerate(frame.cells) if c.township == t]
        members.sort(key=partial(_reading, frame))
        for serial, i in enumerate(members, FIRST_VILLAGE_SERIAL):
            codes[i] = f"{township.code[:9]}{serial:03d}"
    return codes


def _reading(frame: CountyFrame, i: int) -> tuple[bool, float, float]:
    """The seat first, then row by row from the north, each row from the west."""
    east, north = frame.cells[i].centre.tolist()
    return i not in frame.seats, -round(north / 1500), east


def _names(rng: np.random.Generator, frame: CountyFrame, styles: Sequence[Style]) -> list[str]:
    given = naming.VillageNames(rng)
    names = [""] * len(frame.cells)
    for seat, township in zip(frame.seats, frame.townships, strict=True):
        names[seat] = given.seat(township)
    for t, township in enumerate(frame.townships):
        plain = [i for i, c in enumerate(frame.cells) if c.township == t and not names[i]]
        told = naming.TOLD.get(township.code)
        if told and plain:
            names[plain.pop(int(rng.integers(len(plain))))] = told
        streets = iter(range(len(plain)))
        for i in plain:
            names[i] = given.street(next(streets)) if styles[i] is CITY else given.plain()
    return names


def _grid_counts(rng: np.random.Generator, frame: CountyFrame, styles: Sequence[Style]) -> list[int]:
    """About eight a village, more where it is larger, and exactly the county's total."""
    total = round(COUNTY_GRIDS * len(frame.cells) / COUNTY_VILLAGES)
    area = shapely.area([shapely.Polygon(c.ring) for c in frame.cells])
    wish = (area / area.mean()) * rng.uniform(0.72, 1.28, len(area)) * 7.8
    counts = np.clip(np.round(wish), LEAST_GRIDS, MOST_GRIDS).astype(int)
    fixed = {TOWN: TOWN_GRIDS, CITY: CITY_GRIDS}
    free = [i for i, style in enumerate(styles) if style is VILLAGE]
    for i, style in enumerate(styles):
        counts[i] = fixed.get(style, counts[i])
    _settle(counts, total, rng.permutation(free).tolist())
    _settle(counts, total, rng.permutation(len(styles)).tolist())
    return [int(n) for n in counts]


def _settle(counts: np.ndarray, total: int, order: Sequence[int]) -> None:
    """Give or take one grid at a time, round and round, until the total is met or nobody can any more."""
    for i in [*order] * MOST_GRIDS:
        step = int(np.sign(total - int(counts.sum())))
        if LEAST_GRIDS <= counts[i] + step <= MOST_GRIDS:
            counts[i] += step


def _grids(drawn: Sequence[Drawn]) -> tuple[Grid, ...]:
    shapes: Geometries = np.concatenate([d.grids for d in drawn])
    tint = _tints(shapes)
    spots = shapely.get_coordinates(shapely.point_on_surface(shapes)).round(7).tolist()
    owners = [(d.site, serial) for d in drawn for serial in range(1, d.site.grids + 1)]
    made = [
        Grid(
            code=f"{site.code}{serial:03d}",
            name=f"{site.name}第{_numeral(serial)}网格",
            village_code=site.code,
            color=color,
            boundary=shape,
            lon=lon,
            lat=lat,
        )
        for (site, serial), shape, color, (lon, lat) in zip(owners, shapes, tint, spots, strict=True)
    ]
    return tuple(sorted(made, key=lambda g: g.code))


def _tints(shapes: Geometries) -> list[int]:
    near = neighbours(shapes.tolist())
    tints = colour_map({str(i): frozenset(map(str, around)) for i, around in enumerate(near)})
    return [tints[str(i)] for i in range(len(near))]


def _numeral(n: int) -> str:
    """Chinese numeral of 1..19."""
    return SERIALS[n - 1] if n <= 10 else f"十{SERIALS[n - 11]}"


def _divisions(frame: CountyFrame, drawn: Sequence[Drawn]) -> tuple[Division, ...]:
    villages = [_village(frame, d) for d in drawn]
    boundaries = np.array([v.boundary for v in villages])
    of = np.array([d.site.cell.township for d in drawn])
    townships = [
        _township(township, shapely.coverage_union_all(boundaries[of == t]), drawn[frame.seats[t]])
        for t, township in enumerate(frame.townships)
    ]
    middle = drawn[frame.seats[0]].centre.tolist()
    county = Division(
        code=COUNTY_CODE,
        name="威县",
        level=1,
        parent_code=None,
        urban_rural=None,
        boundary=shapely.coverage_union_all(boundaries),
        lon=middle[0],
        lat=middle[1],
    )
    return (county, *sorted([*townships, *villages], key=lambda d: (d.level, d.code)))


def _village(frame: CountyFrame, drawn: Drawn) -> Division:
    site = drawn.site
    lon, lat = drawn.centre.tolist()
    return Division(
        code=site.code,
        name=site.name,
        level=3,
        parent_code=frame.townships[site.cell.township].code,
        urban_rural={CITY: 121, TOWN: 121}.get(site.style, 220),
        boundary=shapely.Polygon(site.cell.ring),
        lon=lon,
        lat=lat,
    )


def _township(township: Township, boundary: BaseGeometry, seat: Drawn) -> Division:
    lon, lat = seat.centre.tolist()
    return Division(
        code=township.code,
        name=township.name,
        level=2,
        parent_code=COUNTY_CODE,
        urban_rural=None,
        boundary=boundary,
        lon=lon,
        lat=lat,
    )


def _features(seed: int, frame: CountyFrame, drawn: Sequence[Drawn]) -> tuple[PlanFeature, ...]:
    rng = np.random.default_rng([seed, 6])
    water = list(draw_water(rng, frame))
    roads = list(draw_roads(rng, frame, drawn))
    return (*water, *roads, *(f for d in drawn for f in d.features))
