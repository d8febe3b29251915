"""One import from file to register: read, understand, merge, check, and (unless dry) one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from tracker.county.colors import assign_colors
from tracker.county.imports.checks import World, check, check_area
from tracker.county.imports.crs import Reference
from tracker.county.imports.drafts import drafts_of
from tracker.county.imports.geojson import read_geojson
from tracker.county.imports.merge import Change, Changes, merge
from tracker.county.imports.record import Record
from tracker.county.imports.report import ImportReport, Kind, Problems
from tracker.county.imports.shapefiles import read_shapefile
from tracker.county.imports.tables import read_csv, read_xlsx
from tracker.county.store import (
    QUERIES,
    Contents,
    Version,
    decode,
    department_row,
    division_row,
    grid_row,
    read_latest_rows,
    worker_row,
)
from tracker.db.pool import Connection, Database
from tracker.errors import BadValue, Conflict
from tracker.geo.area import Area
from tracker.people.audit import Audit

FORMATS = ("geojson", "shp", "csv", "xlsx")
_BY_SUFFIX = {
    ".geojson": "geojson", ".json": "geojson", ".shp": "shp", ".zip": "shp",
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx",
}  # fmt: skip
_PUT: dict[Kind, tuple[str, Callable[[Any], tuple[object, ...]]]] = {
    Kind.DIVISIONS: ("put_division", division_row),
    Kind.GRIDS: ("put_grid", grid_row),
    Kind.DEPARTMENTS: ("put_department", department_row),
    Kind.WORKERS: ("put_worker", worker_row),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRequest:
    """What to import. `format` None goes by the file's suffix; `crs` None by what the file says of itself."""

    path: Path
    kind: Kind
    valid_from: date  # the day from which changes hold
    format: str | None = None
    crs: str | None = None
    dry_run: bool = False
    area: Area | None = None  # every record must lie in it; None: anywhere


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Who imports, for the audit; the command line has no account."""

    account_id: int | None = None
    area_code: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prepared:
    changes: Changes
    problems: Problems
    read: int


async def run_import(database: Database, request: ImportRequest, author: Author) -> ImportReport:
    """Import a file or, dry, only say what would happen; nothing is written when there is an error.

    Raises Conflict when the register changed meanwhile, Unavailable when the database is away.
    """
    version, rows = await read_latest_rows(database)
    prepared = await asyncio.to_thread(lambda: _prepare(request, decode(rows)))
    changes, problems = prepared.changes, prepared.problems
    number = version.number
    apply = not request.dry_run and not problems.errors
    if apply and changes.all():
        number = await _apply(database, request, changes, version, author)
    return ImportReport(
        kind=request.kind, dry_run=request.dry_run, applied=apply, read=prepared.read, problems=problems,
        added=len(changes.added), changed=len(changes.changed), unchanged=changes.unchanged, version=number,
    )  # fmt: skip


def _prepare(request: ImportRequest, contents: Contents) -> _Prepared:
    problems = Problems()
    try:
        records, stated = read_records(request.path, request.format)
        text = request.crs or stated
        declared = Reference.parse(text) if text else None
    except BadValue as error:
        problems.refused(request.path.name, error.line or 0, error)
        return _Prepared(changes=Changes(), problems=problems, read=0)
    present = _present(request.kind, contents)
    drafts = drafts_of(request.kind, records, declared, problems)
    changes = merge(request.kind, drafts, present, request.valid_from, problems)
    world = _world(contents, request.valid_from)
    check_area(changes.all(), request.area, problems)
    check(request.kind, changes.all(), world, problems)
    if request.kind is Kind.GRIDS and not problems.errors:
        changes = _colored(changes, world)
    return _Prepared(changes=changes, problems=problems, read=len(records))


def read_records(path: Path, form: str | None) -> tuple[list[Record], str | None]:
    """The records of a file and the coordinate system that it declares; raises BadValue."""
    form = form or _BY_SUFFIX.get(path.suffix.lower())
    if form == "geojson":
        return read_geojson(path)
    if form == "shp":
        return read_shapefile(path)
    if form == "csv":
        return read_csv(path), None
    if form == "xlsx":
        return read_xlsx(path), None
    raise BadValue(field="format", value=form or path.suffix, allowed=", ".join(FORMATS))


def _present(kind: Kind, contents: Contents) -> dict[str, Any]:
    if kind is Kind.WORKERS:
        return {one.number: one for one in contents.workers}
    values: Iterable[Any] = getattr(contents, kind.value)
    return {one.code: one for one in values}


def _world(contents: Contents, day: date) -> World:
    return World(
        {one.code: one for one in contents.divisions if _valid(one, day)},
        {one.code: one for one in contents.grids if _valid(one, day)},
        {one.number: one for one in contents.workers if _valid(one, day)},
    )


def _valid(one: Any, day: date) -> bool:
    return one.valid_to is None or one.valid_to > day


def _colored(changes: Changes, world: World) -> Changes:
    """Give the new grids that came without a colour one that differs from their neighbours'."""
    bare = {change.value.code for change in changes.added if "color" not in change.draft.fields}
    given = {code: grid.color for code, grid in world.grids.items() if code not in bare}
    colors = assign_colors({code: grid.boundary for code, grid in world.grids.items()}, given) if bare else {}

    def colored(change: Change) -> Change:
        code = change.value.code
        return replace(change, value=replace(change.value, color=colors[code])) if code in bare else change

    return Changes(added=[colored(one) for one in changes.added], changed=changes.changed, unchanged=changes.unchanged)


async def _apply(database: Database, request: ImportRequest, changes: Changes, version: Version, author: Author) -> int:
    detail = {"file": request.path.name, "added": len(changes.added), "changed": len(changes.changed)}
    async with database.transaction() as connection:
        locked = await connection.fetchrow(QUERIES.lock_version)
        if locked["version"] != version.number:
            raise Conflict("the register was changed by somebody else meanwhile: import again")
        await _write(connection, request.kind, changes.all())
        await Audit(database).write(
            "county.import", subject=f"register:{request.kind}", area_code=author.area_code, detail=detail,
            account_id=author.account_id, address=author.address, connection=connection,
        )  # fmt: skip
        number: int = await connection.fetchval(QUERIES.raise_version, None, f"import of {request.kind}")
        return number


async def _write(connection: Connection, kind: Kind, changes: list[Change]) -> None:
    closing = [change.closes for change in changes if change.closes]
    if closing:
        await connection.executemany(QUERIES.close_grid if kind is Kind.GRIDS else QUERIES.close_division, closing)
    name, to_row = _PUT[kind]
    await connection.executemany(getattr(QUERIES, name), [to_row(change.value) for change in changes])
