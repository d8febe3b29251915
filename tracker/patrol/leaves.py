"""Leave of workers: written and taken back by supervisors, read by the engine and by compliance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.patrol.model import Leave

_SQL = Queries.beside(__file__, "leaves.sql")
BACK_DAYS = 7  # a sick note may come some days late; older rounds stay as they are
LONGEST_DAYS = 366
PAGE = 500
_EPOCH = date(1970, 1, 1)
_DAYS = 100_000  # a number for (worker, first day): both are the key, and neither ever changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A leave as it was before a change, and the days (first, last) that the change is about."""

    before: Leave
    days: tuple[date, date]


class Leaves:
    """Adds, lists, changes and drops leave; after a change, the engine must be told of the days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, leave: Leave, *, today: date, account_id: int) -> None:
        """Store it; raises BadValue for days too far back, too many, or on leave already."""
        _check_back("from_day", leave.from_day, leave.from_day, today)
        _check_length(leave.from_day, leave.to_day)
        values = (leave.worker_id, leave.from_day, leave.to_day, leave.reason, account_id)
        added = await self._database.fetchval(_SQL.add_leave, *values)
        if added is None:
            raise BadValue(field="from_day", value=leave.from_day, allowed="days that are not leave already")

    async def page(self, worker_ids: Sequence[int], span: tuple[date, date], after: int) -> list[Leave]:
        """Leaves that touch a span of days, by their number."""
        rows = await self._database.fetch(_SQL.page, list(worker_ids), *span, after, PAGE)
        return [_leave(row) for row in rows]

    async def change(self, number: int, to_day: date, *, today: date) -> Changed:
        """Another last day; raises NotFound, or BadValue where that touches days too far back or of another leave."""
        async with self._database.transaction() as connection:
            before = await _locked(connection, number)
            Leave(worker_id=before.worker_id, from_day=before.from_day, to_day=to_day)  # refuses one before its start
            first = min(before.to_day, to_day) + timedelta(days=1)
            _check_back("to_day", to_day, first, today)
            _check_length(before.from_day, to_day)
            following = await connection.fetchval(_SQL.next_leave, before.worker_id, before.from_day)
            if following is not None and following <= to_day:
                raise BadValue(field="to_day", value=to_day, allowed=f"before the next leave, which begins {following}")
            await connection.execute(_SQL.change_leave, before.worker_id, before.from_day, to_day)
        return Changed(before=before, days=(first, max(before.to_day, to_day)))

    async def drop(self, number: int, *, today: date) -> Changed:
        """Take it back as a whole; raises NotFound, or BadValue where it began too far back: then change its end."""
        async with self._database.transaction() as connection:
            before = await _locked(connection, number)
            _check_back("from_day", before.from_day, before.from_day, today)
            await connection.execute(_SQL.drop_leave, before.worker_id, before.from_day)
        return Changed(before=before, days=(before.from_day, before.to_day))


def worker_of(number: int) -> int:
    """The worker in a leave's number."""
    return number // _DAYS


def number_of(leave: Leave) -> int:
    """The number by which a leave is named in addresses."""
    return leave.worker_id * _DAYS + (leave.from_day - _EPOCH).days


async def _locked(connection: Connection, number: int) -> Leave:
    worker_id, days = divmod(number, _DAYS)
    row = await connection.fetchrow(_SQL.one, worker_id, _EPOCH + timedelta(days=days)) if worker_id < 1 << 31 else None
    if row is None:
        raise NotFound(kind="leave", key=number)
    return _leave(row)


def _leave(row: Row) -> Leave:
    return Leave(worker_id=row["worker_id"], from_day=row["from_day"], to_day=row["to_day"], reason=row["reason"])


def _check_back(field: str, value: date, touched: date, today: date) -> None:
    oldest = today - timedelta(days=BACK_DAYS)
    if touched < oldest:
        raise BadValue(field=field, value=value, allowed=f"a change of days from {oldest} on")


def _check_length(first: date, last: date) -> None:
    if (last - first).days >= LONGEST_DAYS:
        raise BadValue(field="to_day", value=last, allowed=f"at most {LONGEST_DAYS} days")
