"""Write committed batches: exact once per fix, in any order, by any number of processes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from tracker import clock
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.geo.cells import PRESENCE_RESOLUTION, cell_of
from tracker.geo.datum import Crs
from tracker.tracks import segment
from tracker.tracks.model import Dialect, Fix, Position
from tracker.tracks.partitions import Partitions

queries = Queries.beside(__file__)

SLOT_MS = 15 * 60 * 1000
PRESENCE_CACHE = 200_000  # keys already written by this process: a county's quarter hours of a day
VALUE_LIMIT = 200
BODY_LIMIT = 16 * 1024


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message kept for the operator instead of being stored."""

    reason: str
    field: str
    value: str
    body: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one upload wants to store; `raw` stands beside `fixes` where the datum was converted."""

    worker_id: int
    device_id: int
    dialect: Dialect
    received_at_ms: int
    skew_ms: int | None
    fixes: list[Fix]
    raw: list[tuple[int, int]] | None
    crs: Crs = Crs.WGS84  # of `raw`
    quarantined: list[Quarantined]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit did: fixes stored per entry, the newest position of workers whose dot moved, the new segments."""

    stored: list[int]
    newest: list[Position]
    segments: list[tuple[int, int, int, bytes]]  # worker, started_at_ms, received_at_ms, packed fixes


@dataclass(kw_only=True, slots=True)
class _Known:
    """What is stored already of one worker, as far as this batch may meet it."""

    last_ms: int
    keys: set[tuple[int, int, int]] = field(default_factory=set)
    ordinals: dict[int, int] = field(default_factory=dict)  # started_at -> next free ordinal


class TrackWriter:
    """Writes batches in one transaction each; nothing of a batch is visible before all of it is durable."""

    def __init__(self, database: Database, partitions: Partitions) -> None:
        self._database = database
        self._partitions = partitions
        self._has_latest: set[int] = set()
        self._presence_written: OrderedDict[tuple[int, int, int], None] = OrderedDict()

    async def write(self, entries: Sequence[Entry]) -> Written:
        """Commit all entries; raises Unavailable, then nothing of them is stored (or all of them: send again)."""
        await self._partitions.ensure_days(_days(entries))
        async with self._database.transaction() as connection:
            known = await self._lock(connection, entries)
            work = _Work(known)
            for entry in entries:
                work.add(entry)
            await _copy_segments(connection, work.rows)
            presence = await self._add_presence(connection, work)
            newest = work.newest()
            await _move_latest(connection, newest)
            await _add_quarantine(connection, entries)
        self._remember(entries, presence)
        return Written(stored=work.stored, newest=[position for position, _ in newest], segments=work.segments)

    async def _lock(self, connection: Connection, entries: Sequence[Entry]) -> dict[int, _Known]:
        workers = sorted({entry.worker_id for entry in entries if entry.fixes})
        if not workers:
            return {}
        if strangers := [worker for worker in workers if worker not in self._has_latest]:
            await connection.execute(queries.add_latest, strangers)
        rows = await connection.fetch(queries.lock_latest, workers)
        known = {row["worker_id"]: _Known(last_ms=clock.to_ms(row["recorded_at"])) for row in rows}
        await _load_overlaps(connection, entries, known)
        return known

    async def _add_presence(self, connection: Connection, work: _Work) -> list[tuple[int, int, int]]:
        fresh = [key for key in work.presence() if key not in self._presence_written]
        if fresh:
            cells, slots, workers = zip(*sorted(fresh), strict=True)
            await connection.execute(queries.add_presence, cells, [clock.to_datetime(slot) for slot in slots], workers)
        return fresh

    def _remember(self, entries: Iterable[Entry], presence: list[tuple[int, int, int]]) -> None:
        self._has_latest.update(entry.worker_id for entry in entries if entry.fixes)
        for key in presence:
            self._presence_written[key] = None
        while len(self._presence_written) > PRESENCE_CACHE:
            self._presence_written.popitem(last=False)


class _Work:
    """Sorts one batch into segment rows, in the order in which uploads came."""

    def __init__(self, known: dict[int, _Known]) -> None:
        self._known = known
        self._newest: dict[int, tuple[Position, int]] = {}
        self._kept: list[tuple[int, Fix]] = []
        self.rows: list[tuple[object, ...]] = []
        self.segments: list[tuple[int, int, int, bytes]] = []
        self.stored: list[int] = []

    def add(self, entry: Entry) -> None:
        fixes = entry.fixes
        known = self._known.get(entry.worker_id)
        if known is None or not fixes:
            self.stored.append(0)
            return
        raw_of = dict(zip(map(id, fixes), entry.raw, strict=True)) if entry.raw else None
        fresh = [fix for fix in fixes if _is_new(fix, known)]
        self.stored.append(len(fresh))
        for day in segment.by_day(fresh):
            self._add_row(entry, day, known, raw_of)

    def _add_row(
        self, entry: Entry, fixes: list[Fix], known: _Known, raw_of: dict[int, tuple[int, int]] | None
    ) -> None:
        start, newest = fixes[0].recorded_at_ms, fixes[-1]
        ordinal = known.ordinals.get(start, 0)
        known.ordinals[start] = ordinal + 1
        raw = segment.pack_raw(entry.crs, [raw_of[id(fix)] for fix in fixes]) if raw_of else None
        data = segment.pack(fixes)
        self.segments.append((entry.worker_id, start, entry.received_at_ms, data))
        self.rows.append(
            (
                entry.worker_id,
                clock.to_datetime(start),
                ordinal,
                clock.to_datetime(newest.recorded_at_ms),
                clock.to_datetime(entry.received_at_ms),
                entry.device_id,
                int(entry.dialect),
                entry.skew_ms,
                len(fixes),
                data,
                raw,
            )
        )
        self._kept.extend((entry.worker_id, fix) for fix in fixes)
        if newest.recorded_at_ms > known.last_ms:
            known.last_ms = newest.recorded_at_ms
            position = Position(worker_id=entry.worker_id, fix=newest, received_at_ms=entry.received_at_ms)
            self._newest[entry.worker_id] = (position, entry.device_id)

    def presence(self) -> set[tuple[int, int, int]]:
        """(cell, slot start ms, worker) of every kept fix."""
        return {
            (
                cell_of(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, PRESENCE_RESOLUTION),
                fix.recorded_at_ms // SLOT_MS * SLOT_MS,
                worker,
            )
            for worker, fix in self._kept
        }

    def newest(self) -> list[tuple[Position, int]]:
        """Positions that are newer than what was stored before, with their device, in worker order."""
        return [self._newest[worker] for worker in sorted(self._newest)]


def _is_new(fix: Fix, known: _Known) -> bool:
    key = (fix.recorded_at_ms, fix.lat_e7, fix.lon_e7)
    if key in known.keys:
        return False
    known.keys.add(key)
    return True


async def _load_overlaps(connection: Connection, entries: Sequence[Entry], known: dict[int, _Known]) -> None:
    """Read what is stored where an upload reaches back to or before the newest stored time of its worker."""
    reach: dict[int, tuple[int, int]] = {}
    for entry in entries:
        times = [fix.recorded_at_ms for fix in entry.fixes]
        if times and min(times) <= known[entry.worker_id].last_ms:
            first, last = reach.get(entry.worker_id, (min(times), max(times)))
            reach[entry.worker_id] = (min(first, *times), max(last, *times))
    if not reach:
        return
    midnights = [clock.to_datetime(clock.day_start_ms(clock.local_day(first))) for first, _ in reach.values()]
    firsts, lasts = ([clock.to_datetime(span[end]) for span in reach.values()] for end in (0, 1))
    for row in await connection.fetch(queries.overlapping, list(reach), midnights, firsts, lasts):
        one = known[row["worker_id"]]
        start = clock.to_ms(row["started_at"])
        one.ordinals[start] = max(one.ordinals.get(start, 0), row["ordinal"] + 1)
        one.keys.update((fix.recorded_at_ms, fix.lat_e7, fix.lon_e7) for fix in segment.unpack(start, row["data"]))


_COLUMNS = (
    "worker_id",
    "started_at",
    "ordinal",
    "ended_at",
    "received_at",
    "device_id",
    "dialect",
    "skew_ms",
    "fixes",
    "data",
    "raw",
)


async def _copy_segments(connection: Connection, rows: list[tuple[object, ...]]) -> None:
    if rows:
        await connection.copy_records_to_table("segment", records=rows, columns=_COLUMNS)


async def _move_latest(connection: Connection, newest: list[tuple[Position, int]]) -> None:
    if not newest:
        return
    await connection.execute(
        queries.move_latest,
        [position.worker_id for position, _ in newest],
        [clock.to_datetime(position.fix.recorded_at_ms) for position, _ in newest],
        [clock.to_datetime(position.received_at_ms) for position, _ in newest],
        [position.fix.lat_e7 for position, _ in newest],
        [position.fix.lon_e7 for position, _ in newest],
        [position.fix.accuracy_dm for position, _ in newest],
        [position.fix.speed_cms for position, _ in newest],
        [position.fix.bearing_cdeg for position, _ in newest],
        [position.fix.battery for position, _ in newest],
        [position.fix.flags for position, _ in newest],
        [device for _, device in newest],
    )


async def _add_quarantine(connection: Connection, entries: Sequence[Entry]) -> None:
    parts = [(entry, part) for entry in entries for part in entry.quarantined]
    if not parts:
        return
    await connection.execute(
        queries.add_quarantine,
        [clock.to_datetime(entry.received_at_ms) for entry, _ in parts],
        [entry.device_id for entry, _ in parts],
        [entry.worker_id for entry, _ in parts],
        [int(entry.dialect) for entry, _ in parts],
        [part.reason for _, part in parts],
        [_clean(part.field) for _, part in parts],
        [_clean(part.value) for _, part in parts],
        [part.body[:BODY_LIMIT] for _, part in parts],
    )


def _clean(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates, bounded."""
    return text[:VALUE_LIMIT].replace("\0", "�").encode("utf-8", "replace").decode()


def _days(entries: Iterable[Entry]) -> set[date]:
    slots = {fix.recorded_at_ms // SLOT_MS for entry in entries for fix in entry.fixes}
    return {clock.local_day(slot * SLOT_MS) for slot in slots}  # midnight begins a slot: far fewer than fixes
