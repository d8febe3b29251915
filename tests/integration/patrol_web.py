"""The patrol's routes behind the web room: a town whose clock the test owns, and callers of its choice."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.test_patrol_engine import Town, contents
from tests.unit.patrol.patrol_house import COUNTY, GRID
from tracker.county.register import Register
from tracker.county.store import bulk_load
from tracker.db.pool import Database
from tracker.errors import Forbidden
from tracker.geo.area import Area
from tracker.metrics import Metrics
from tracker.patrol.rooms import PatrolRooms
from tracker.people.audit import Audit, AuditFilter
from tracker.people.model import ACCOUNT_KEY, DEVICE_KEY, Account, Device, Role
from tracker.people.peer import Peers
from tracker.routes import Access, Route
from tracker.web.application import build


class Office:
    """A supervisor at a desk and a worker with a phone, both of them whom the test says."""

    def __init__(self, town: Town, client: TestClient[web.Request, web.Application], rooms: PatrolRooms) -> None:
        self.town = town
        self.client = client
        self.rooms = rooms
        self.area = COUNTY
        self.role = Role.SUPERVISOR
        self.worker = 1

    async def check(self, request: web.Request, route: Route) -> None:
        if route.access is Access.DEVICE:
            request[DEVICE_KEY] = Device(id=1, worker_id=self.worker, grid_code=GRID)
            return
        account = Account(id=1, name="li", display_name="李", role=self.role, area=Area(self.area))
        if route.permission is None or not account.may(route.permission):
            raise Forbidden("not allowed")
        request[ACCOUNT_KEY] = account

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        data = None if body is None else orjson.dumps(body)
        answer = await self.client.request(method, f"/api/v1{path}", data=data)
        text = await answer.read()
        assert answer.status == status, text
        return orjson.loads(text) if text else None

    async def get(self, path: str, *, status: int = 200) -> Any:
        return await self.ask("GET", path, status=status)

    async def refused(self, method: str, path: str, body: Any = None, *, field: str | None = None) -> None:
        """The request is a bad value of this field, or forbidden where no field is named."""
        found = await self.ask(method, path, body, status=400 if field else 403)
        assert found["error"].get("field", "") == (field or ""), found

    async def audited(self) -> list[str]:
        page = await Audit(self.town.database).read(Area(COUNTY), AuditFilter())
        return [line.action for line in page.lines]


@contextlib.asynccontextmanager
async def office_of(town: Town) -> AsyncIterator[Office]:
    register = Register(town.database, now=lambda: town.now_ms)
    await register.load()
    rooms = PatrolRooms(
        database=town.database,
        engine=town.engine,
        register=register,
        bus=town.bus,
        audit=Audit(town.database),
        peers=Peers(),
        now_ms=lambda: town.now_ms,
    )
    offices: list[Office] = []

    async def check(request: web.Request, route: Route) -> None:
        await offices[0].check(request, route)

    async with TestClient(TestServer(build(rooms.routes(), check=check, metrics=Metrics()))) as client:
        offices.append(Office(town, client, rooms))
        yield offices[0]


@contextlib.asynccontextmanager
async def new_office(database: Database) -> AsyncIterator[Office]:
    """The same of a town that is put into an empty database."""
    await bulk_load(database, contents(), synthetic=True)
    town = Town(database)
    await town.open()
    async with office_of(town) as made:
        yield made
