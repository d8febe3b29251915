"""The demo's cases: a QR code for every village, and some reports of the last days led to every stage of the loop."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tracker.cases.book import Books
from tracker.cases.cases import Cases
from tracker.cases.intake import QUERY_ALPHABET, Intake, ReporterBody, checked
from tracker.cases.model import Actor, Change, MediaRef, MediaRole
from tracker.cases.persons import Persons
from tracker.cases.records import Records, ReplyBody, VisitBody
from tracker.cases.states import Doer, State
from tracker.clock import day_start_ms, local_day, now_ms
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.people.audit import Audit

CASES = 36
DAYS = 6  # over which they were reported
HOUR_MS = 3_600_000
SHARE_LEFT = 9  # every stage gets one in so many
PHOTO = "demo-photo-0000"  # no such photo is stored: pages show a sign in its place

_SAID = (
    ("0102", "村口垃圾池满了好几天，没人清运，味道很大。"),
    ("0202", "主街东头第三盏路灯不亮，晚上走路看不见。"),
    ("0201", "进村路上有个大坑，下雨积水，电动车摔过人。"),
    ("0204", "从昨天下午开始停水，一直没有来水。"),
    ("0203", "小学门口的井盖不见了，很危险。"),
    ("0501", "想咨询一下低保怎么办理，需要哪些材料。"),
    ("0401", "邻居盖房占了我家宅基地的滴水，吵了好几次。"),
    ("0206", "地里三号机井水泵坏了，浇不上地。"),
)
_CHANNELS = ("centre", "code", "grid", "hotline", "secretary", "message")
_PATH: tuple[tuple[State, Doer], ...] = (
    (State.ACCEPTED, Doer.OPERATOR), (State.FILED, Doer.SHIFT_LEADER), (State.DISPATCHED, Doer.DISPATCHER),
    (State.HANDLING, Doer.DEPARTMENT), (State.HANDLED, Doer.DEPARTMENT), (State.CHECKING, Doer.OPERATOR),
    (State.REPLY_DUE, Doer.OPERATOR), (State.CLOSED, Doer.SHIFT_LEADER),
)  # fmt: skip


async def make_cases(database: Database, seed: int, persons: Persons) -> None:
    """Both, unless there are some; the same seed makes the same. `persons` seals what the server will open."""
    dice = random.Random(seed)  # noqa: S311  # a demo, no secret
    register = Register(database)
    await register.load()
    villages = [one.code for one in register.snapshot.divisions.values() if one.parent_code and one.code[9:] != "000"]
    if not await database.fetchval("select exists (select from case_code)"):
        rows = [("".join(dice.choices(QUERY_ALPHABET, k=6)), code, "村委会") for code in villages]
        await database.executemany(
            "insert into case_code (code, area_code, place) values ($1, $2, $3) on conflict do nothing", rows
        )
    if not await database.fetchval("select exists (select from case_file)"):
        await _Story(database, register, dice, persons).tell(CASES)


class _Story:
    """Cases made with a clock that goes through the last days."""

    def __init__(self, database: Database, register: Register, dice: random.Random, persons: Persons) -> None:
        self._at_ms = 0
        audit, self._books = Audit(database), Books(database, self._clock)
        shared: dict[str, Any] = {"database": database, "audit": audit, "persons": persons, "now_ms": self._clock}
        self._cases = Cases(books=self._books, register=register, **shared)
        self._records = Records(**shared)
        self._register = register
        self._dice = dice
        county = register.snapshot.county
        self._county = county.code if county else ""

    def _clock(self) -> int:
        return self._at_ms

    async def tell(self, count: int) -> None:
        """Make the cases, the oldest first."""
        today_ms = day_start_ms(local_day(now_ms()))
        grids = sorted(self._register.snapshot.grids.values(), key=lambda one: one.code)
        for number in range(count):
            self._at_ms = today_ms - (DAYS - number * DAYS // count) * 24 * HOUR_MS + 9 * HOUR_MS
            self._at_ms += self._dice.randrange(6 * HOUR_MS)
            grid = self._dice.choice(grids)
            case_id = await self._report(number, round(grid.lat, 7), round(grid.lon, 7), grid.code)
            steps = _PATH[: number % SHARE_LEFT]
            await self._lead(case_id, steps)

    async def _report(self, number: int, lat: float, lon: float, area: str) -> int:
        category, text = self._dice.choice(_SAID)
        phone = f"1990000{self._dice.randrange(10_000):04d}"
        intake = Intake(
            client_id=UUID(int=self._dice.getrandbits(128)),
            channel=_CHANNELS[number % len(_CHANNELS)],
            description=text,
            category=category,
            lat=lat,
            lon=lon,
            area=area,
            reporter=ReporterBody(name=self._dice.choice("王李张刘陈赵") + "某", phone=phone),
        )
        new = checked(intake, await self._books.get(), self._register.grid_at, self._at_ms)
        return (await self._cases.create(new, Actor(doer=Doer.OPERATOR, area=self._county))).id

    async def _lead(self, case_id: int, steps: Sequence[tuple[State, Doer]]) -> None:
        version, department, needs_check = 1, None, True
        for state, doer in steps:
            self._at_ms = min(self._at_ms + self._dice.randrange(HOUR_MS // 6, HOUR_MS), now_ms())
            if state is State.CHECKING and not needs_check:
                continue
            if state is State.CLOSED:
                version = await self._answer(case_id, version)
            actor = Actor(doer=doer, area=self._county, department=department if doer is Doer.DEPARTMENT else None)
            case = await self._cases.change(case_id, _change(state, version), actor)
            version, department = case.version, case.department_code
            category = (await self._books.get()).categories.get(case.category_code or "")
            needs_check = category is None or category.needs_check

    async def _answer(self, case_id: int, version: int) -> int:
        operator = Actor(doer=Doer.OPERATOR, area=self._county)
        body = ReplyBody(version=version, text="您反映的问题已经办理完毕，感谢您的反映。")
        case = await self._records.reply(case_id, body, operator)
        outcome = self._dice.choices(["satisfied", "basic", "unsatisfied"], [8, 2, 1])[0]
        visit = VisitBody(version=case.version, reporter=1, outcome=outcome, solved=outcome != "unsatisfied")  # type: ignore[arg-type]
        return (await self._records.visit(case_id, visit, operator)).version


def _change(state: State, version: int) -> Change:
    media = [MediaRef(ref=PHOTO, role=MediaRole.AFTER)] if state is State.HANDLED else []
    result = "已安排人员到现场处理完毕。" if state is State.HANDLED else ""
    return Change(to=state, version=version, media=media, result=result)
