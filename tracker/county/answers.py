"""The JSON answers of the county room, as types that the OpenAPI document is made of."""

from __future__ import annotations

from typing import Any

import msgspec
import shapely

from tracker.county.model import Department, Division, Grid, Worker
from tracker.county.snapshot import Snapshot
from tracker.geo.area import Area

_COUNTRY = (73.0, 18.0, 135.0, 54.0)  # where a map opens that knows no county yet


class RosterColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of equal length, one entry a worker; `grid` is the 15-digit code, `role` leader or worker."""

    id: list[int]
    name: list[str]
    role: list[str]
    grid: list[str]
    phone_tail: list[str]
    number: list[str]


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """The workers of an area; `version` as in the live stream's `roster` frame."""

    version: int
    workers: RosterColumns


class DivisionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One division; `level` 1 county, 2 township, 3 village."""

    code: str
    name: str
    level: int
    parent: str | None
    lon: float | None
    lat: float | None


class DivisionList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's subtree and its ancestors, by code."""

    divisions: list[DivisionItem]


class DepartmentItem(msgspec.Struct, frozen=True, kw_only=True):
    """One department and the area that it serves."""

    code: str
    name: str
    area: str


class DepartmentList(msgspec.Struct, frozen=True, kw_only=True):
    """The departments of the caller's area."""

    departments: list[DepartmentItem]


class NamedArea(msgspec.Struct, frozen=True, kw_only=True):
    """A division or grid by code and name."""

    code: str
    name: str


class WorkerCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor sees of one worker; the phone is masked."""

    id: int
    name: str
    number: str
    role: str
    grid: NamedArea
    village: NamedArea
    township: NamedArea
    phone: str | None
    duties: list[str]
    on_duty: bool
    duty_since_ms: int | None
    device: dict[str, Any] | None  # {app, last_seen_ms}
    latest: dict[str, Any] | None


class MapCounty(msgspec.Struct, frozen=True, kw_only=True):
    """What the map opens on; `bounds` is west, south, east, north (degrees); before an import the names are empty."""

    code: str
    name: str
    lon: float
    lat: float
    bounds: list[float]


class Raster(msgspec.Struct, frozen=True, kw_only=True):
    """An approved raster base map: template of its tiles, its attribution and its datum."""

    url: str
    attribution: str
    datum: str


class PmTiles(msgspec.Struct, frozen=True, kw_only=True):
    """A base map in one file, read in ranges."""

    url: str
    attribution: str = ""


class MapConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the map page needs before it draws; empty parts are null."""

    raster: Raster | None
    pmtiles: PmTiles | None
    county: MapCounty
    cells: dict[str, int]
    synthetic: bool


def roster_of(snapshot: Snapshot, area: Area) -> Roster:
    """The roster's columns for the workers of an area."""
    workers = snapshot.workers_in(area)
    columns = RosterColumns(
        id=[one.id or 0 for one in workers],
        name=[one.name for one in workers],
        role=[str(one.role) for one in workers],
        grid=[one.grid_code for one in workers],
        phone_tail=[one.phone_tail for one in workers],
        number=[one.number for one in workers],
    )
    return Roster(version=snapshot.version.number, workers=columns)


def divisions_of(snapshot: Snapshot, area: Area) -> DivisionList:
    """The divisions of an area, and those above it."""
    above = set(area.ancestors())
    here = (one for code, one in snapshot.divisions.items() if code in above or area.contains(code))
    return DivisionList(
        divisions=[
            DivisionItem(
                code=one.code, name=one.name, level=int(one.level), parent=one.parent_code, lon=one.lon, lat=one.lat
            )
            for one in here
        ]
    )


def departments_of(departments: list[Department]) -> DepartmentList:
    """Departments as they are answered."""
    return DepartmentList(
        departments=[DepartmentItem(code=one.code, name=one.name, area=one.area_code) for one in departments]
    )


def card_of(
    snapshot: Snapshot, worker: Worker, *, duty_since_ms: int | None,
    device: dict[str, Any] | None, latest: dict[str, Any] | None,
) -> WorkerCard:  # fmt: skip
    """The card of one worker; on duty since `duty_since_ms`, or off duty when that is None."""
    township, village = Area(worker.grid_code).ancestors()[1:]
    return WorkerCard(
        id=worker.id or 0, name=worker.name, number=worker.number, role=str(worker.role),
        grid=_named(snapshot, worker.grid_code), village=_named(snapshot, village),
        township=_named(snapshot, township), phone=worker.phone_masked or None, duties=list(worker.duties),
        on_duty=duty_since_ms is not None, duty_since_ms=duty_since_ms, device=device, latest=latest,
    )  # fmt: skip


def map_county(snapshot: Snapshot) -> MapCounty:
    """The county's place on the map: its boundary's, else that of all shapes, else the whole country."""
    county = snapshot.county
    places: list[Division | Grid] = [*snapshot.divisions.values(), *snapshot.grids.values()]
    shapes = [one.boundary for one in places if one.boundary]
    bounds = shapely.total_bounds(shapes).tolist() if shapes else _COUNTRY
    west, south, east, north = county.boundary.bounds if county and county.boundary else bounds
    lon, lat = (county.lon, county.lat) if county else (None, None)
    return MapCounty(
        code=county.code if county else "", name=county.name if county else "",
        lon=(west + east) / 2 if lon is None else lon, lat=(south + north) / 2 if lat is None else lat,
        bounds=[round(edge, 6) for edge in (west, south, east, north)],
    )  # fmt: skip


def _named(snapshot: Snapshot, code: str) -> NamedArea:
    return NamedArea(code=code, name=snapshot.area_name(code))
