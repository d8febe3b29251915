"""The room of cases built for tests: a small county, a clock that the test owns, people of every role."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import shapely

from tests.integration.people_house import House
from tracker.bus.model import AreaEvent, Message, Reader
from tracker.cases.book import Books
from tracker.cases.cases import Cases, Created
from tracker.cases.intake import Intake, NewCase, checked
from tracker.cases.model import Actor, Change
from tracker.cases.outbox.teller import Teller
from tracker.cases.persons import KEY_BYTES, Persons, Ring
from tracker.cases.records import Records, ReplyBody, VisitBody
from tracker.cases.room import CaseRoom, Outside
from tracker.cases.rows import CaseFile, read
from tracker.cases.states import Doer, State
from tracker.cases.watch import Watch
from tracker.clock import LOCAL, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.metrics import Metrics
from tracker.people.audit import Audit

COUNTY = "130523000000"
TOWNSHIP = "130523100000"
OTHER_TOWNSHIP = "130523101000"
VILLAGE = "130523100201"
GRID = "130523100201001"
OTHER_GRID = "130523101201001"
CITY, WATER, PETITION = "D-CITY", "D-WATER", "D-XF"
LAT, LON = 37.305, 114.505  # inside GRID
RING = Ring(current="0000aaaa", keys={"0000aaaa": b"k" * KEY_BYTES}, index_key=b"i" * KEY_BYTES)
MONDAY = to_ms(datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL))

_REGISTER = f"""
insert into division (code, name, level, parent_code, valid_from) values
  ('{COUNTY}', '柳林县', 1, null, '2020-01-01'), ('{TOWNSHIP}', '方家营镇', 2, '{COUNTY}', '2020-01-01'),
  ('{OTHER_TOWNSHIP}', '梨园屯镇', 2, '{COUNTY}', '2020-01-01'),
  ('{VILLAGE}', '柳林村', 3, '{TOWNSHIP}', '2020-01-01'),
  ('130523101201', '东庞村', 3, '{OTHER_TOWNSHIP}', '2020-01-01');
insert into department (code, name, area_code) values
  ('{CITY}', '县城市管理综合行政执法局', '{COUNTY}'), ('{WATER}', '县水务局', '{COUNTY}'),
  ('{PETITION}', '县信访局', '{COUNTY}'),
  ('D-FJY', '方家营镇人民政府', '{TOWNSHIP}');
insert into worker (id, number, name, role, grid_code, valid_from) values
  (17, 'W17', '王五', 'worker', '{GRID}', '2020-01-01'), (18, 'W18', '李四', 'leader', '{OTHER_GRID}', '2020-01-01');
"""
_GRID = (
    "insert into grid (code, name, village_code, color, valid_from, boundary, lon, lat) "
    "values ($1, $2, $3, 1, '2020-01-01', $4, $5, $6)"
)


class CaseHouse:
    """All parts of the room on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_ms = MONDAY
        self.audit = Audit(database)
        self.register = Register(database, now=self.clock)
        self.books = Books(database, self.clock)
        self.heard: list[Message] = []
        self.readers: list[Reader] = []
        self.persons = Persons(lambda: RING)
        shared: dict[str, Any] = {"database": database, "audit": self.audit, "now_ms": self.clock}
        self.cases = Cases(books=self.books, register=self.register, persons=self.persons, **shared)
        self.records = Records(persons=self.persons, **shared)
        self.teller = Teller(database=database, bus=self, now_ms=self.clock)
        self.watch = Watch(database=database, cases=self.cases, teller=self.teller, now_ms=self.clock)

    def room(self, people: House, outside: Outside | None = None) -> CaseRoom:
        """The room as the application builds it."""
        return CaseRoom(
            database=self.database, register=self.register, audit=self.audit, peers=people.peers, bus=self,
            now_ms=self.clock, persons=self.persons, metrics=Metrics(), outside=outside,
        )  # fmt: skip

    def clock(self) -> int:
        return self.now_ms

    def with_clock(self, now_ms: int) -> CaseHouse:
        """The same with another time."""
        self.now_ms = now_ms
        return self

    def publish(self, message: Message) -> None:
        """A bus that remembers."""
        self.heard.append(message)
        for reader in self.readers:
            reader(message)

    def subscribe(self, _name: str, reader: Reader) -> None:
        self.readers.append(reader)

    def news(self, what: str) -> list[dict[str, Any]]:
        """What was told on the bus so far, of one kind."""
        parts = [part for message in self.heard if isinstance(message, AreaEvent) for part in message.parts]
        return [news for place, news in parts if news.get("what") == what and place == news["area"]]

    def go_to(self, text: str) -> None:
        """Set the local time."""
        self.now_ms = to_ms(datetime.fromisoformat(text).replace(tzinfo=LOCAL))

    async def build(self) -> None:
        """Two grids in two townships, four departments, two workers."""
        async with self.database.connection() as connection:
            await connection.execute(_REGISTER)
            for code, name, lon in ((GRID, "第一网格", 114.5), (OTHER_GRID, "东庞网格", 114.6)):
                boundary = shapely.to_wkb(shapely.box(lon, 37.3, lon + 0.01, 37.31))
                await connection.execute(_GRID, code, name, code[:12], boundary, lon + 0.005, 37.305)
        await self.register.load()

    async def new(self, **more: Any) -> NewCase:
        """A good report about rubbish."""
        body = {
            "client_id": str(uuid4()),
            "channel": "centre",
            "description": "村口垃圾堆了一个星期",
            "category": "0102",
        }
        place = {"lat": LAT, "lon": LON, "reporter": {"name": "赵六", "phone": "13800001234"}}
        intake = msgspec.convert(body | place | more, Intake)
        return checked(intake, await self.books.get(), self.register.grid_at, self.now_ms)

    async def create(self, actor: Actor | None = None, **more: Any) -> Created:
        return await self.cases.create(await self.new(**more), actor or by(Doer.OPERATOR))

    async def case(self, case_id: int) -> CaseFile:
        return read(CaseFile, await self.database.fetchrow("select * from case_file where id = $1", case_id))

    async def to(self, case_id: int, state: State, doer: Doer, **more: Any) -> CaseFile:
        """One change at the present version."""
        before = await self.case(case_id)
        department = before.department_code if doer is Doer.DEPARTMENT else None
        body = {"to": state, "version": before.version} | more
        return await self.cases.change(case_id, msgspec.convert(body, Change), by(doer, department=department))

    async def until(self, case_id: int, last: State) -> CaseFile:
        """Lead a fresh case along the straight way to a state."""
        now = (await self.case(case_id)).state
        passed = [state for state, _, _ in STRAIGHT]
        first = passed.index(now) + 1 if now in passed else 0
        for state, doer, more in STRAIGHT[first : passed.index(last) + 1]:
            if state is State.CLOSED:
                await self.answered(case_id)
            await self.to(case_id, state, doer, **more)
        case = await self.case(case_id)
        assert case.state is last
        return case

    async def answered(self, case_id: int) -> None:
        """Answer and visit every reporter of the case itself."""
        case = await self.case(case_id)
        leader = by(Doer.SHIFT_LEADER)
        case = await self.records.reply(
            case_id, ReplyBody(version=case.version, text="垃圾已清理，谢谢您的反映"), leader
        )
        visit = VisitBody(version=case.version, reporter=1, outcome="satisfied", solved=True)
        await self.records.visit(case_id, visit, leader)


PHOTO = {"ref": "a" * 40}
STRAIGHT: list[tuple[State, Doer, dict[str, Any]]] = [
    (State.ACCEPTED, Doer.OPERATOR, {}),
    (State.FILED, Doer.SHIFT_LEADER, {}),
    (State.DISPATCHED, Doer.DISPATCHER, {}),
    (State.HANDLING, Doer.DEPARTMENT, {}),
    (State.HANDLED, Doer.DEPARTMENT, {"result": "已清运", "media": [PHOTO | {"role": "after"}]}),
    (State.CHECKING, Doer.OPERATOR, {}),
    (State.REPLY_DUE, Doer.WORKER, {"media": [PHOTO | {"role": "check"}]}),
    (State.CLOSED, Doer.SHIFT_LEADER, {}),
]


def by(doer: Doer, *, area: str = COUNTY, department: str | None = None, account_id: int | None = None) -> Actor:
    """Somebody of a role; the worker is the one of GRID."""
    worker_id = 17 if doer is Doer.WORKER else None
    return Actor(doer=doer, area=area, department=department, worker_id=worker_id, account_id=account_id)
