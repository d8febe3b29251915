"""Leave of workers: written by supervisors, read by the engine and by compliance."""

from __future__ import annotations

from datetime import date, timedelta

from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.patrol.model import Leave

_SQL = Queries.beside(__file__, "leaves.sql")
BACK_DAYS = 7  # a sick note may come some days late; older rounds stay as they are
LONGEST_DAYS = 366


class Leaves:
    """Adds leave; after it, the engine must be told to reload."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, leave: Leave, *, today: date, account_id: int) -> None:
        """Store it; raises BadValue for days too far back or too many, Conflict where it overlaps another leave."""
        if leave.from_day < today - timedelta(days=BACK_DAYS):
            raise BadValue(
                field="from_day", value=leave.from_day, allowed=f"{today - timedelta(days=BACK_DAYS)} or later"
            )
        if (leave.to_day - leave.from_day).days >= LONGEST_DAYS:
            raise BadValue(field="to_day", value=leave.to_day, allowed=f"at most {LONGEST_DAYS} days")
        values = (leave.worker_id, leave.from_day, leave.to_day, leave.reason, account_id)
        added = await self._database.fetchval(_SQL.add_leave, *values)
        if added is None:
            raise BadValue(field="from_day", value=leave.from_day, allowed="days that are not leave already")
