"""Marks of commits: how a reader in another process knows that it has heard of every one, and finds what it missed.

A commit leaves a mark in its own transaction, and its batch carries the mark's number over the bus. The reader
compares: a mark whose batch did not come within POLL_S is read from history. So nothing needs to be known about who
writes, who died, or what the bus did; a bus that is away altogether only makes every commit half a second late.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from tracker import clock
from tracker.bus.model import Batch, Committed, Message, Stored
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.errors import Unavailable
from tracker.metrics import Metrics
from tracker.tracks import segment
from tracker.tracks.model import Fix, Flag

queries = Queries.beside(__file__, "marks.sql")
log = logging.getLogger(__name__)

POLL_S = 0.5
OLDEST = timedelta(days=90)  # fixes are never older when they come; it lets PostgreSQL leave out partitions

Missed = Callable[[Batch, int], None]  # (what was read from history, Unix ms of the first upload in it)


async def put_mark(connection: Connection, received_ms: Iterable[int]) -> int:
    """Mark the commit under way, whose uploads were received at these times; returns the mark for its batch."""
    times = list(received_ms)
    mark: int = await connection.fetchval(
        queries.add_mark, clock.to_datetime(min(times)), clock.to_datetime(max(times))
    )
    return mark


class Marks:
    """Give `read` every batch, run `run()`; `missed` is called with what the bus did not bring."""

    def __init__(self, database: Database, metrics: Metrics, missed: Missed) -> None:
        self._database = database
        self._metrics = metrics
        self._missed = missed
        self._heard: set[int] = set()
        self._overdue: set[int] = set()  # not heard at the last look; once more, and they are read from history

    def read(self, message: Message) -> None:
        """Note that a batch has come; returns at once."""
        if isinstance(message, Batch) and message.mark:
            self._heard.add(message.mark)

    async def begin(self) -> None:
        """Before the rooms read what is stored: older commits are in that. Raises Unavailable."""
        await self._database.execute(queries.forget_old_marks)

    async def run(self) -> None:
        """Look for commits that were not heard of, for ever; a database that is away is waited for."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self.look()
            except Unavailable as error:
                log.warning("Marks of commits cannot be read: %s", error, extra={"action": "marks.wait"})

    async def look(self) -> None:
        """Compare once. Raises Unavailable."""
        rows = await self._database.fetch(queries.read_marks)
        missing = [row for row in rows if row["id"] not in self._heard]
        overdue = [row for row in missing if row["id"] in self._overdue]
        if overdue:
            await self._read(min(row["received_from"] for row in overdue), max(row["received_to"] for row in overdue))
            self._metrics.marks_missed.inc(len(overdue))
        done = {row["id"] for row in rows} - {row["id"] for row in missing} | {row["id"] for row in overdue}
        if done:
            await self._database.execute(queries.forget_marks, list(done))
        self._heard -= done
        self._overdue = {row["id"] for row in missing} - done

    async def _read(self, first: datetime, last: datetime) -> None:
        rows = await self._database.fetch(queries.received_between, first, last, first - OLDEST)
        log.info("Read %d segments that the bus did not bring", len(rows), extra={"action": "marks.missed"})
        self._missed(_batch(rows), clock.to_ms(first))


def _batch(rows: list[Row]) -> Batch:
    """What history holds as one batch; of each worker the last fix, and every call for help."""
    newest: dict[int, Committed] = {}
    calls: list[Committed] = []
    segments: list[Stored] = []
    for row in rows:
        started_ms, received_ms = clock.to_ms(row["started_at"]), clock.to_ms(row["received_at"])
        one = Stored(worker_id=row["worker_id"], started_at_ms=started_ms, received_at_ms=received_ms, data=row["data"])
        segments.append(one)
        fixes = [_committed(one, fix) for fix in segment.unpack(started_ms, one.data)]
        calls += [fix for fix in fixes if fix.flags & Flag.HELP]
        last = newest.get(one.worker_id)
        if last is None or last.recorded_at_ms <= fixes[-1].recorded_at_ms:
            newest[one.worker_id] = fixes[-1]
    return Batch(committed_at_ms=0, fixes=0, newest=[*calls, *newest.values()], segments=segments)


def _committed(one: Stored, fix: Fix) -> Committed:
    return Committed(
        worker_id=one.worker_id,
        recorded_at_ms=fix.recorded_at_ms,
        received_at_ms=one.received_at_ms,
        lat_e7=fix.lat_e7,
        lon_e7=fix.lon_e7,
        accuracy_dm=fix.accuracy_dm,
        speed_cms=fix.speed_cms,
        bearing_cdeg=fix.bearing_cdeg,
        battery=fix.battery,
        flags=fix.flags,
    )
