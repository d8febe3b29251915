"""Reads and writes the parts of one case inside a transaction that its caller holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import asdict, replace

from tracker.cases.model import Actor, Facts, MediaRef
from tracker.cases.rows import CaseFile, Clock, Event, columns, read, values
from tracker.cases.states import Stage
from tracker.clock import to_datetime
from tracker.db.pool import Connection, Row
from tracker.db.queries import Queries
from tracker.errors import NotFound
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__)
_FIXED = {"id", "number", "channel", "description", "reported_at", "area_code", "attributes"}
_MUTABLE = [name for name in columns(CaseFile) if name not in _FIXED]
_CLOCK = columns(Clock)
_SAVE_CASE = (
    "update case_file set " + ", ".join(f"{name} = ${n}" for n, name in enumerate(_MUTABLE, 2)) + " where id = $1"
)
_CLOCK_MARKS = ", ".join(f"${n}" for n in range(2, len(_CLOCK) + 2))
_CLOCK_SETS = ", ".join(f"{name} = excluded.{name}" for name in _CLOCK if name not in ("stage", "round"))
_SAVE_CLOCK = (
    f"insert into case_clock (case_id, {', '.join(_CLOCK)}) values ($1, {_CLOCK_MARKS}) "
    f"on conflict (case_id, stage, round) do update set {_CLOCK_SETS}"
)


async def lock(connection: Connection, case_id: int) -> CaseFile:
    """The case, locked until the transaction ends; raises NotFound."""
    row: Row | None = await connection.fetchrow(_SQL.lock_case, case_id)
    if row is None:
        raise NotFound(kind="case", key=case_id)
    return read(CaseFile, row)


async def present(connection: Connection, case_id: int) -> CaseFile:
    """The case as it stands, without keeping others from changing it; raises NotFound."""
    row: Row | None = await connection.fetchrow(_SQL.one_case, case_id)
    if row is None:
        raise NotFound(kind="case", key=case_id)
    return read(CaseFile, row)


async def save(connection: Connection, case: CaseFile) -> None:
    """Write what may change of a case file."""
    by_name = dict(zip(columns(CaseFile), values(case), strict=True))
    await connection.execute(_SAVE_CASE, case.id, *(by_name[name] for name in _MUTABLE))


async def clocks_of(connection: Connection, case_id: int) -> list[Clock]:
    """Every clock of a case."""
    return [read(Clock, row) for row in await connection.fetch(_SQL.read_clocks, case_id)]


async def save_clocks(connection: Connection, case_id: int, before: Sequence[Clock], after: Iterable[Clock]) -> None:
    """Write the clocks that differ."""
    known = {(one.stage, one.round): one for one in before}
    changed = [one for one in after if known.get((one.stage, one.round)) != one]
    if changed:
        await connection.executemany(_SAVE_CLOCK, [(case_id, *values(one)) for one in changed])


async def add_event(connection: Connection, case: CaseFile, event: Event, now_ms: int) -> CaseFile:
    """Append an event; returns the case that counts it, still to be saved."""
    counted = replace(case, events=case.events + 1, updated_ms=now_ms)
    head = (case.id, counted.events, to_datetime(now_ms), event.kind, event.actor, event.from_state, event.to_state)
    tail = (event.account_id, event.worker_id, event.department_code, event.text, event.data, event.public)
    await connection.execute(_SQL.insert_event, *head, *tail)
    return counted


async def facts_of(
    connection: Connection, case: CaseFile, clocks: Sequence[Clock], *, needs_check: bool, media: Sequence[MediaRef]
) -> Facts:
    """What the rules ask, as the transaction sees it."""
    owed = await connection.fetchrow(_SQL.owed, case.id)
    handling = next((one for one in clocks if one.stage is Stage.HANDLING and one.finished_ms is None), None)
    return Facts(
        state=case.state,
        version=case.version,
        prior_state=case.prior_state,
        category=case.category_code,
        needs_check=needs_check,
        self_handled=case.self_handled,
        complained_of=case.complained_of,
        department=case.department_code,
        worker_id=case.worker_id,
        extensions=case.extensions,
        reopens=case.reopens,
        deadline_ms=handling.deadline_ms if handling else None,
        closed_ms=case.closed_ms,
        unanswered=owed["unanswered"],
        unvisited=owed["unvisited"],
        media=frozenset({*owed["roles"]} | {one.role.value for one in media}),
    )


async def add_media(connection: Connection, case_id: int, media: Sequence[MediaRef], actor: Actor, now_ms: int) -> None:
    """Attach photos."""
    if media:
        refs, roles = [one.ref for one in media], [one.role.value for one in media]
        await connection.execute(_SQL.insert_media, case_id, refs, roles, to_datetime(now_ms), actor.doer.value)


async def tell(
    connection: Connection, case: CaseFile, what: str, now_ms: int, *, before: CaseFile | None = None, stage: str = ""
) -> None:
    """Put a message into the outbox; nothing personal is in it. Who had the case `before` hears that it is gone."""
    news = public_news(case, what) | ({"stage": stage} if stage else {})
    concerned = {one.worker_id for one in (case, before) if one is not None and one.worker_id is not None}
    values = (case.id, f"case.{what}", news, departments_of(case, before), sorted(concerned), to_datetime(now_ms))
    await connection.execute(_SQL.insert_outbox, *values)


def departments_of(case: CaseFile, before: CaseFile | None = None) -> list[str]:
    """The departments whose case it is or was a moment ago; never the one that is complained of."""
    both = [one for one in (case, before) if one is not None]
    codes = {code for one in both for code in (one.department_code, *one.co_departments)}
    return sorted(code for code in codes if code is not None and code != case.complained_of)


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


async def audited(
    connection: Connection, audit: Audit, action: str, case: CaseFile, actor: Actor, detail: dict[str, Any]
) -> None:
    """The audit's line of what an actor did to a case, in the same transaction."""
    await audit.write(
        action,
        subject=f"case:{case.id}",
        area_code=case.area_code,
        account_id=actor.account_id,
        device_id=actor.device_id,
        detail=detail | ({"bulk": actor.bulk} if actor.bulk else {}),
        address=actor.address,
        connection=connection,
    )


def public_news(case: CaseFile, what: str) -> dict[str, Any]:
    """What everybody who watches the area may know; of secret cases and complaints only that something happened."""
    if case.secret or case.complained_of:
        return {"id": case.id, "version": case.version, "area": case.area_code, "what": what, "private": True}
    fields = asdict(case)
    return {
        **{name: fields[name] for name in ("id", "number", "version", "urgent", "yellow_ms", "red_ms")},
        "state": case.state.value,
        "category": case.category_code,
        "lat": None if case.lat_e7 is None else case.lat_e7 / 1e7,
        "lon": None if case.lon_e7 is None else case.lon_e7 / 1e7,
        "area": case.area_code,
        "what": what,
    }
