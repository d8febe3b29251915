"""The register in PostgreSQL: read whole, changed in one transaction, filled in bulk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
import shapely

from tracker.county.model import Department, Division, Grid, PlanFeature, Worker, WorkerRole
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.errors import Conflict

QUERIES = Queries.beside(__file__)

_DIVISION = ("code", "name", "level", "parent_code", "urban_rural", "valid_from", "valid_to", "boundary", "lon", "lat")
_GRID = ("code", "name", "village_code", "color", "valid_from", "valid_to", "boundary", "lon", "lat")
_DEPARTMENT = ("code", "name", "area_code")
_WORKER = ("number", "name", "phone", "role", "grid_code", "duties", "valid_from", "valid_to")
_PLAN = ("village_code", "kind", "name", "props", "geometry")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """Everything that the register holds; what `bulk_load` takes. Workers carry ids, or all of them carry none."""

    divisions: Sequence[Division] = ()
    grids: Sequence[Grid] = ()
    departments: Sequence[Department] = ()
    workers: Sequence[Worker] = ()
    plan: Iterable[PlanFeature] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """Which state of the register this is, and whether its people and places are made up."""

    number: int
    synthetic: bool


async def read_version(database: Database) -> Version:
    """The version now in the database; cheap, for polling."""
    row = await database.fetchrow(QUERIES.version)
    return Version(number=row["version"], synthetic=row["synthetic"]) if row else Version(number=0, synthetic=False)


async def read_rows(database: Database, day: date) -> tuple[Version, dict[str, list[Row]]]:
    """The raw rows of the register valid on a day, read as of one instant; `decode` makes values of them."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        row = await connection.fetchrow(QUERIES.version)
        rows = {
            "divisions": await connection.fetch(QUERIES.divisions_on, day),
            "grids": await connection.fetch(QUERIES.grids_on, day),
            "departments": await connection.fetch(QUERIES.departments),
            "workers": await connection.fetch(QUERIES.workers),
        }
    return Version(number=row["version"], synthetic=row["synthetic"]), rows


async def read_latest_rows(database: Database) -> tuple[Version, dict[str, list[Row]]]:
    """The newest row of everything, whatever its dates: what an import compares with."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        row = await connection.fetchrow(QUERIES.version)
        rows = {
            "divisions": await connection.fetch(QUERIES.latest_divisions),
            "grids": await connection.fetch(QUERIES.latest_grids),
            "departments": await connection.fetch(QUERIES.departments),
            "workers": await connection.fetch(QUERIES.workers),
        }
    return Version(number=row["version"], synthetic=row["synthetic"]), rows


def decode(rows: dict[str, list[Row]]) -> Contents:
    """Values of raw rows; some tens of milliseconds for a county, so call it in a thread."""
    return Contents(
        divisions=[Division(**one) for one in _with_shapes(rows["divisions"])],
        grids=[Grid(**one) for one in _with_shapes(rows["grids"])],
        departments=[Department(**row) for row in rows["departments"]],
        workers=[_worker(row) for row in rows["workers"]],
    )


def shapes_key(rows: dict[str, list[Row]]) -> int:
    """A number that is equal, within this process, for rows of the same places."""
    return hash(tuple((row["code"], row["boundary"]) for kind in ("divisions", "grids") for row in rows[kind])) or 1


def _with_shapes(rows: list[Row]) -> Iterator[dict[str, Any]]:
    shapes = shapely.from_wkb([row["boundary"] for row in rows])
    for row, shape in zip(rows, shapes, strict=True):
        yield {**row, "boundary": shape}


def _worker(row: Row) -> Worker:
    return Worker(**{**row, "role": WorkerRole(row["role"]), "duties": tuple(row["duties"])})


def division_row(one: Division) -> tuple[object, ...]:
    """The columns of a division's row, in the order of put_division."""
    return (
        one.code, one.name, int(one.level), one.parent_code, one.urban_rural, one.valid_from, one.valid_to,
        None if one.boundary is None else shapely.to_wkb(one.boundary), one.lon, one.lat,
    )  # fmt: skip


def grid_row(one: Grid) -> tuple[object, ...]:
    """The columns of a grid's row, in the order of put_grid."""
    return (
        one.code, one.name, one.village_code, one.color, one.valid_from, one.valid_to,
        shapely.to_wkb(one.boundary), one.lon, one.lat,
    )  # fmt: skip


def department_row(one: Department) -> tuple[object, ...]:
    """The columns of a department's row, in the order of put_department."""
    return one.code, one.name, one.area_code


def worker_row(one: Worker) -> tuple[object, ...]:
    """The columns of a worker's row, in the order of put_worker."""
    return (
        one.number, one.name, one.phone, str(one.role), one.grid_code, list(one.duties), one.valid_from, one.valid_to,
    )  # fmt: skip


def _plan_rows(features: Iterable[PlanFeature]) -> list[tuple[object, ...]]:
    plan = list(features)
    shapes = shapely.to_wkb([one.geometry for one in plan])
    return [(one.village_code, one.kind, one.name, one.props, wkb) for one, wkb in zip(plan, shapes, strict=True)]


async def bulk_load(database: Database, contents: Contents, *, synthetic: bool, note: str = "") -> int:
    """Fill an empty register by COPY in one transaction; returns the version, raises Conflict if it is not empty.

    `synthetic` says that people and places are made up, which every page then shows.
    """
    async with database.transaction() as connection:
        await connection.fetchrow(QUERIES.lock_version)
        if not await connection.fetchval(QUERIES.is_empty):
            raise Conflict("the register is not empty: load into a fresh database")
        await _copy(connection, "division", _DIVISION, map(division_row, contents.divisions))
        await _copy(connection, "grid", _GRID, map(grid_row, contents.grids))
        await _copy(connection, "department", _DEPARTMENT, map(department_row, contents.departments))
        await _copy_workers(connection, contents.workers)
        await _write_jsonb_in_binary(connection)
        await _copy(connection, "plan_feature", _PLAN, await asyncio.to_thread(_plan_rows, contents.plan))
        version: int = await connection.fetchval(QUERIES.raise_version, synthetic, note)
        return version


async def _write_jsonb_in_binary(connection: Connection) -> None:
    # COPY is binary and refuses the pool's textual codec. Python sees no difference, so it may stay on the connection.
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value), decoder=lambda data: orjson.loads(data[1:]),
    )  # fmt: skip


async def _copy_workers(connection: Connection, workers: Sequence[Worker]) -> None:
    if workers and workers[0].id is not None:
        rows = ((one.id, *worker_row(one)) for one in workers)
        await _copy(connection, "worker", ("id", *_WORKER), rows)
        await connection.execute(QUERIES.continue_worker_ids)
    else:
        await _copy(connection, "worker", _WORKER, map(worker_row, workers))


async def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)
