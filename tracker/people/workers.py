"""The little that this room and the duty room tell about a worker: who it is and where they belong."""

from __future__ import annotations

import msgspec

from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import NotFound

_SQL = Queries.beside(__file__, "workers.sql")


class WorkerBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A worker as shown on their own phone; `grid` is the 15-digit code."""

    id: int
    name: str
    role: str  # leader or worker
    grid: str
    grid_name: str
    village: str


class WorkerBriefs:
    """Looks workers up in the register."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, worker_id: int) -> WorkerBrief:
        """The worker; raises NotFound, also for one who has left."""
        if not 0 < worker_id < 1 << 31:
            raise NotFound(kind="worker", key=worker_id)
        row = await self._database.fetchrow(_SQL.read_brief, worker_id)
        if row is None:
            raise NotFound(kind="worker", key=worker_id)
        return WorkerBrief(**dict(row))
