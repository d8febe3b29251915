"""New cases and every change of a case: one transaction with its event, its audit line and its outbox message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tracker.cases import access, creating, store
from tracker.cases.book import Book, Books
from tracker.cases.dispatch import responsible, serving
from tracker.cases.effects import changed
from tracker.cases.intake import NewCase, check_media, number_of, query_key
from tracker.cases.model import WORKER_MARK, Actor, Change, Facts, MediaRef
from tracker.cases.persons import Persons
from tracker.cases.rows import CaseFile, Clock, Event
from tracker.cases.rules import judge
from tracker.cases.states import ENDED, STATES, Doer, State, Transition
from tracker.cases.stats_marks import KEY, marks
from tracker.clock import LOCAL, NowMs, to_datetime
from tracker.county.model import Department, Worker
from tracker.county.register import Register
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, Conflict
from tracker.geo.area import Area
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__)
_TOLD = frozenset(  # states that a reporter reads of
    {State.REPORTED, State.ACCEPTED, State.FILED, State.DISPATCHED, State.HANDLING, State.HANDLED, State.REPLY_DUE,
     State.CLOSED, State.REJECTED, State.REOPENED, State.MERGED, State.VOIDED}
)  # fmt: skip

Missing = Callable[[Sequence[str]], Awaitable[list[str]]]


async def none_missing(_refs: Sequence[str]) -> list[str]:
    """Every photo is taken for stored."""
    return []


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A report's case; `again` where the report had come before, then `query_code` only if it was this very report."""

    id: int
    number: str
    query_code: str | None
    again: bool


class Cases:
    """Creates and changes cases; `poke` is called after each commit, so that the outbox is emptied at once.

    `missing` says which refs of photos nobody uploaded (the media room).
    """

    def __init__(
        self, *, database: Database, books: Books, register: Register, audit: Audit, persons: Persons, now_ms: NowMs,
        missing: Missing = none_missing,
    ) -> None:  # fmt: skip
        self._database = database
        self._books = books
        self._register = register
        self._audit = audit
        self._persons = persons
        self._now_ms = now_ms
        self._missing = missing
        self.poke: Callable[[], None] = lambda: None

    async def earlier(self, client_id: UUID) -> Created | None:
        """The answer again to a report that is filed already, asked before it is checked by rules that may be newer."""
        row = await self._database.fetchrow(_SQL.find_filed, str(client_id))
        return await self._again(self._database, client_id, row["id"], row["number"]) if row else None

    async def create(self, new: NewCase, actor: Actor) -> Created:
        """File a report, once for each client id and each external number; raises BadValue or Unavailable."""
        return (await self.create_all([new], actor))[0]

    async def create_all(self, reports: Sequence[NewCase], actor: Actor) -> list[Created]:
        """File several reports, all or none; raises BadValue or Unavailable."""
        for new in reports:
            self.check_complaint(new.intake.complained_of)
        await self._check_stored([one for new in reports for one in new.intake.media])
        async with self._database.transaction() as connection:
            made = [await self._create(connection, new, actor) for new in reports]
        self.poke()
        return made

    async def _create(self, connection: Connection, new: NewCase, actor: Actor) -> Created:
        case_id, now_ms = await creating.next_id(connection), self._now_ms()
        known = await creating.known(connection, case_id, new)
        if known is not None:
            return await self._again(connection, new.intake.client_id, known.id, known.number)
        here = self._register.workers_in(Area.parse(new.area_code))
        workers = serving(new.area_code, here, new.intake.complained_of)
        case, code = await creating.insert(
            connection, case_id, new, actor, book=await self._books.get(), persons=self._persons, now_ms=now_ms,
            workers=workers,
        )  # fmt: skip
        await store.audited(connection, self._audit, "case.create", case, actor, {"channel": case.channel})
        await store.tell(connection, case, "new", now_ms)
        return Created(id=case_id, number=number_of(case_id, new.reported_ms), query_code=code, again=False)

    async def _again(self, database: Database | Connection, client_id: UUID, case_id: int, number: str) -> Created:
        code = creating.code_of(client_id, self._persons)
        key = await database.fetchrow(_SQL.find_key, "query", query_key(code))
        is_own = key is not None and key["case_id"] == case_id  # else it was known by the number of another system
        return Created(id=case_id, number=number, query_code=code if is_own else None, again=True)

    def check_complaint(self, about: str | None) -> None:
        """Whom a complaint is about must be known, or nobody could keep it from them; raises BadValue."""
        if about is None or about in self._register.snapshot.departments:
            return
        number = about.removeprefix(WORKER_MARK)
        is_worker = about.startswith(WORKER_MARK) and number.isascii() and number.isdigit() and len(number) < 10
        if not is_worker or self._register.worker(int(number)) is None:
            allowed = f"the code of a department, or {WORKER_MARK} and the id of a worker"
            raise BadValue(field="complained_of", value=about, allowed=allowed)

    async def _check_stored(self, media: Sequence[MediaRef]) -> None:
        gone = await self._missing([one.ref for one in media]) if media else []
        if gone:
            allowed = "the ref of a photo that was uploaded"
            raise BadValue(field="media.ref", value=gone[0], allowed=allowed).because("photo.unknown")

    async def change(self, case_id: int, change: Change, actor: Actor) -> CaseFile:
        """Make one change of a case.

        Raises NotFound (not there, or not for this actor), Conflict (somebody was first: the message says what
        happened; or no such way from here), Forbidden, BadValue or Unavailable; then nothing was changed at all.
        """
        book, now_ms = await self._books.get(), self._now_ms()
        check_media(change.media)
        await self._check_stored(change.media)
        async with self._database.transaction() as connection:
            case = await self._lock(connection, case_id, change)
            access.require(case, actor)
            await self._check_version(connection, case, change)
            change = await self._completed(connection, case, change, actor, book)
            category = book.known.get(case.category_code or "")
            needs_check = category is None or category.needs_check
            clocks = await store.clocks_of(connection, case.id)
            facts = await store.facts_of(connection, case, clocks, needs_check=needs_check, media=change.media)
            row = judge(facts, change, actor.doer, now_ms)
            self._check_names(case, change)
            case = await self._carry_out(connection, case, row, change, actor, book, now_ms, facts, clocks)
        self.poke()
        return case

    async def _lock(self, connection: Connection, case_id: int, change: Change) -> CaseFile:
        """The two cases of a merging are locked in the order of their ids: two mergings never block each other."""
        other = change.merge_into if change.to is State.MERGED else None
        if other is not None and other < case_id:
            await store.lock(connection, other)
        return await store.lock(connection, case_id)

    async def _check_version(self, connection: Connection, case: CaseFile, change: Change) -> None:
        if change.version == case.version:
            return
        last = await connection.fetchrow(_SQL.last_change, case.id)
        at = last["at"].astimezone(LOCAL)
        who = last["display_name"] or last["actor"]
        happened = f"{at:%m-%d %H:%M:%S} {who}: {last['from_state'] or '-'} → {last['to_state']}"
        message = f"somebody was first: {happened}; the case is now {case.state} at version {case.version}"
        values = {"who": who, "at": f"{at:%m-%d %H:%M}", "state": case.state.value, "version": case.version}
        raise Conflict(message).because("case.changed", **values)

    async def _completed(
        self, connection: Connection, case: CaseFile, change: Change, actor: Actor, book: Book
    ) -> Change:
        """What the author left to us: responsible department, worker of the grid, the extension that was asked for."""
        more: dict[str, Any] = {}
        is_dispatch = change.to is State.DISPATCHED and case.state is State.FILED
        if is_dispatch and not (change.department or case.department_code):
            category = book.known.get(case.category_code or "")
            more["department"] = responsible(category, case.area_code, self._departments, case.complained_of)
        if change.to in (State.VERIFYING, State.CHECKING) and change.worker_id is None and case.worker_id is None:
            more["worker_id"] = self.proposed_worker(case)
        if case.state is State.EXTEND_REQ and change.to is State.HANDLING:
            asked = await connection.fetchval(_SQL.last_request, case.id, State.EXTEND_REQ.value)
            more["extend"] = asked.get("extend") if asked else None
        if change.to is State.REJECTED and actor.doer is Doer.WORKER and not change.reply.strip():
            more["reply"] = f"经网格员现场核实：{change.reason.strip()}" if change.reason.strip() else ""
        return replace(change, **more)

    def proposed_worker(self, case: CaseFile) -> int | None:
        """A worker of the case's own grid, or else of its village; its leader last."""
        able = [one for one in self._workers if not access.is_complained_of(case, one.id)]
        here = [one for one in able if one.grid_code == case.area_code]
        village = [one for one in able if one.grid_code.startswith(case.area_code[:12])]
        chosen = sorted(here or village, key=lambda one: (one.role == "leader", one.id or 0))
        return chosen[0].id if chosen and len(case.area_code.rstrip("0")) > 6 else None

    @property
    def _workers(self) -> list[Worker]:
        snapshot = self._register.snapshot
        return [one for one in snapshot.workers.values() if snapshot.is_valid(one)]

    @property
    def _departments(self) -> dict[str, Department]:
        return dict(self._register.snapshot.departments)

    def _check_names(self, case: CaseFile, change: Change) -> None:
        for field, code in [
            ("department", change.department),
            *(("co_departments", one) for one in change.co_departments),
        ]:
            if code is not None and code not in self._register.snapshot.departments:
                raise BadValue(field=field, value=code, allowed="the code of a department")
        worker = self._register.worker(change.worker_id) if change.worker_id is not None else None
        if change.worker_id is not None and (worker is None or worker.grid_code[:6] != case.area_code[:6]):
            raise BadValue(field="worker_id", value=change.worker_id, allowed="a worker of this county")
        if change.worker_id is not None and access.is_complained_of(case, change.worker_id):
            allowed = "not the worker who is complained of"
            raise BadValue(field="worker_id", value=change.worker_id, allowed=allowed).because("worker.complained_of")

    async def _carry_out(
        self, connection: Connection, case: CaseFile, row: Transition, change: Change, actor: Actor, book: Book,
        now_ms: int, facts: Facts, before: Sequence[Clock],
    ) -> CaseFile:  # fmt: skip
        after, clocks = changed(case, row, change, actor, clocks=before, book=book, now_ms=now_ms)
        if row.target is State.MERGED:
            await self._merge(connection, case, change, actor, now_ms)
        if row.target is State.REOPENED:
            await connection.execute(_SQL.forget_answers, case.id)
        await store.add_media(connection, case.id, change.media, actor, now_ms)
        if change.reply.strip() and row.target in ENDED and facts.unanswered:
            values = (case.id, change.reply.strip(), to_datetime(now_ms), actor.account_id, None)
            await connection.execute(_SQL.answer_reporters, *values)
        owed = 0 if change.reply.strip() else facts.unanswered
        kpi = marks(case, after, (before, clocks), calendar=book.calendar, now_ms=now_ms, owed=owed)
        event = _change_event(row, change, actor, kpi)
        after = await store.add_event(connection, after, event, now_ms)
        await store.save(connection, after)
        await store.save_clocks(connection, case.id, before, clocks)
        detail = {"from": row.source.value, "to": row.target.value}
        await store.audited(connection, self._audit, "case.change", after, actor, detail)
        await store.tell(connection, after, "change", now_ms, before=case)
        return after

    async def _merge(self, connection: Connection, case: CaseFile, change: Change, actor: Actor, now_ms: int) -> None:
        """The other case takes over who is owed an answer, and whatever already followed this one."""
        target = await store.lock(connection, change.merge_into or 0)
        access.require(target, actor)
        if target.id == case.id or not STATES[target.state].open:
            allowed = "the id of another case that is open"
            raise BadValue(field="merge_into", value=change.merge_into, allowed=allowed).because("merge.not_open")
        await connection.execute(_SQL.follow, case.id, target.id)
        event = store.event_of("merge", actor, data={"merged": case.id, "number": case.number})
        await store.save(connection, await store.add_event(connection, target, event, now_ms))


def _change_event(row: Transition, change: Change, actor: Actor, kpi: dict[str, Any]) -> Event:
    kept = (
        "category",
        "department",
        "co_departments",
        "worker_id",
        "merge_into",
        "extend",
        "until_ms",
        "leader",
        "suggest",
    )
    data = {name: getattr(change, name) for name in kept if getattr(change, name)}
    if row.source is State.EXTEND_REQ:
        data["approve"] = change.approve
    data[KEY] = kpi
    text = change.result or change.reason or change.reply
    return store.event_of(
        "change", actor, from_state=row.source, to_state=row.target, text=text.strip(), data=data,
        public=row.target in _TOLD,
    )  # fmt: skip
