"""Write commits of positions: exact once per fix, in any order, by any number of processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from itertools import islice

import msgspec
import numpy as np

from tracker import clock
from tracker.bus.model import Committed, Stored
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.errors import Unavailable
from tracker.tracks import newest, overlaps, segment
from tracker.tracks.copying import COLUMNS, PRESENCE_COLUMNS, Rows, copy, presence_payload
from tracker.tracks.group import Entry, Group, Quarantined, cut, of_entries, waves
from tracker.tracks.marks import put_mark
from tracker.tracks.newest import Newest
from tracker.tracks.overlaps import Known
from tracker.tracks.partitions import Partitions
from tracker.tracks.presence import SLOT_MS, Fresh, Presence, Seen, joined, seen_in, seen_of
from tracker.tracks.seat import Seat, share_once

__all__ = ["SLOT_MS", "Entry", "Quarantined", "TrackWriter", "Written", "queries"]

queries = Queries.beside(__file__)

SETTLE_S = 5.0  # how often the only writer brings `latest` up to date; a phone sends more seldom
FLUSH_ROWS = 400  # of `latest` at once, some 5 ms: commits wait for the connection meanwhile
SEEN_FIXES = 20_000  # `presence` is behind by that and one commit at most: some milliseconds of work
VALUE_LIMIT = 200
BODY_LIMIT = 16 * 1024
_NEVER_MS = 0  # the time in `latest` of a worker who has not sent anything yet


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit did: fixes stored per upload, the newest position of workers whose dot moved, the new segments."""

    stored: list[int]
    newest: list[Committed]
    segments: list[Stored]
    mark: int = 0  # tracker/tracks/marks.py; 0: none


class TrackWriter:
    """Writes commits, each durable as a whole or not at all.

    With a seat this process may find itself the only writer. It then remembers the newest time of each worker and
    writes `presence` and `latest` behind, every five seconds (`run`): a commit is one COPY then, a single round trip.
    `presence` goes first, so that it lacks nothing up to the time in `latest`; at the start both are repaired from the
    segments that end later. Beside others, and without a seat, each commit locks and moves the rows of its workers in
    `latest`. With `marks` each commit leaves one for readers in other processes.
    """

    def __init__(
        self, database: Database, partitions: Partitions, *, takes_seat: bool = False, marks: bool = False
    ) -> None:
        self._database = database
        self._partitions = partitions
        self._seat = Seat(database, arrive=self._arrive, leave=self._leave) if takes_seat else None
        self._marks = marks
        self._presence = Presence()
        self._has_latest: set[int] = set()  # workers known to have a row
        self._last_ms: dict[int, int] = {}  # newest stored time of every worker, while this process is alone
        self._behind: dict[int, Newest] = {}  # newest positions that `latest` does not have yet
        self._unseen: list[Seen] = []  # fixes that `presence` does not have yet, each later than its worker's `latest`
        self._unseen_fixes = 0

    async def write(self, entries: Sequence[Entry]) -> Written:
        """Commit entries; of several of one worker the later ones in commits of their own. Raises Unavailable."""
        stored = [0] * len(entries)
        dots: dict[int, Committed] = {}
        segments: list[Stored] = []
        for wave in waves(entries):
            written = await self.write_group(of_entries([entries[place] for place in wave]))
            for place, count in zip(wave, written.stored, strict=True):
                stored[place] = count
            dots.update({one.worker_id: one for one in written.newest})
            segments += written.segments
        return Written(stored=stored, newest=list(dots.values()), segments=segments)

    async def write_group(self, group: Group) -> Written:
        """Commit a group; raises Unavailable, then nothing of it is stored (or all of it: send it again)."""
        days = np.unique((group.at_ms + clock.LOCAL_AHEAD_MS) // clock.DAY_MS).tolist()
        await self._partitions.ensure_days(_date(day) for day in days)
        async with self._connection() as connection:
            if self._seat and self._seat.alone:
                return await self._write_alone(connection, group)
            return await self._write_beside(connection, group)

    async def run(self) -> None:
        """Settle every SETTLE_S until cancelled, then leave in order."""
        try:
            while True:
                with contextlib.suppress(Unavailable):
                    await self.settle()
                await asyncio.sleep(SETTLE_S)
        finally:
            await self.close()

    async def close(self) -> None:
        """Write down what `latest` does not have yet, and leave the seat."""
        if self._seat is not None:
            await self._seat.close()

    async def mend(self) -> None:
        """At the start: bring `latest` up to what a killed process had stored last. Raises Unavailable."""
        if self._seat is not None:
            async with self._seat.taken():
                pass  # taking it mends
            await self._seat.close()  # a process that never writes must not keep others from being alone

    async def settle(self) -> None:
        """Bring `latest` up to date, and write alone if nobody else writes. Raises Unavailable."""
        if self._seat is None or not self._seat.is_taken:
            return
        await self._seat.settle()
        for _ in range(0, len(self._behind), FLUSH_ROWS):
            async with self._seat.taken() as connection:
                await self._flush(connection, FLUSH_ROWS)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        async with self._seat.taken() if self._seat else self._database.connection() as connection:
            yield connection

    async def _write_alone(self, connection: Connection, group: Group) -> Written:
        """One COPY and no more, where every fix is later than all of its worker's."""
        if self._unseen_fixes >= SEEN_FIXES:  # before, for what follows a commit must not make it look refused
            await self._flush_presence(connection)
        strangers = [worker for worker in group.workers if worker not in self._last_ms]
        last_ms = [self._last_ms.get(worker, _NEVER_MS) for worker in group.workers]
        async with _transaction(connection) as begin:
            if strangers:
                await begin()
                await connection.execute(queries.add_latest, strangers)
            if back := overlaps.reaching(group, last_ms):
                await begin()
            work = _Work(group, await overlaps.load(connection, group, back, last_ms))
            if group.quarantined or self._marks:
                await begin()
            await work.store(connection)
            # No repair would find fixes that may be older than `latest`.
            fresh = await self._add_presence(connection, work.seen()) if back else None
            await self._mark(connection, work)
        if fresh:
            self._presence.remember(fresh)
        else:
            self._unseen.append(work.seen())
            self._unseen_fixes += len(group.at_ms)
        self._last_ms.update(dict.fromkeys(strangers, _NEVER_MS))
        for position, device in work.moved:
            self._last_ms[position.worker_id] = position.recorded_at_ms
            self._behind[position.worker_id] = position, device
        return work.written()

    async def _write_beside(self, connection: Connection, group: Group) -> Written:
        """Under the lock of each worker's row in `latest`."""
        workers = sorted(worker for worker, count in zip(group.workers, group.counts.tolist(), strict=True) if count)
        async with connection.transaction():
            if self._seat is None:
                await share_once(connection)
            if strangers := [worker for worker in workers if worker not in self._has_latest]:
                await connection.execute(queries.add_latest, strangers)
            rows = await connection.fetch(queries.lock_latest, workers)
            times = {row["worker_id"]: clock.to_ms(row["recorded_at"]) for row in rows}
            last_ms = [times.get(worker, _NEVER_MS) for worker in group.workers]
            known = await overlaps.load(connection, group, overlaps.reaching(group, last_ms), last_ms)
            work = _Work(group, known)
            await work.store(connection)
            fresh = await self._add_presence(connection, work.seen())
            await self._mark(connection, work)
            await newest.move(connection, work.moved)
        self._presence.remember(fresh)
        self._has_latest.update(workers)
        return work.written()

    async def _mark(self, connection: Connection, work: _Work) -> None:
        if self._marks and work.stores:
            work.mark = await put_mark(connection, work.received_ms)

    async def _arrive(self, connection: Connection) -> None:
        """Learn the newest time of every worker; add to `presence` and `latest` what they lack, as after kill -9."""
        last_ms: dict[int, int] = {}
        behind: dict[int, Newest] = {}
        unseen: list[Seen] = []
        for row in await connection.fetch(queries.last_of_all):
            worker = row["worker_id"]
            last_ms.setdefault(worker, clock.to_ms(row["recorded_at"]))
            if row["data"] is None:
                continue
            fixes = segment.unpack(clock.to_ms(row["started_at"]), row["data"])
            unseen.append(seen_of(worker, fixes))
            if fixes[-1].recorded_at_ms > last_ms[worker]:
                last_ms[worker], behind[worker] = fixes[-1].recorded_at_ms, newest.of_row(row, fixes[-1])
        if unseen:
            await self._add_presence(connection, joined(unseen))
        await newest.move(connection, behind.values())
        self._last_ms, self._behind = last_ms, {}
        self._unseen, self._unseen_fixes = [], 0

    async def _leave(self, connection: Connection) -> None:
        await self._flush(connection, len(self._behind))
        self._last_ms = {}

    async def _flush(self, connection: Connection, most: int) -> None:
        """Write what `presence`, and the first of what `latest` does not have yet."""
        await self._flush_presence(connection)
        taken = {worker: self._behind.pop(worker) for worker in list(islice(self._behind, most))}
        try:
            await newest.move(connection, taken.values())
        except BaseException:
            self._behind = taken | self._behind  # the next flush takes them, too
            raise

    async def _flush_presence(self, connection: Connection) -> None:
        if self._unseen:
            self._presence.remember(await self._add_presence(connection, joined(self._unseen)))
            self._unseen, self._unseen_fixes = [], 0

    async def _add_presence(self, connection: Connection, seen: Seen) -> Fresh:
        """Write which cells were entered; to be remembered when it is durable."""
        fresh = self._presence.fresh(seen)
        if fresh.keys:
            await copy(connection, "presence", PRESENCE_COLUMNS, presence_payload(fresh.keys))
        return fresh


class _Work:
    """A commit made ready: what is new of it as rows, and what it tells the others."""

    def __init__(self, group: Group, known: Known) -> None:
        self._group = group
        self._segments = cut(group, known.is_fresh)
        self._rows = Rows(group, self._segments, known.ordinals_of(self._segments))
        self.mark = 0
        self.moved = newest.moved(group, self._segments, known.last_ms)

    @property
    def stores(self) -> bool:
        """Whether any fix is new."""
        return len(self._segments.counts) > 0

    @property
    def received_ms(self) -> list[int]:
        """When the uploads came."""
        return self._group.received_ms

    def seen(self) -> Seen:
        """Where its new fixes are."""
        return seen_in(self._group.workers, self._segments)

    async def store(self, connection: Connection) -> None:
        """Write all but `presence` and `latest`."""
        if self.stores:
            await copy(connection, "segment", COLUMNS, self._rows.payload())
        await _add_quarantine(connection, self._group)

    def written(self) -> Written:
        """What it did; asked when it is durable."""
        group, segments = self._group, self._segments
        stored = np.bincount(segments.upload, segments.counts, len(group.workers))
        parts = zip(segments.upload.tolist(), segments.started_ms().tolist(), self._rows.data, strict=True)
        return Written(
            stored=stored.astype(np.int64).tolist(),
            newest=[position for position, _ in self.moved],
            mark=self.mark,
            segments=[
                Stored(worker_id=workers, started_at_ms=start, received_at_ms=received, data=data)
                for workers, start, received, data in (
                    (group.workers[upload], start, group.received_ms[upload], data) for upload, start, data in parts
                )
            ],
        )


async def _add_quarantine(connection: Connection, group: Group) -> None:
    if not group.quarantined:
        return
    uploads, parts = zip(*group.quarantined, strict=True)
    await connection.execute(
        queries.add_quarantine,
        [clock.to_datetime(group.received_ms[upload]) for upload in uploads],
        [group.devices[upload] for upload in uploads],
        [group.workers[upload] for upload in uploads],
        [group.dialects[upload] for upload in uploads],
        [part.reason for part in parts],
        [_clean(part.field) for part in parts],
        [_clean(part.value) for part in parts],
        [part.body[:BODY_LIMIT] for part in parts],
    )


def _clean(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates, bounded."""
    return text[:VALUE_LIMIT].replace("\0", "�").encode("utf-8", "replace").decode()


def _date(day_number: int) -> date:
    return clock.local_day(day_number * clock.DAY_MS)


@contextlib.asynccontextmanager
async def _transaction(connection: Connection) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A transaction that begins when it is asked to: a lone COPY is one by itself and saves two round trips."""
    transaction = connection.transaction()
    has_begun = False

    async def begin() -> None:
        nonlocal has_begun
        if not has_begun:
            await transaction.start()
            has_begun = True

    try:
        yield begin
    except BaseException:
        if has_begun:
            with contextlib.suppress(Exception):  # the connection may be gone; the first error counts
                await transaction.rollback()
        raise
    if has_begun:
        await transaction.commit()
