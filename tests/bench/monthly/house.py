"""The county, the server's rooms and a clock that the month owns: everything real but the phones' network."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.bench.monthly.script import Made
from tracker.bus.local import LocalBus
from tracker.bus.model import Batch, Stored
from tracker.clock import day_start_ms, to_datetime
from tracker.county.register import Register
from tracker.county.synthetic import load_demo
from tracker.db.migrate import migrate
from tracker.db.opened import open_database
from tracker.db.pool import Database
from tracker.demo.county.model import COUNTY_CODE, DemoCounty
from tracker.duty.book import DutyBook
from tracker.duty.store import DutyStore
from tracker.geo.area import Area
from tracker.metrics import Metrics
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.leaves import Leaves
from tracker.patrol.model import DayKind, Plan, RoundPattern
from tracker.patrol.rooms import PatrolRooms
from tracker.patrol.store import add_plan
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, Account, Role
from tracker.people.peer import Peers
from tracker.routes import Route
from tracker.tracks.model import Dialect
from tracker.tracks.partitions import Partitions
from tracker.web.application import build

FIRST = date(2026, 9, 24)  # a Thursday before 中秋节
HOLIDAY, WORKED_SATURDAY = date(2026, 9, 25), date(2026, 9, 26)
ROUNDS = (
    RoundPattern(name="早巡", starts=6 * 60, ends=10 * 60),
    RoundPattern(name="午巡", starts=11 * 60, ends=15 * 60, days=DayKind.WORK),
    RoundPattern(name="晚巡", starts=16 * 60, ends=20 * 60),
)
PUBLISHED = 500  # segments in one message, as a busy second has
_COLUMNS = ("worker_id", "started_at", "ordinal", "ended_at", "received_at", "device_id", "dialect", "fixes", "data")


class House:
    """The rooms over one database; `now_ms` is what their clock says."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_ms = day_start_ms(FIRST - timedelta(days=1))
        self.metrics = Metrics()
        self.bus = LocalBus(self.metrics)
        self.audit = Audit(database)
        self.register = Register(database, now=self._now)
        self.duty = DutyBook()
        self.leaves = Leaves(database)
        self._partitions = Partitions(database)

    async def fill(self, county: DemoCounty, days: int) -> None:
        """Load the county, its plan, calendar and schedules, and open the rooms."""
        name = await self.database.fetchval("select current_database()")
        await self.database.execute(f"alter database {name} set synchronous_commit = off")  # it lives for one run
        await self.database.close()
        await migrate(self.database)
        await load_demo(self.database, county)
        await add_plan(self.database, Plan(area_code=COUNTY_CODE, valid_from=FIRST, rounds=ROUNDS), None)
        special = [(HOLIDAY, "rest", "中秋节"), (WORKED_SATURDAY, "work", "调休上班")]
        await self.database.executemany("insert into calendar_day values ($1, $2, $3)", special)
        for one in ROUNDS:
            await self.database.execute(
                "insert into duty_schedule select w.id, d, make_time($1, 0, 0), make_time($2, 0, 0) "
                "from worker w, generate_series(1, 7) d",
                one.starts // 60, one.ends // 60,
            )  # fmt: skip
        await self._partitions.ensure_days(FIRST + timedelta(days=ahead) for ahead in range(-1, days + 2))
        await self.open()

    async def open(self) -> None:
        """A server just started."""
        await self.register.load()
        common: dict[str, Any] = {"database": self.database, "bus": self.bus, "metrics": self.metrics}
        await DutyStore(**common, book=self.duty, audit=self.audit, now_ms=self._now).load()
        self.engine = PatrolEngine(**common, register=self.register, now_ms=self._now, is_on_duty=self.duty.is_on)
        await self.engine.load()
        self.bus.subscribe("patrol", self.engine.read)
        self.rooms = PatrolRooms(
            database=self.database, engine=self.engine, register=self.register, bus=self.bus, audit=self.audit,
            peers=Peers(), now_ms=self._now,
        )  # fmt: skip

    async def store(self, made: Sequence[Made]) -> None:
        """Commit what phones sent, and say so on the bus."""
        sent = [one for one in made if one.fixes]
        rows = [
            (one.worker.id, to_datetime(one.started_ms), 0, to_datetime(one.ended_ms), to_datetime(one.received_ms),
             1, int(Dialect.NATIVE), one.fixes, one.data)
            for one in sent
        ]  # fmt: skip
        async with self.database.connection() as connection:
            await connection.copy_records_to_table("segment", records=rows, columns=_COLUMNS)
        for at in range(0, len(sent), PUBLISHED):
            segments = [
                Stored(
                    worker_id=one.worker.id or 0, started_at_ms=one.started_ms, received_at_ms=one.received_ms,
                    data=one.data,
                )
                for one in sent[at : at + PUBLISHED]
            ]  # fmt: skip
            fixes = sum(one.fixes for one in sent[at : at + PUBLISHED])
            self.bus.publish(Batch(committed_at_ms=self.now_ms, fixes=fixes, newest=[], segments=segments))

    @contextlib.asynccontextmanager
    async def desk(self) -> AsyncIterator[TestClient[web.Request, web.Application]]:
        """The routes behind the web room, asked by a supervisor of the county."""

        async def check(request: web.Request, route: Route) -> None:
            del route
            request[ACCOUNT_KEY] = Account(
                id=1, name="li", display_name="李", role=Role.SUPERVISOR, area=Area(COUNTY_CODE)
            )

        async with TestClient(TestServer(build(self.rooms.routes(), check=check, metrics=self.metrics))) as client:
            yield client

    def _now(self) -> int:
        return self.now_ms


@contextlib.asynccontextmanager
async def house_in(folder: Path) -> AsyncIterator[House]:
    """A house over the embedded PostgreSQL of a data folder."""
    async with open_database("", folder) as database:
        yield House(database)
