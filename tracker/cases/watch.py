"""The watch of clocks and outbox: warns at 80 %, escalates at 100 %, resumes suspensions, tells others; each once.

The rows themselves are the queue: due cases are locked with `for update skip locked`, worked off and marked in one
transaction, so a process that dies in the middle leaves them for the next, and any number of processes share them.
"""

from __future__ import annotations

import asyncio
import logging

from msgspec.structs import replace

from tracker.cases import store
from tracker.cases.cases import Cases
from tracker.cases.clocks import late_ms
from tracker.cases.model import SYSTEM, Change
from tracker.cases.outbox.teller import Teller
from tracker.cases.records import counted
from tracker.cases.rows import CaseFile, Clock, read
from tracker.cases.states import Stage, State
from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.errors import Conflict, Unavailable

_SQL = Queries.beside(__file__, "watch.sql")
_log = logging.getLogger(__name__)

TICK_S = 1.0  # how late a warning may be
AT_ONCE = 50  # cases with clocks in one transaction
AUTO_URGE = "处置时限已过 80%，请抓紧办理。"


class Watch:
    """`run()` for ever; `poke()` makes it look at once."""

    def __init__(self, *, database: Database, cases: Cases, teller: Teller, now_ms: NowMs) -> None:
        self._database = database
        self._cases = cases
        self._teller = teller
        self._now_ms = now_ms
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """There is something in the outbox."""
        self._poked.set()

    async def run(self) -> None:
        """Tick for ever; a database that is away is waited for."""
        while True:
            try:
                await self.tick()
            except Unavailable as error:
                _log.warning("The watch of cases could not look: %s", error, extra={"action": "case.watch"})
            try:
                await asyncio.wait_for(self._poked.wait(), TICK_S)
            except TimeoutError:
                continue

    async def tick(self) -> None:
        """Work off everything that is due now."""
        self._poked.clear()
        more = True
        while more:
            more = await self._clocks()
        await self._resume()
        more = True
        while more:
            more = await self._teller.send()

    async def _clocks(self) -> bool:
        """One batch of cases with due clocks; whether there may be more.

        The case is locked before its clocks, as by every change; one that is being changed now is looked at next time.
        """
        now_ms = self._now_ms()
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_SQL.due_cases, to_datetime(now_ms), AT_ONCE)
            for row in rows:
                await self._ring_all(connection, read(CaseFile, row), now_ms)
        return len(rows) == AT_ONCE

    async def _ring_all(self, connection: Connection, case: CaseFile, now_ms: int) -> None:
        before = await store.clocks_of(connection, case.id)
        after = list(before)
        for number, clock in enumerate(before):
            if clock.next_ms is not None and clock.next_ms <= now_ms:
                case, after[number] = await self._ring(connection, case, clock, now_ms)
        await store.save_clocks(connection, case.id, before, after)
        await store.save(connection, case)

    async def _ring(self, connection: Connection, case: CaseFile, clock: Clock, now_ms: int) -> tuple[CaseFile, Clock]:
        is_late = clock.deadline_ms is not None and now_ms > clock.deadline_ms
        what = "escalation" if is_late or clock.warned_ms is not None else "warning"
        data = {"stage": clock.stage.value, "round": clock.round, "what": what, "deadline_ms": clock.deadline_ms}
        case = await store.add_event(connection, case, store.event_of("clock", SYSTEM, data=data), now_ms)
        if what == "warning" and clock.stage is Stage.HANDLING:
            case = counted(case, "urge")
            values = (case.id, "urge", "auto", AUTO_URGE, to_datetime(now_ms), None, case.department_code, None)
            await connection.fetchval(_SQL.insert_urge, *values)
        await store.tell(connection, case, what, now_ms, stage=clock.stage.value)
        return case, _rung(clock, what, now_ms)

    async def _resume(self) -> None:
        """Suspensions whose day has come, each through the one function that changes cases."""
        now = to_datetime(self._now_ms())
        for row in await self._database.fetch(_SQL.due_resumes, now, AT_ONCE):
            change = Change(to=State.HANDLING, version=row["version"], reason="挂账期满自动恢复")
            try:
                await self._cases.change(row["id"], change, SYSTEM)
            except Conflict:
                continue  # somebody was first


def _rung(clock: Clock, what: str, now_ms: int) -> Clock:
    if what == "warning":
        return replace(clock, warned_ms=now_ms, next_ms=late_ms(clock.deadline_ms))
    return replace(clock, warned_ms=clock.warned_ms or now_ms, escalated_ms=now_ms, next_ms=None)
