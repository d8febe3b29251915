"""Silences of phones inside a round's window: the evidence behind "no data"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from tracker.clock import day_start_ms, local_day, to_datetime, to_ms
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.patrol.footsteps import footsteps
from tracker.patrol.http_answers import Gap

_SQL = Queries.beside(__file__, "timemachine.sql")
LEAST_MS = 5 * 60_000  # shorter silences are dead spots in a lane
MOST_WORKERS = 30
MOST_GAPS = 200


class Gaps:
    """Reads the silences of some workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, worker_ids: Sequence[int], from_ms: int, to_ms_: int) -> list[Gap]:
        """Silences of five minutes and more of each worker between two instants of one day, the longest first."""
        if to_ms_ <= from_ms:
            return []
        workers = list(worker_ids)[:MOST_WORKERS]
        midnight = to_datetime(day_start_ms(local_day(from_ms)))
        span = to_datetime(from_ms), to_datetime(to_ms_)
        segments: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for row in await self._database.fetch(_SQL.in_span, workers, *span, midnight):
            segments[row["worker_id"]].append((to_ms(row["started_at"]), row["data"]))
        found = [
            Gap(worker_id=worker_id, from_ms=before, to_ms=after)
            for worker_id in workers
            for before, after in silences(footsteps(worker_id, segments[worker_id]).t.tolist(), from_ms, to_ms_)
        ]
        return sorted(found, key=lambda gap: gap.from_ms - gap.to_ms)[:MOST_GAPS]


def silences(times_ms: Sequence[int], from_ms: int, to_ms_: int) -> list[tuple[int, int]]:
    """Silences of at least LEAST_MS between two instants, the edges counted as if something was heard there."""
    heard = [from_ms, *(at for at in times_ms if from_ms < at < to_ms_), to_ms_]
    return [(before, after) for before, after in pairwise(heard) if after - before >= LEAST_MS]
