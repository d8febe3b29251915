"""Loading of a made-up county, marked as such for every page to show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol, cast

from shapely.geometry.base import BaseGeometry

from tracker.county.model import Boundary, Department, Division, Grid, PlanFeature, Worker, WorkerRole
from tracker.county.store import Contents, bulk_load
from tracker.db.pool import Database


class _Named(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


class _Placed(_Named, Protocol):
    @property
    def boundary(self) -> BaseGeometry: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...


class _Division(_Placed, Protocol):
    @property
    def urban_rural(self) -> int | None: ...


class _Grid(_Placed, Protocol):
    @property
    def color(self) -> int: ...


class _Department(_Named, Protocol):
    @property
    def area_code(self) -> str: ...


class _Worker(Protocol):
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def grid_code(self) -> str: ...
    @property
    def duties(self) -> tuple[str, ...]: ...


class _Feature(Protocol):
    @property
    def village_code(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def props(self) -> Mapping[str, Any]: ...
    @property
    def geometry(self) -> BaseGeometry: ...


class _County(Protocol):
    """What a generator of counties must offer."""

    @property
    def divisions(self) -> Sequence[_Division]: ...
    @property
    def grids(self) -> Sequence[_Grid]: ...
    @property
    def departments(self) -> Sequence[_Department]: ...
    @property
    def workers(self) -> Sequence[_Worker]: ...
    @property
    def features(self) -> Sequence[_Feature]: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def note(self) -> str: ...


async def load_demo(database: Database, county: _County) -> int:
    """Fill an empty register with a made-up county; returns the version, raises Conflict if it is not empty."""
    contents = await asyncio.to_thread(contents_of, county)
    return await bulk_load(database, contents, synthetic=True, note=county.note)


def contents_of(county: _County) -> Contents:
    """The register's values of a made-up county; workers get the ids 1, 2, 3 … in their order."""
    since = county.valid_from
    return Contents(
        divisions=[_division(one, since) for one in county.divisions],
        grids=[_grid(one, since) for one in county.grids],
        departments=[Department(code=one.code, name=one.name, area_code=one.area_code) for one in county.departments],
        workers=[_worker(one, index, since) for index, one in enumerate(county.workers, 1)],
        plan=map(_feature, county.features),
    )


def _division(one: _Division, since: date) -> Division:
    return Division(
        code=one.code, name=one.name, urban_rural=one.urban_rural, valid_from=since,
        boundary=cast(Boundary, one.boundary), lon=one.lon, lat=one.lat,
    )  # fmt: skip


def _grid(one: _Grid, since: date) -> Grid:
    return Grid(
        code=one.code, name=one.name, color=one.color, valid_from=since,
        boundary=cast(Boundary, one.boundary), lon=one.lon, lat=one.lat,
    )  # fmt: skip


def _worker(one: _Worker, worker_id: int, since: date) -> Worker:
    return Worker(
        id=worker_id, number=one.number, name=one.name, role=WorkerRole(one.role), grid_code=one.grid_code,
        phone=one.phone, duties=one.duties, valid_from=since,
    )  # fmt: skip


def _feature(one: _Feature) -> PlanFeature:
    return PlanFeature(
        village_code=one.village_code, kind=str(one.kind), name=one.name, props=one.props, geometry=one.geometry
    )
