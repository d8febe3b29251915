"""A new case in the transaction of its caller: keys first, then file, reporter, photos, clocks, event and news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from tracker.cases import store
from tracker.cases.book import Book
from tracker.cases.clocks import lights, move
from tracker.cases.effects import stage_limits
from tracker.cases.intake import NewCase, number_of, query_code, query_key
from tracker.cases.model import Actor
from tracker.cases.persons import Persons, about_reporter
from tracker.cases.rows import CaseFile, read
from tracker.cases.states import Doer, State, clock_moves
from tracker.cases.stats_marks import KEY, marks
from tracker.clock import to_datetime
from tracker.db.pool import Connection
from tracker.db.queries import Queries

_SQL = Queries.beside(__file__)


async def next_id(connection: Connection) -> int:
    """The id of the next case: it comes first, because the number is made of it."""
    return int(await connection.fetchval(_SQL.next_id))


async def known(connection: Connection, case_id: int, new: NewCase) -> CaseFile | None:
    """The case of a report that has come before, else None with its keys taken for this one."""
    for kind, key in _keys(new):
        if await connection.fetchval(_SQL.take_key, kind, key, case_id, 1) is None:
            row = await connection.fetchrow(_SQL.find_key, kind, key)
            await connection.execute(_SQL.drop_keys, case_id)
            return await store.lock(connection, row["case_id"])
    return None


async def insert(
    connection: Connection, case_id: int, new: NewCase, actor: Actor, *, book: Book, persons: Persons, now_ms: int,
    workers: Sequence[int],
) -> tuple[CaseFile, str]:  # fmt: skip
    """Write the case; returns it with its query code, which is stored as a digest only.

    `workers` serve in its grid: the event keeps them, because the register only knows who serves there today.
    """
    case = read(CaseFile, await connection.fetchrow(_SQL.insert_case, *_new_values(case_id, new, actor, now_ms)))
    code = code_of(new.intake.client_id, persons)
    await connection.execute(_SQL.take_key, "query", query_key(code), case_id, 1)
    await connection.execute(_SQL.take_key, "number", case.number, case_id, 1)
    await connection.execute(_SQL.insert_reporter, *_reporter_values(case, new, actor, persons))
    await store.add_media(connection, case_id, new.intake.media, actor, now_ms)
    limits = stage_limits(case, book)
    clocks = move(
        [], clock_moves(None, State.REPORTED), now_ms=now_ms, calendar=book.calendar, limits=limits, department=None
    )
    yellow_ms, red_ms = lights(clocks)
    kpi = marks(None, case, ([], clocks), calendar=book.calendar, now_ms=now_ms, owed=1, workers=workers)
    event = store.event_of("change", actor, to_state=State.REPORTED, public=True, data={KEY: kpi})
    case = await store.add_event(connection, case, event, now_ms)
    case = replace(case, yellow_ms=yellow_ms, red_ms=red_ms)
    await store.save(connection, case)
    await store.save_clocks(connection, case_id, [], clocks)
    return case, code


def code_of(client_id: UUID, persons: Persons) -> str:
    """A report's query code, the same whenever it is sent: who lost the first answer gets the code with the next."""
    return query_code(persons.draw(f"query:{client_id}"))


def _keys(new: NewCase) -> list[tuple[str, str]]:
    keys = [("client", str(new.intake.client_id))]
    if new.intake.external_number.strip():
        keys.append(("external", external_key(new.intake.channel, new.intake.external_number)))
    return keys


def external_key(channel: str, number: str) -> str:
    """What is unique in the county of a number that another system gave."""
    return f"{channel}:{number.strip()}"


def _new_values(case_id: int, new: NewCase, actor: Actor, now_ms: int) -> tuple[Any, ...]:
    intake = new.intake
    worker = actor.worker_id if actor.doer is Doer.WORKER else None
    place = (intake.address.strip(), new.lat_e7, new.lon_e7, new.area_code)
    return (
        case_id, number_of(case_id, new.reported_ms), intake.channel, intake.category, intake.description.strip(),
        intake.public_text, *place, intake.secret, intake.complained_of, new.urgent, intake.self_handled, worker,
        to_datetime(new.reported_ms), to_datetime(now_ms), new.attributes,
    )  # fmt: skip


def _reporter_values(case: CaseFile, new: NewCase, actor: Actor, persons: Persons) -> tuple[Any, ...]:
    """Without a phone nobody can be called: the answer waits at the query code, or on the worker's phone."""
    reporter = new.reporter
    name = persons.seal(reporter.name, about_reporter(case.id, 1, "name"))
    phone = persons.seal(reporter.phone, about_reporter(case.id, 1, "phone"))
    head = (case.id, 1, name, phone, persons.index(reporter.phone), new.intake.secret, case.channel)
    is_anonymous = not reporter.phone or actor.doer is Doer.WORKER
    return (*head, new.intake.external_number.strip(), to_datetime(new.reported_ms), is_anonymous)
