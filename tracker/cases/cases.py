"""New cases and every change of a case: one transaction with its event, its audit line and its outbox message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from tracker.cases import access, store
from tracker.cases.book import Book, Books
from tracker.cases.clocks import lights, move
from tracker.cases.dispatch import responsible
from tracker.cases.effects import changed, stage_limits
from tracker.cases.intake import NewCase, check_media, new_query_code, number_of, query_key
from tracker.cases.model import Actor, Change, Facts
from tracker.cases.rows import CaseFile, Event, read
from tracker.cases.rules import judge
from tracker.cases.states import ENDED, STATES, Doer, State, Transition, clock_moves
from tracker.cases.stats_marks import KEY, marks
from tracker.clock import LOCAL, NowMs, to_datetime
from tracker.county.model import Department, Worker
from tracker.county.register import Register
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, Conflict
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__)
_TOLD = frozenset(  # states that a reporter reads of
    {State.REPORTED, State.ACCEPTED, State.FILED, State.DISPATCHED, State.HANDLING, State.HANDLED, State.REPLY_DUE,
     State.CLOSED, State.REJECTED, State.REOPENED, State.MERGED, State.VOIDED}
)  # fmt: skip


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A report's case; `query_code` is told once, `again` where the report had come before."""

    id: int
    number: str
    query_code: str | None
    again: bool


class Cases:
    """Creates and changes cases; `poke` is called after each commit, so that the outbox is emptied at once."""

    def __init__(self, *, database: Database, books: Books, register: Register, audit: Audit, now_ms: NowMs) -> None:
        self._database = database
        self._books = books
        self._register = register
        self._audit = audit
        self._now_ms = now_ms
        self.poke: Callable[[], None] = lambda: None

    async def create(self, new: NewCase, actor: Actor) -> Created:
        """File a report, once for each client id and each external number; raises BadValue or Unavailable."""
        book, now_ms = await self._books.get(), self._now_ms()
        async with self._database.transaction() as connection:
            case_id = int(await connection.fetchval(_SQL.next_id))
            known = await _known(connection, case_id, new)
            if known is not None:
                return Created(id=known.id, number=known.number, query_code=None, again=True)
            code = await self._insert(connection, case_id, new, actor, book, now_ms)
        self.poke()
        return Created(id=case_id, number=number_of(case_id, new.reported_ms), query_code=code, again=False)

    async def _insert(
        self, connection: Connection, case_id: int, new: NewCase, actor: Actor, book: Book, now_ms: int
    ) -> str:
        case = read(CaseFile, await connection.fetchrow(_SQL.insert_case, *_new_values(case_id, new, actor, now_ms)))
        code = new_query_code()
        await connection.execute(_SQL.take_key, "query", query_key(code), case_id, 1)
        await connection.execute(_SQL.take_key, "number", case.number, case_id, 1)
        await connection.execute(_SQL.insert_reporter, *_reporter_values(case, new, actor))
        await store.add_media(connection, case_id, new.intake.media, actor, now_ms)
        limits = stage_limits(case, book)
        clocks = move(
            [], clock_moves(None, State.REPORTED), now_ms=now_ms, calendar=book.calendar, limits=limits, department=None
        )
        yellow_ms, red_ms = lights(clocks)
        data = {KEY: marks(None, case, ([], clocks), calendar=book.calendar, now_ms=now_ms, owed=1)}
        event = event_of("change", actor, to_state=State.REPORTED, public=True, data=data)
        case = await store.add_event(connection, case, event, now_ms)
        await store.save(connection, replace(case, yellow_ms=yellow_ms, red_ms=red_ms))
        await store.save_clocks(connection, case_id, [], clocks)
        await self._write(connection, "case.create", case, actor, {"channel": case.channel})
        await store.tell(connection, case, "case", "new", now_ms)
        return code

    async def change(self, case_id: int, change: Change, actor: Actor) -> CaseFile:
        """Make one change of a case.

        Raises NotFound (not there, or not for this actor), Conflict (somebody was first: the message says what
        happened; or no such way from here), Forbidden, BadValue or Unavailable; then nothing was changed at all.
        """
        book, now_ms = await self._books.get(), self._now_ms()
        check_media(change.media)
        async with self._database.transaction() as connection:
            case = await self._lock(connection, case_id, change)
            access.require(case, actor)
            await self._check_version(connection, case, change)
            change = await self._completed(connection, case, change, actor, book)
            category = book.categories.get(case.category_code or "")
            needs_check = category is None or category.needs_check
            facts = await store.facts_of(connection, case, needs_check=needs_check, media=change.media)
            row = judge(facts, change, actor.doer, now_ms)
            self._check_names(case, change)
            case = await self._carry_out(connection, case, row, change, actor, book, now_ms, facts)
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
        raise Conflict(f"somebody was first: {happened}; the case is now {case.state} at version {case.version}")

    async def _completed(
        self, connection: Connection, case: CaseFile, change: Change, actor: Actor, book: Book
    ) -> Change:
        """What the author left to us: responsible department, worker of the grid, the extension that was asked for."""
        more: dict[str, Any] = {}
        is_dispatch = change.to is State.DISPATCHED and case.state is State.FILED
        if is_dispatch and not (change.department or case.department_code):
            category = book.categories.get(case.category_code or "")
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
        here = [one for one in self._workers if one.grid_code == case.area_code]
        village = [one for one in self._workers if one.grid_code.startswith(case.area_code[:12])]
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

    async def _carry_out(
        self, connection: Connection, case: CaseFile, row: Transition, change: Change, actor: Actor, book: Book,
        now_ms: int, facts: Facts,
    ) -> CaseFile:  # fmt: skip
        before = await store.clocks_of(connection, case.id)
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
        await self._write(connection, "case.change", after, actor, {"from": row.source.value, "to": row.target.value})
        await store.tell(connection, after, "case", "change", now_ms)
        return after

    async def _merge(self, connection: Connection, case: CaseFile, change: Change, actor: Actor, now_ms: int) -> None:
        """The other case takes over who is owed an answer, and whatever already followed this one."""
        target = await store.lock(connection, change.merge_into or 0)
        access.require(target, actor)
        if target.id == case.id or not STATES[target.state].open:
            raise BadValue(field="merge_into", value=change.merge_into, allowed="the id of another case that is open")
        await connection.execute(_SQL.follow, case.id, target.id)
        event = event_of("merge", actor, data={"merged": case.id, "number": case.number})
        await store.save(connection, await store.add_event(connection, target, event, now_ms))

    async def _write(
        self, connection: Connection, action: str, case: CaseFile, actor: Actor, detail: dict[str, Any]
    ) -> None:
        await self._audit.write(
            action,
            subject=f"case:{case.id}",
            area_code=case.area_code,
            account_id=actor.account_id,
            device_id=actor.device_id,
            detail=detail,
            address=actor.address,
            connection=connection,
        )


async def _known(connection: Connection, case_id: int, new: NewCase) -> CaseFile | None:
    """The case of a report that has come before, else None with its keys taken for this one."""
    for kind, key in _keys(new):
        if await connection.fetchval(_SQL.take_key, kind, key, case_id, 1) is None:
            row = await connection.fetchrow(_SQL.find_key, kind, key)
            await connection.execute(_SQL.drop_keys, case_id)
            return await store.lock(connection, row["case_id"])
    return None


def event_of(kind: str, actor: Actor, **more: Any) -> Event:
    """An event by this actor."""
    return Event(
        kind=kind,
        actor=actor.doer.value,
        account_id=actor.account_id,
        worker_id=actor.worker_id,
        department_code=actor.department,
        **more,
    )


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
    return event_of(
        "change", actor, from_state=row.source, to_state=row.target, text=text.strip(), data=data,
        public=row.target in _TOLD,
    )  # fmt: skip


def _keys(new: NewCase) -> list[tuple[str, str]]:
    keys = [("client", str(new.intake.client_id))]
    if new.intake.external_number.strip():
        keys.append(("external", f"{new.intake.channel}:{new.intake.external_number.strip()}"))
    return keys


def _new_values(case_id: int, new: NewCase, actor: Actor, now_ms: int) -> tuple[Any, ...]:
    intake = new.intake
    worker = actor.worker_id if actor.doer is Doer.WORKER else None
    place = (intake.address.strip(), new.lat_e7, new.lon_e7, new.area_code)
    return (
        case_id, number_of(case_id, new.reported_ms), intake.channel, intake.category, intake.description.strip(),
        intake.public_text, *place, intake.secret, intake.complained_of, new.urgent, intake.self_handled, worker,
        to_datetime(new.reported_ms), to_datetime(now_ms),
    )  # fmt: skip


def _reporter_values(case: CaseFile, new: NewCase, actor: Actor) -> tuple[Any, ...]:
    """Without a phone nobody can be called: the answer waits at the query code, or on the worker's phone."""
    reporter = new.reporter
    head = (case.id, 1, reporter.name, reporter.phone, new.intake.secret, case.channel)
    is_anonymous = not reporter.phone or actor.doer is Doer.WORKER
    return (*head, new.intake.external_number.strip(), to_datetime(new.reported_ms), is_anonymous)
