"""Reads cases for people: queues, lists, one case in full, a caller's history, what is alike nearby."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from tracker.cases import access, store
from tracker.cases.answers import (
    CaseCard,
    CaseDetail,
    CasePage,
    MediaInfo,
    Moment,
    Named,
    Offer,
    Proposal,
    ReporterInfo,
    SupervisionInfo,
    card,
    clock_info,
    department_name,
    event_zh,
)  # fmt: skip
from tracker.cases.book import Book, Books
from tracker.cases.cases import Cases
from tracker.cases.dispatch import responsible
from tracker.cases.lists import Lists, Wanted
from tracker.cases.masks import masked
from tracker.cases.model import Actor
from tracker.cases.persons import Persons, about_reporter
from tracker.cases.queues import QUEUES, Queue
from tracker.cases.rows import CaseFile, Reporter, read
from tracker.cases.rules import offered
from tracker.cases.similar import Similar
from tracker.cases.states import Doer
from tracker.cases.stats_marks import KEY
from tracker.cases.worktime import Light, light
from tracker.clock import NowMs, to_datetime, to_ms
from tracker.county.register import Register
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.geo.area import Area, Level

_SQL = Queries.beside(__file__, "reading.sql")


class Reading:
    """Everything that only reads."""

    def __init__(
        self, *, database: Database, books: Books, register: Register, cases: Cases, persons: Persons, now_ms: NowMs
    ) -> None:
        self._persons = persons
        self._database = database
        self._books = books
        self._register = register
        self._cases = cases
        self._now_ms = now_ms
        self._lists = Lists(database=database, now_ms=now_ms)
        self.similar = Similar(database=database, register=register, cards=self.cards, now_ms=now_ms)

    async def page(self, wanted: Wanted, actor: Actor) -> CasePage:
        """A page of a queue (most urgent first) or of all cases (newest first)."""
        own = _own_department(actor)
        narrowed = wanted if own is None else msgspec.structs.replace(wanted, department=own)
        cases, cursor = await self._lists.page(narrowed, actor.department)
        return CasePage(cases=await self.cards(cases), next=cursor)

    async def cards(self, cases: Sequence[CaseFile]) -> list[CaseCard]:
        """The short forms of cases."""
        book, now_ms = await self._books.get(), self._now_ms()
        return [card(one, book, self._register, now_ms) for one in cases]

    async def queues(self, area: Area, actor: Actor) -> list[dict[str, Any]]:
        """The caller's queues with counts and lights."""
        now, own = to_datetime(self._now_ms()), _own_department(actor)
        if own is not None:
            found = await self._database.fetch(_SQL.count_of_department, now, area.prefix, own)
        elif area.level is Level.COUNTY:
            found = await self._database.fetch(_SQL.count_open, now)
        else:
            statement = _SQL.count_open_township if area.level is Level.TOWNSHIP else _SQL.count_open_near
            found = await self._database.fetch(statement, now, area.prefix)
        rows = {row["state"]: row for row in found}
        return [_counted(one, rows) for one in QUEUES if actor.doer in one.doers]

    async def detail(self, case_id: int, actor: Actor) -> CaseDetail:
        """Everything about one case that the caller may see; raises NotFound."""
        async with self._database.transaction() as connection:
            case = await store.present(connection, case_id)
            access.require(case, actor)
            found = await self._detail(connection, case, actor)
        return msgspec.structs.replace(found, similar=await self.similar.hints(case, actor))

    async def of_worker(self, worker_id: int, actor: Actor) -> tuple[list[CaseDetail], list[CaseCard]]:
        """What a worker has to verify or check, and what they reported."""
        rows = await self._database.fetch(_SQL.of_worker, worker_id)
        todo = [case for row in rows if access.may_see(case := read(CaseFile, row), actor)]
        reported = [read(CaseFile, row) for row in await self._database.fetch(_SQL.reported_by, worker_id)]
        return [await self.detail(one.id, actor) for one in todo], await self.cards(reported)

    async def news_of_worker(self, worker_id: int, actor: Actor) -> dict[str, Any]:
        """How much waits for a worker: todo, warned, late, urges, and a tag of all of it."""
        rows = await self._database.fetch(_SQL.of_worker, worker_id)
        cases = [case for row in rows if access.may_see(case := read(CaseFile, row), actor)]
        now_ms = self._now_ms()
        shown = [light(now_ms, one.yellow_ms, one.red_ms) for one in cases]
        text = ",".join(f"{one.id}.{one.version}.{one.urges}.{seen}" for one, seen in zip(cases, shown, strict=True))
        return {
            "todo": len(cases),
            "warned": shown.count(Light.YELLOW),
            "late": shown.count(Light.RED),
            "urges": sum(one.urges + one.supervisions for one in cases),
            "tag": sha256(text.encode()).hexdigest()[:12],
        }

    async def of_caller(self, phone: str, area: Area, actor: Actor) -> list[CaseCard]:
        """Earlier cases of a phone number."""
        rows = await self._database.fetch(_SQL.of_caller, self._persons.index(phone), area.prefix)
        return await self.cards([case for row in rows if access.may_see(case := read(CaseFile, row), actor)])

    async def _detail(self, connection: Connection, case: CaseFile, actor: Actor) -> CaseDetail:
        book, now_ms = await self._books.get(), self._now_ms()
        category = book.known.get(case.category_code or "")
        needs_check = category is None or category.needs_check
        clocks = await store.clocks_of(connection, case.id)
        facts = await store.facts_of(connection, case, clocks, needs_check=needs_check, media=[])
        followers = [read(CaseFile, row) for row in await connection.fetch(_SQL.followers, case.id)]
        return CaseDetail(
            case=card(case, book, self._register, now_ms),
            description=case.description,
            public_text=case.public_text,
            attributes=case.attributes,
            result=case.result,
            prior_state=case.prior_state,
            co_departments=[Named(code=one, name=department_name(self._register, one)) for one in case.co_departments],
            complained_of=case.complained_of,
            self_handled=case.self_handled,
            limit=case.limit_value,
            unit=case.limit_unit,
            on_time=case.on_time,
            reporters=await self._reporters(connection, case, actor),
            media=[_media(row) for row in await connection.fetch(_SQL.media, case.id)],
            clocks=[clock_info(one, now_ms) for one in clocks],
            supervisions=[_supervision(row) for row in await connection.fetch(_SQL.supervisions, case.id)],
            timeline=_timeline(await connection.fetch(_SQL.events, case.id), actor),
            merged=[card(one, book, self._register, now_ms) for one in followers if access.may_see(one, actor)],
            similar=[],
            changes=[
                Offer(to=row.target.value, zh=row.zh, en=row.en, needs=list(row.needs))
                for row in offered(facts, actor.doer, now_ms)
            ],
            proposed=self._proposed(case, book),
        )

    async def _reporters(self, connection: Connection, case: CaseFile, actor: Actor) -> list[ReporterInfo]:
        if not access.sees_reporters(case, actor):
            return []
        rows = [masked(self._opened(row)) for row in await connection.fetch(_SQL.reporters, case.id)]
        names = ReporterInfo.__struct_fields__
        return [ReporterInfo(**{name: getattr(one, name) for name in names}) for one in rows]

    def _opened(self, row: Row) -> Reporter:
        key = row["case_id"], row["ordinal"]
        clear = {
            field: self._persons.open(row[f"{field}_sealed"], about_reporter(*key, field))
            for field in ("name", "phone")
        }
        return read(Reporter, dict(row) | clear)

    def _proposed(self, case: CaseFile, book: Book) -> Proposal:
        category = book.known.get(case.category_code or "")
        departments = self._register.snapshot.departments
        code = responsible(category, case.area_code, departments, case.complained_of)
        worker_id = case.worker_id or self._cases.proposed_worker(case)
        worker = self._register.worker(worker_id) if worker_id else None
        return Proposal(
            department=code,
            department_name=department_name(self._register, code),
            worker_id=worker_id,
            worker_name=worker.name if worker else "",
        )


def _own_department(actor: Actor) -> str | None:
    """What a department's lists are narrowed to; one without a department sees nothing at all."""
    return (actor.department or "-") if actor.doer is Doer.DEPARTMENT else None


def _counted(queue: Queue, rows: Mapping[str, Row]) -> dict[str, Any]:
    here = [rows[state.value] for state in queue.states if state.value in rows]
    total, red, yellow = (sum(row[name] for row in here) for name in ("total", "red", "yellow"))
    counts = {"total": total, "green": total - red - yellow, "yellow": yellow, "red": red}
    return {"key": queue.key, "zh": queue.zh, "en": queue.en} | counts


def _media(row: Row) -> MediaInfo:
    return MediaInfo(
        ordinal=row["ordinal"], ref=row["ref"], role=row["role"], at_ms=to_ms(row["at"]), actor=row["actor"]
    )


def _supervision(row: Row) -> SupervisionInfo:
    return SupervisionInfo(
        **{name: row[name] for name in ("ordinal", "kind", "level", "text", "reply")},
        at_ms=to_ms(row["at"]),
        department=row["department_code"],
        due_ms=to_ms(row["due_at"]) if row["due_at"] else None,
        replied_ms=to_ms(row["replied_at"]) if row["replied_at"] else None,
    )


def _timeline(rows: Sequence[Row], actor: Actor) -> list[Moment]:
    """Workers see no internal notes and no visits."""
    hidden = {"note", "visit", "rating"} if actor.doer is Doer.WORKER else set()
    return [_moment(row) for row in rows if row["kind"] not in hidden]


def _moment(row: Row) -> Moment:
    return Moment(
        seq=row["seq"],
        at_ms=to_ms(row["at"]),
        kind=row["kind"],
        from_=row["from_state"],
        to=row["to_state"],
        zh=event_zh(row["kind"], row["to_state"]),
        actor=row["actor"],
        name=row["name"],
        department=row["department_code"],
        text=row["text"],
        data={name: value for name, value in row["data"].items() if name != KEY},
    )
