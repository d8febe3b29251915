"""What must hold between an import's values, the register and the ground; each broken rule becomes a problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely

from tracker.county.imports.merge import Change
from tracker.county.imports.report import Kind, Problems
from tracker.county.model import Boundary, Department, Division, Grid, Worker
from tracker.geo.area import Area
from tracker.geo.projection import metres_per_degree

VILLAGE_TOLERANCE_M = 50.0  # maps of villages and of grids are rarely drawn from one survey
OUTSIDE_WARN, OUTSIDE_ERROR = 0.02, 0.5  # of the grid's area, beyond the tolerance
OVERLAP_WARN, OVERLAP_ERROR = 0.005, 0.05  # of the smaller grid's area
MIN_GRID_M2, MAX_GRID_M2 = 1_000.0, 50e6
COUNTY_MARGIN_DEG = 0.05  # about 5 km beyond what is registered
_CHINA = (73.0, 3.0, 136.0, 54.0)  # west, south, east, north: plausibility only


class World:
    """The register as it would be after the import: the present values with the new ones over them."""

    def __init__(
        self, divisions: Mapping[str, Division], grids: Mapping[str, Grid], workers: Mapping[str, Worker]
    ) -> None:
        self.divisions = dict(divisions)
        self.grids = dict(grids)
        self.workers = dict(workers)  # by number
        self.bounds = _bounds_of(self)

    @property
    def county_prefix(self) -> str | None:
        """The six digits that every code of the county begins with; None while nothing is registered."""
        return next((code[:6] for code in (*self.divisions, *self.grids)), None)


def check(kind: Kind, changes: list[Change], world: World, problems: Problems) -> None:
    """Check the changes of one import; `world` holds the register before it, and afterwards also the changes."""
    if kind is Kind.DIVISIONS:
        _check_divisions(changes, world, problems)
    elif kind is Kind.GRIDS:
        _check_grids(changes, world, problems)
    else:
        for change in changes:
            _check_area(change, world, problems)
    if kind is Kind.WORKERS:
        _check_phones(changes, world, problems)


def check_area(changes: list[Change], area: Area | None, problems: Problems) -> None:
    """Refuse what lies outside the area of whoever imports."""
    for change in changes if area else ():
        value = change.value
        code = getattr(value, "grid_code", None) or getattr(value, "area_code", None) or value.code
        if area and not area.contains(code):
            _error(problems, change, "code", code, f"a place in {area.code}, the area of your account")


def _check_divisions(changes: list[Change], world: World, problems: Problems) -> None:
    _check_county(changes, world, problems)
    world.divisions |= {change.value.code: change.value for change in changes}
    for change in changes:
        division: Division = change.value
        if division.parent_code is not None and division.parent_code not in world.divisions:
            _error(
                problems, change, "code", division.code, f"its parent {division.parent_code} in the register or file"
            )
        _check_place(change, world, problems)


def _check_grids(changes: list[Change], world: World, problems: Problems) -> None:
    _check_county(changes, world, problems)
    world.grids |= {change.value.code: change.value for change in changes}
    for change in changes:
        if _check_village(change, world, problems) and _check_place(change, world, problems):
            _check_size(change, problems)
            _check_inside(change, world, problems)
    _check_overlaps(changes, world, problems)


def _check_county(changes: list[Change], world: World, problems: Problems) -> None:
    prefix = world.county_prefix
    if prefix is None and changes:
        prefix = Counter(change.value.code[:6] for change in changes).most_common(1)[0][0]
    for change in changes:
        if not change.value.code.startswith(prefix or ""):
            _error(problems, change, "code", change.value.code, f"a code of the county {prefix}")


def _check_village(change: Change, world: World, problems: Problems) -> bool:
    village = change.value.village_code
    if village in world.divisions:
        return True
    _error(problems, change, "village_code", village, "a village in the register: import divisions first")
    return False


def _check_place(change: Change, world: World, problems: Problems) -> bool:
    shape: Boundary | None = change.value.boundary
    if shape is None:
        return True
    west, south, east, north = world.bounds
    centre = shape.centroid
    if west <= centre.x <= east and south <= centre.y <= north:
        return True
    swapped = west <= centre.y <= east and south <= centre.x <= north
    hint = "; latitude and longitude look swapped" if swapped else ""
    allowed = f"longitude {west:.2f}..{east:.2f}, latitude {south:.2f}..{north:.2f}{hint}"
    _error(problems, change, "boundary", f"{centre.x:.5f} {centre.y:.5f}", allowed)
    return False


def _check_size(change: Change, problems: Problems) -> None:
    square_m = area_m2(change.value.boundary)
    if not MIN_GRID_M2 <= square_m <= MAX_GRID_M2:
        allowed = f"{MIN_GRID_M2:.0f} m2..{MAX_GRID_M2 / 1e6:.0f} km2"
        problems.warning(change.draft.file, change.draft.line, "boundary", f"{square_m:.0f} m2", allowed)


def _check_inside(change: Change, world: World, problems: Problems) -> None:
    village = world.divisions[change.value.village_code].boundary
    if village is None:
        return
    shape = change.value.boundary
    scale = metres_per_degree(shape.centroid.y)
    outside = shapely.difference(_metres(shape, scale), _metres(village, scale).buffer(VILLAGE_TOLERANCE_M))
    share = outside.area / _metres(shape, scale).area
    allowed = f"inside its village {change.value.village_code} within {VILLAGE_TOLERANCE_M:.0f} m"
    if share > OUTSIDE_ERROR:
        _error(problems, change, "boundary", f"{share:.0%} outside", allowed)
    elif share > OUTSIDE_WARN:
        problems.warning(change.draft.file, change.draft.line, "boundary", f"{share:.1%} outside", allowed)


def _check_overlaps(changes: list[Change], world: World, problems: Problems) -> None:
    codes = list(world.grids)
    shapes = [world.grids[code].boundary for code in codes]
    tree = shapely.STRtree(shapes)
    new = {change.value.code: change for change in changes}
    told: set[frozenset[str]] = set()
    for code, change in new.items():
        for index in tree.query(change.value.boundary, predicate="intersects").tolist():
            pair = frozenset((code, codes[index]))
            if len(pair) == 2 and pair not in told:
                told.add(pair)
                _check_overlap(change, codes[index], shapes[index], problems)


def _check_overlap(change: Change, other_code: str, other: Boundary, problems: Problems) -> None:
    shape = change.value.boundary
    share = shapely.intersection(shape, other).area / min(shape.area, other.area)
    allowed = f"at most {OVERLAP_ERROR:.0%} of the smaller grid shared with {other_code}"
    if share > OVERLAP_ERROR:
        _error(problems, change, "boundary", f"{share:.1%} shared", allowed)
    elif share > OVERLAP_WARN:
        problems.warning(change.draft.file, change.draft.line, "boundary", f"{share:.1%} shared", allowed)


def _check_area(change: Change, world: World, problems: Problems) -> None:
    value: Department | Worker = change.value
    if isinstance(value, Worker):
        if value.grid_code not in world.grids:
            _error(problems, change, "grid_code", value.grid_code, "a grid in the register: import grids first")
    elif value.area_code not in world.divisions and value.area_code not in world.grids:
        _error(problems, change, "area_code", value.area_code, "a division or grid in the register")


def _check_phones(changes: list[Change], world: World, problems: Problems) -> None:
    world.workers |= {change.value.number: change.value for change in changes}
    times = Counter(worker.phone for worker in world.workers.values() if worker.phone)
    for change in changes:
        phone = change.value.phone
        if phone and times[phone] > 1:
            file, line = change.draft.file, change.draft.line
            problems.warning(file, line, "phone", phone, "a phone number of one worker only")


def area_m2(shape: Boundary) -> float:
    """Square metres of a boundary in degrees, by the scale at its centroid."""
    per_lon, per_lat = metres_per_degree(shape.centroid.y)
    return float(shape.area * per_lon * per_lat)


def _metres(shape: Any, scale: tuple[float, float]) -> Any:
    return shapely.transform(shape, lambda points: points * np.array(scale))


def _bounds_of(world: World) -> tuple[float, float, float, float]:
    values: Iterable[Division | Grid] = (*world.divisions.values(), *world.grids.values())
    shapes = [one.boundary for one in values if one.boundary is not None]
    if not shapes:
        return _CHINA
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    margin = COUNTY_MARGIN_DEG
    return west - margin, south - margin, east + margin, north + margin


def _error(problems: Problems, change: Change, field: str, value: object, allowed: str) -> None:
    problems.error(change.draft.file, change.draft.line, field, value, allowed)
