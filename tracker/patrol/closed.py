"""Land that is closed to patrols for a time: its cells and key points are asked of nobody while it lasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.county.model import Grid
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.geo.area import Area

_SQL = Queries.beside(__file__, "closed.sql")
MOST_SHOWN = 500
MOST_POINTS = 5000  # of an outline
MOST_REASON = 80
_GEOMETRY = "GeoJSON with polygons in degrees, WGS-84, each outline at least three places"
_DIGITS = (15, 12, 9, 6)  # of a grid, village, township, county


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Span:
    """One shape (degrees) and its days, the last exclusive, None where no end is known."""

    shape: Any
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it is closed that day."""
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


class ClosedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One closed area; `to_day` is its last day, null while no end is known; `grids` counts those it takes from."""

    id: int
    area_code: str
    grids: int
    reason: str
    from_day: date
    to_day: date | None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Closing:
    """What somebody wants to close; `to_day` is inclusive. Raises BadValue."""

    shape: Any
    reason: str
    from_day: date
    to_day: date | None

    def __post_init__(self) -> None:
        if not 0 < len(self.reason) <= MOST_REASON:
            raise BadValue(field="reason", value=self.reason, allowed=f"1 to {MOST_REASON} characters")
        if self.to_day is not None and self.to_day < self.from_day:
            raise BadValue(field="to_day", value=self.to_day, allowed=f"{self.from_day} or later, or null")


class ClosedLand:
    """Adds, lists, ends; after a change the engine must be told. What has begun never changes for days up to today."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, area: Area, day: date) -> list[tuple[ClosedLine, Any]]:
        """What is closed in an area on a day or later, with its shape, at most 500 by first day."""
        rows = await self._database.fetch(_SQL.page, area.prefix, day, MOST_SHOWN)
        return [(_line(row), shapely.from_wkb(row["geometry"])) for row in rows]

    async def add(self, closing: Closing, grids: Iterable[Grid], by: tuple[int, datetime], today: date) -> int:
        """Close what lies in these grids from tomorrow or later; raises BadValue."""
        if closing.from_day <= today:
            allowed = f"{today + timedelta(days=1)} or later: past rounds are not changed"
            raise BadValue(field="from_day", value=closing.from_day, allowed=allowed)
        codes, shape = cut_to(grids, closing.shape)
        until = closing.to_day + timedelta(days=1) if closing.to_day else None
        values = (common_area(codes), codes, closing.reason, shapely.to_wkb(shape), closing.from_day, until)
        account_id, at = by
        return int(await self._database.fetchval(_SQL.add, *values, at, account_id))

    async def area_of(self, closed_id: int, today: date) -> str | None:
        """Where one lies that holds after today."""
        code: str | None = await self._database.fetchval(_SQL.area_of, closed_id, today + timedelta(days=1))
        return code

    async def end(self, closed_id: int, today: date) -> None:
        """It is closed to the end of today."""
        tomorrow = today + timedelta(days=1)
        await self._database.execute(_SQL.drop, closed_id, tomorrow)
        await self._database.execute(_SQL.end, closed_id, tomorrow)


async def read_spans(database: Database, day: date | None = None) -> list[Span]:
    """What is closed on a day, or all that ever was."""
    return [
        Span(shape=shapely.from_wkb(row["geometry"]), valid_from=row["valid_from"], valid_to=row["valid_to"])
        for row in await database.fetch(_SQL.holding, day)
    ]


def shapes_of(spans: Iterable[Span]) -> NDArray[Any]:
    """Their shapes alone."""
    return np.array([span.shape for span in spans], object)


def polygons_of(geojson: bytes) -> Any:
    """The polygons of a GeoJSON geometry, feature or collection as one shape; raises BadValue (field `geometry`)."""
    try:
        found = shapely.from_geojson(geojson)
    except (shapely.errors.GEOSException, UnicodeDecodeError) as error:
        raise BadValue(field="geometry", value=geojson[:60].decode(errors="replace"), allowed=_GEOMETRY) from error
    if shapely.get_num_coordinates(found) > MOST_POINTS:
        many = f"{shapely.get_num_coordinates(found)} places"
        raise BadValue(field="geometry", value=many, allowed=f"at most {MOST_POINTS} places")
    shape = _flat(found)
    west, south, east, north = shapely.bounds(shape).tolist()
    if shape.is_empty or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadValue(field="geometry", value=found.wkt[:60], allowed=_GEOMETRY)
    return shape


def cut_to(grids: Iterable[Grid], shape: Any) -> tuple[list[str], Any]:
    """The codes of the grids that a shape takes something of, and that part of it; raises BadValue."""
    touched = sorted((grid for grid in grids if shape.intersects(grid.boundary)), key=lambda grid: grid.code)
    inside = {grid.code: _flat(shapely.intersection(shape, grid.boundary)) for grid in touched}
    codes = [code for code, part in inside.items() if not part.is_empty]
    if not codes:
        raise BadValue(field="geometry", value=shape.centroid.wkt, allowed="polygons on grids of your own area")
    return codes, _flat(shapely.union_all(list(inside.values())))


def common_area(codes: Sequence[str]) -> str:
    """The smallest grid or division that holds all of some grids of a county."""
    digits = next(one for one in _DIGITS if len({code[:one] for code in codes}) == 1)
    return codes[0] if digits == _DIGITS[0] else codes[0][:digits].ljust(12, "0")


def _flat(shape: Any) -> Any:
    """Its polygons, mended where an outline crosses itself."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapely.get_parts(shape))))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _line(row: Row) -> ClosedLine:
    names = ("id", "area_code", "grids", "reason")
    last = row["valid_to"] - timedelta(days=1) if row["valid_to"] else None
    return ClosedLine(**{name: row[name] for name in names}, from_day=row["valid_from"], to_day=last)
