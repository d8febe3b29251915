"""What supervisors set: plans, key points, reachable cells, the calendar. Changes begin tomorrow, never earlier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area
from tracker.geo.cells import RESOLUTION, CellId, cell_of, center, resolution_of
from tracker.patrol.calendar import SpecialDay
from tracker.patrol.model import KeyPoint, Plan
from tracker.patrol.reach import Walked, read_walked
from tracker.patrol.reachable import Why, closed_cells
from tracker.patrol.store import add_plan

_SQL = Queries.beside(__file__, "plans_admin.sql")
MOST_PLANS = 500
POINTS_PAGE = 1000
MOST_POINTS = 50  # of one grid: more cannot be visited in a round
MOST_CELLS = 5000  # of one grid: 8 km2


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is shown; `valid_to` is exclusive, null while nothing follows."""

    id: int
    area_code: str
    valid_from: date
    valid_to: date | None
    rounds: list[dict[str, Any]]
    min_coverage: float
    min_minutes: int
    all_key_points: bool
    min_confidence: float
    sight_radius_m: int
    walkers: str
    created_by: int | None


class PointLine(msgspec.Struct, frozen=True, kw_only=True):
    """A key point as it is shown."""

    id: int
    grid_code: str
    name: str
    kind: str
    lon: float
    lat: float
    radius_m: int
    checklist: list[str]
    valid_from: date
    valid_to: date | None


class ReachableVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a grid's reachable cells, as hexadecimal H3 ids."""

    valid_from: date
    source: str  # lanes, points, tracks, drawn, or unknown: then there are no cells yet
    cells: list[str]
    why: list[int]  # a number a cell, the sum of: 1 lane, 2 house, 4 key point, 8 walked before, 16 drawn by hand


class PlansAdmin:
    """Reads and writes; after a write, the engine must be told to reload."""

    def __init__(self, *, database: Database, register: Register) -> None:
        self._database = database
        self._register = register

    async def plans(self, area: Area) -> list[PlanLine]:
        """Plans that matter to an area: its own, those above it and those inside it."""
        rows = await self._database.fetch(_SQL.plans_in, area.prefix, [area.code, *area.ancestors()], MOST_PLANS)
        return [msgspec.convert(_shown(row, PlanLine), PlanLine) for row in rows]

    async def add_plan(self, plan: Plan, today: date, account_id: int) -> int:
        """Store a plan that begins tomorrow or later; raises BadValue."""
        _check_future("valid_from", plan.valid_from, today)
        if plan.valid_to is not None:
            raise BadValue(field="valid_to", value=plan.valid_to, allowed="nothing: the next version ends a plan")
        return await add_plan(self._database, plan, account_id)

    async def key_points(self, area: Area, today: date, after: int) -> list[PointLine]:
        """Key points that hold today or later, by id, a page."""
        rows = await self._database.fetch(_SQL.key_points_in, area.prefix, today, after, POINTS_PAGE)
        return [msgspec.convert(_shown(row, PointLine), PointLine) for row in rows]

    async def add_key_point(self, point: KeyPoint, today: date) -> int:
        """Store a key point on the grid's own ground; raises BadValue, NotFound."""
        _check_future("valid_from", point.valid_from, today)
        self._check_grid(point.grid_code)
        if not self._register.is_on_grid(point.grid_code, round(point.lat * 1e7), round(point.lon * 1e7)):
            raise BadValue(field="lon", value=f"{point.lon},{point.lat}", allowed="a place in the grid's village")
        if await self._database.fetchval(_SQL.count_key_points, point.grid_code, today) >= MOST_POINTS:
            raise BadValue(field="grid_code", value=point.grid_code, allowed=f"at most {MOST_POINTS} key points a grid")
        values = (point.name, point.kind, point.lon, point.lat, point.radius_m, list(point.checklist))
        return int(await self._database.fetchval(_SQL.add_key_point, point.grid_code, *values, point.valid_from))

    async def key_point_grid(self, point_id: int, today: date) -> str | None:
        """The grid of a key point that still holds."""
        grid: str | None = await self._database.fetchval(_SQL.key_point_grid, point_id, today + timedelta(days=1))
        return grid

    async def end_key_point(self, point_id: int, today: date) -> None:
        """It holds to the end of today."""
        tomorrow = today + timedelta(days=1)
        await self._database.execute(_SQL.drop_key_point, point_id, tomorrow)
        await self._database.execute(_SQL.end_key_point, point_id, tomorrow)

    async def reachable(self, grid_code: str) -> list[ReachableVersion]:
        """The two newest versions, the newest first; raises NotFound for an unknown grid."""
        self._check_grid(grid_code)
        rows = await self._database.fetch(_SQL.reachable_versions, grid_code)
        return [
            ReachableVersion(
                valid_from=row["valid_from"], source=row["source"], cells=hex_ids(row["cells"]), why=list(row["why"])
            )
            for row in rows
        ]

    async def proposed(self, grid_code: str) -> list[Walked]:
        """Cells beyond the newest version that workers walked again and again, without those that are closed."""
        known = await self._newest(grid_code)
        walked = await read_walked(self._database, [grid_code])
        fresh = [one for one in walked.get(grid_code, []) if int(one.cell, 16) not in known]
        if not fresh:
            return []
        village = await self._database.fetch(_SQL.closed_in, grid_code[:12])
        shut = closed_cells(np.array([int(one.cell, 16) for one in fresh], np.int64), _areas(village))
        return [one for one, is_shut in zip(fresh, shut.tolist(), strict=True) if not is_shut]

    async def put_reachable(self, grid_code: str, cells: Sequence[str], today: date, by: tuple[int, datetime]) -> int:
        """Draw a grid's reachable cells from tomorrow on; raises BadValue, NotFound. Returns how many there are."""
        self._check_grid(grid_code)
        if not 1 <= len(cells) <= MOST_CELLS:
            raise BadValue(field="cells", value=len(cells), allowed=f"1..{MOST_CELLS} cells")
        ids = sorted({self._cell(grid_code, text) for text in cells})
        known = await self._newest(grid_code)
        walked = {int(one.cell, 16) for one in (await read_walked(self._database, [grid_code])).get(grid_code, [])}
        why = bytes(known.get(cell, int(Why.TRACK if cell in walked else Why.HAND)) for cell in ids)
        account_id, at = by
        begins = today + timedelta(days=1)
        await self._database.execute(_SQL.put_reachable, grid_code, begins, ids, why, at, account_id)
        return len(ids)

    async def _newest(self, grid_code: str) -> dict[int, int]:
        """The reasons of the newest version's cells."""
        rows = await self._database.fetch(_SQL.reachable_versions, grid_code)
        return dict(zip(rows[0]["cells"], rows[0]["why"], strict=True)) if rows else {}

    async def calendar(self, year: int) -> list[SpecialDay]:
        """The special days of a year."""
        rows = await self._database.fetch(_SQL.days_of_year, date(year, 1, 1), date(year + 1, 1, 1))
        return [SpecialDay(day=row["day"], kind=row["kind"], name=row["name"]) for row in rows]

    async def put_calendar(self, year: int, days: Sequence[SpecialDay], today: date) -> None:
        """Replace the special days of a year; those up to today must be as they were. Raises BadValue."""
        known: set[date] = set()
        for one in days:
            if one.day.year != year or one.day in known:
                raise BadValue(field="days.day", value=one.day, allowed=f"each day of {year} once at most")
            known.add(one.day)
        before = {(one.day, one.kind) for one in await self.calendar(year) if one.day <= today}
        if {(one.day, one.kind) for one in days if one.day <= today} != before:
            raise BadValue(
                field="days", value=today, allowed="days up to today as they were: past rounds are not changed"
            )
        columns = [one.day for one in days], [str(one.kind) for one in days], [one.name for one in days]
        async with self._database.transaction() as connection:
            await connection.execute(_SQL.clear_days, date(year, 1, 1), date(year + 1, 1, 1))
            await connection.execute(_SQL.add_days, *columns)

    def _check_grid(self, grid_code: str) -> None:
        if grid_code not in self._register.snapshot.grids:
            raise NotFound(kind="grid", key=grid_code)

    def _cell(self, grid_code: str, text: str) -> int:
        cell = cell_id(text)
        lat, lon = center(cell)
        if not self._register.is_on_grid(grid_code, round(lat * 1e7), round(lon * 1e7)):
            raise BadValue(field="cells", value=text, allowed="cells whose centre lies in the grid's village")
        return cell


def cell_id(text: str) -> CellId:
    """A cell of coverage from its hexadecimal id; raises BadValue."""
    allowed = f"hexadecimal ids of H3 cells at resolution {RESOLUTION}"
    try:
        cell = CellId(int(text, 16))
        is_plain = 0 < cell < 1 << 63 and resolution_of(cell) == RESOLUTION and hex_ids([cell]) == [text.lower()]
        if is_plain and is_cell(cell):
            return cell
    except ValueError:
        pass
    raise BadValue(field="cells", value=text, allowed=allowed)


def hex_ids(cells: Sequence[int]) -> list[str]:
    """Cells as H3 writes them."""
    return [f"{cell:x}" for cell in cells]


def is_cell(cell: CellId) -> bool:
    """Whether this is a cell that exists: found again from its own centre."""
    return cell_of(*center(cell)) == cell


def _check_future(name: str, day: date, today: date) -> None:
    if day <= today:
        raise BadValue(
            field=name, value=day, allowed=f"{today + timedelta(days=1)} or later: past rounds are not changed"
        )


def _shown(row: Row, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: row[name] for name in kind.__struct_fields__}


def _areas(rows: Sequence[Row]) -> NDArray[Any]:
    shapes: NDArray[Any] = shapely.from_wkb([row["geometry"] for row in rows])
    areas: NDArray[Any] = shapes[shapely.get_dimensions(shapes) == 2]
    return areas
