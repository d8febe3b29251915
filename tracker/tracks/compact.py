"""Compaction in the background: uploads of some hours become packed rows, a few workers in each small transaction.

Writers never wait for it and it never waits for them: they only add rows to the hot leaf, it only takes out rows that
it has read, and a statement sees either the old rows or the new ones. What comes late is merged by a later pass.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from tracker import clock
from tracker.clock import NowMs
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.errors import SanxunError, Unavailable
from tracker.metrics import Metrics
from tracker.tracks.compact_rows import SPAN_MS, Row, merge, row_of, spans_of
from tracker.tracks.partitions import hot_name, packed_name, presence_day_name, presence_name

log = logging.getLogger(__name__)
queries = Queries.beside(__file__, "compact.sql")

EVERY_S = 120.0
RETRY_S = 10.0
ROWS_AT_ONCE = 1000  # of one transaction: some 10,000 fixes, tens of milliseconds
PRESENCE_SHARES = 64  # of a day's workers, each in a transaction: of a county 20,000 rows, some 100 milliseconds
REST = 3.0  # times as long as it worked: phones and maps keep three quarters of the processor
VACUUM_GENTLY = "set vacuum_cost_delay = '5ms'"  # without it commits wait behind the log of a vacuum: 170 ms at p99
LONGEST_S = 3600.0  # of a vacuum, and of packing a share of a day's presence
_DAY = re.compile(r"^segment_(\d{4})(\d{2})(\d{2})_hot$")
_COLUMNS = (
    "worker_id", "started_at", "ordinal", "ended_at", "received_at", "device_id", "dialect", "skew_ms", "fixes", "data",
    "raw", "parts", "packed",
)  # fmt: skip


class RowsVanished(SanxunError):
    """Rows that only compaction takes out were gone before it did; nothing was changed."""


class Compactor:
    """Packs what was recorded and received more than `after_ms` ago; of several processes, whichever has the lock."""

    def __init__(self, database: Database, metrics: Metrics, now_ms: NowMs, *, after_ms: int) -> None:
        self._database = database
        self._metrics = metrics
        self._now_ms = now_ms
        self._after_ms = after_ms

    async def run(self) -> None:
        """Compact until cancelled; a database that is away is tried again soon."""
        while True:
            try:
                await self.compact_once()
            except Unavailable as error:
                log.warning("Compaction waits: %s", error, extra={"action": "compaction_waits"})
                await asyncio.sleep(RETRY_S)
            else:
                await asyncio.sleep(EVERY_S)

    async def compact_once(self) -> int:
        """Pack all that is due, the oldest day first; returns how many fixes. Raises Unavailable."""
        leaves = await self._database.fetch(queries.leaves)
        fixes = 0
        for leaf in leaves:
            day = _day_of(leaf["name"])
            try:
                fixes += await self._compact_day(day)
            except Unavailable:
                raise
            except SanxunError:
                log.exception("Compaction leaves %s as it is", day, extra={"action": "compaction_left"})
        waiting = await self._database.fetch(queries.leaves)
        self._metrics.compaction_waiting.set(sum(leaf["bytes"] for leaf in waiting))
        return fixes

    async def _compact_day(self, day: date) -> int:
        worker, packed = 0, 0
        while True:
            began = time.monotonic()
            batch = await self._compact_batch(day, worker)
            if batch is None:
                break
            worker, fixes = batch
            packed += fixes
            self._metrics.compacted_fixes.inc(fixes)
            await asyncio.sleep(REST * (time.monotonic() - began))
        if not packed and _end(day) <= clock.to_datetime(self._cutoff_ms()):
            await self._close(day)
        return packed

    async def _compact_batch(self, day: date, from_worker: int) -> tuple[int, int] | None:
        """One transaction; returns the worker to go on with and how many fixes, None when nothing is left."""
        span = _begin(day), _end(day)
        async with self._database.transaction() as connection:
            if not await connection.fetchval(queries.try_lock):
                return None
            before = clock.to_datetime(self._cutoff_ms()), clock.to_datetime(self._now_ms() - self._after_ms)
            found = await connection.fetch(queries.waiting, *span, before[0], from_worker, ROWS_AT_ONCE, before[1])
            rows = [row_of(one) for one in found]
            if not rows:
                return None
            last = rows[-1].worker_id
            if len(rows) == ROWS_AT_ONCE and last != rows[0].worker_id:
                rows = [row for row in rows if row.worker_id != last]  # whole workers: the last one comes next
            await _replace(connection, rows, span)
        return last, sum(row.fixes for row in rows)

    async def _close(self, day: date) -> None:
        """Pack who was where, give emptied leaves back, and freeze what will not change: no vacuum has to come back."""
        for share in range(PRESENCE_SHARES):
            began = time.monotonic()
            await self._at_length(queries.pack_presence, _begin(day), _end(day), PRESENCE_SHARES, share)
            await asyncio.sleep(REST * (time.monotonic() - began))
        for hot, packed in ((presence_name(day), presence_day_name(day)), (hot_name(day), packed_name(day))):
            if not await self._reclaim(hot):
                return  # the emptied leaf of the tracks comes last, so the next pass tries again
            await self._at_length(f"vacuum (freeze, analyze, parallel 0) {packed}")
        log.info("The tracks of %s are compacted", day, extra={"action": "compacted", "day": day.isoformat()})

    async def _reclaim(self, leaf: str) -> bool:
        await self._at_length(f"vacuum (parallel 0) {leaf}")
        return bool(await self._database.fetchval(queries.reclaim, leaf))

    async def _at_length(self, statement: str, *args: object) -> None:
        async with self._database.connection() as connection:
            await connection.execute(VACUUM_GENTLY)
            await connection.execute(statement, *args, timeout=LONGEST_S)

    def _cutoff_ms(self) -> int:
        return (self._now_ms() - self._after_ms) // SPAN_MS * SPAN_MS


async def _replace(connection: Connection, rows: Sequence[Row], span: tuple[datetime, datetime]) -> None:
    already = await _packed_already(connection, rows, span)
    packed: list[Row] = []
    for worker_id, some in groupby(rows, key=lambda row: row.worker_id):
        packed += merge([*some, *already.get(worker_id, ())])
        await asyncio.sleep(0)  # a worker is packed in a fraction of a millisecond: phones come in between
    gone = [*rows, *(row for some in already.values() for row in some)]
    keys = [(row.worker_id, clock.to_datetime(row.started_at_ms), row.ordinal, row.parts is not None) for row in gone]
    done = await connection.execute(queries.forget_rows, *map(list, zip(*keys, strict=True)), *span)
    if done != f"DELETE {len(keys)}":
        raise RowsVanished(f"{done} instead of {len(keys)}")
    await connection.copy_records_to_table("segment", records=[_record(row) for row in packed], columns=_COLUMNS)


async def _packed_already(
    connection: Connection, rows: Sequence[Row], span: tuple[datetime, datetime]
) -> dict[int, list[Row]]:
    spans = [
        (worker, start) for worker, some in groupby(rows, key=lambda row: row.worker_id) for start in spans_of(some)
    ]
    workers, starts = [worker for worker, _ in spans], [clock.to_datetime(start) for _, start in spans]
    already: dict[int, list[Row]] = {}
    for one in await connection.fetch(queries.packed_already, workers, starts, *span):
        already.setdefault(one["worker_id"], []).append(row_of(one))
    return already


def _record(row: Row) -> tuple[object, ...]:
    start, end, received = (clock.to_datetime(ms) for ms in (row.started_at_ms, row.ended_at_ms, row.received_at_ms))
    return (
        row.worker_id, start, row.ordinal, end, received, row.device_id, row.dialect, row.skew_ms, row.fixes, row.data,
        row.raw, row.parts, True,
    )  # fmt: skip


def _day_of(leaf: str) -> date:
    match = _DAY.match(leaf)
    assert match is not None  # noqa: S101  # the statement asked for such names
    return date(int(match[1]), int(match[2]), int(match[3]))


def _begin(day: date) -> datetime:
    return clock.to_datetime(clock.day_start_ms(day))


def _end(day: date) -> datetime:
    return _begin(day + timedelta(days=1))
