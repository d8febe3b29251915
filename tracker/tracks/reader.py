"""Read history back: one worker's track, who was near a place, how many were out in each quarter hour."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from tracker import clock
from tracker.db.pool import Database
from tracker.errors import BadValue
from tracker.geo.cells import PRESENCE_RESOLUTION, CellId, cell_of, disk
from tracker.geo.projection import haversine_m
from tracker.tracks import segment
from tracker.tracks.model import Fix, Position
from tracker.tracks.store import SLOT_MS, queries

MAX_FIXES = 10_000  # fixes in one answer: a day at one per 10 s
MAX_SPAN_MS = 7 * 86_400_000
CELL_EDGE_M = 138.0  # below the least distance from a resolution-9 cell's centre to a corner, anywhere in China
MAX_RADIUS_M = 2000.0
MAX_NEAR_SPAN_MS = 86_400_000
SLOTS_A_DAY = clock.DAY_MS // SLOT_MS


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """Fixes of one worker in time order; `next_ms` is where to go on when there were too many."""

    worker_id: int
    fixes: list[Fix]
    next_ms: int | None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One worker near a place: first and last fix inside the radius, the nearest of them, and how many."""

    worker_id: int
    first_ms: int
    last_ms: int
    nearest_m: float
    fixes: int


class QuarantinedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message that could not be stored, for the operator."""

    id: int
    received_at_ms: int
    device_id: int | None
    worker_id: int | None
    dialect: int
    reason: str
    field: str
    value: str
    body: str


class TrackReader:
    """Questions to the stored tracks; every answer is bounded, every question prunes partitions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def track(self, worker_id: int, from_ms: int, to_ms: int, limit: int = MAX_FIXES) -> Track:
        """Fixes with from_ms ≤ recorded_at ≤ to_ms; raises BadValue for an empty or too long span."""
        check_span(from_ms, to_ms, MAX_SPAN_MS)
        rows = await self._database.fetch(queries.worker_segments, worker_id, *_span(from_ms, to_ms))
        fixes: list[Fix] = []
        for row in rows:
            fixes.extend(_inside(segment.unpack(clock.to_ms(row["started_at"]), row["data"]), from_ms, to_ms))
        fixes.sort(key=lambda fix: fix.recorded_at_ms)
        if len(fixes) <= limit:
            return Track(worker_id=worker_id, fixes=fixes, next_ms=None)
        return Track(worker_id=worker_id, fixes=fixes[:limit], next_ms=fixes[limit].recorded_at_ms)

    async def near(
        self, lat: float, lon: float, radius_m: float, from_ms: int, to_ms: int, workers: Collection[int]
    ) -> list[Visit]:
        """Visits of `workers` within the radius in the span, nearest first."""
        check_span(from_ms, to_ms, MAX_NEAR_SPAN_MS)
        if not 1 <= radius_m <= MAX_RADIUS_M:
            raise BadValue(field="radius_m", value=radius_m, allowed=f"1..{MAX_RADIUS_M:.0f}")
        cells = cells_within(lat, lon, radius_m)
        slots = clock.to_datetime(from_ms // SLOT_MS * SLOT_MS), clock.to_datetime(to_ms)
        present = await self._database.fetch(queries.present, cells, *slots)
        candidates = sorted({row["worker_id"] for row in present} & set(workers))
        visits = await self._visits(candidates, (lat, lon), radius_m, (from_ms, to_ms))
        return sorted(visits, key=lambda visit: visit.nearest_m)

    async def _visits(
        self, workers: list[int], place: tuple[float, float], radius_m: float, span_ms: tuple[int, int]
    ) -> list[Visit]:
        rows = await self._database.fetch(queries.segments_of_workers, workers, *_span(*span_ms))
        close: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for row in rows:
            for fix in _inside(segment.unpack(clock.to_ms(row["started_at"]), row["data"]), *span_ms):
                distance = float(haversine_m(*place, fix.lat_e7 / 1e7, fix.lon_e7 / 1e7))
                if distance <= radius_m:
                    close[row["worker_id"]].append((fix.recorded_at_ms, distance))
        return [_visit(worker, near) for worker, near in close.items()]

    async def activity(self, workers: Sequence[int], from_ms: int, to_ms: int) -> list[int]:
        """How many of the workers were seen in each quarter hour from `from_ms` on."""
        check_span(from_ms, to_ms, MAX_SPAN_MS)
        first = from_ms // SLOT_MS * SLOT_MS
        midnight = clock.day_start_ms(clock.local_day(first))
        counts = np.zeros((-(-(to_ms - midnight) // clock.DAY_MS), SLOTS_A_DAY), np.int64)
        span = clock.to_datetime(first), clock.to_datetime(to_ms)
        for row in await self._database.fetch(queries.activity, list(workers), *span):
            seen = np.frombuffer(row["quarters"].encode(), np.uint8).reshape(-1, SLOTS_A_DAY) == ord("1")
            counts[(clock.to_ms(row["midnight"]) - midnight) // clock.DAY_MS] = seen.sum(axis=0)
        skip = (first - midnight) // SLOT_MS
        asked: list[int] = counts.ravel()[skip : skip - (first - to_ms) // SLOT_MS].tolist()
        return asked

    async def latest(self) -> list[Position]:
        """The newest position of every worker that ever sent one."""
        return [_position(row) for row in await self._database.fetch(queries.all_latest)]

    async def latest_of(self, worker_id: int) -> Position | None:
        """The newest position of one worker, None when there never was one."""
        row = await self._database.fetchrow(queries.one_latest, worker_id)
        return _position(row) if row else None

    async def quarantine(
        self, workers: Sequence[int], *, with_unknown: bool, before: int, limit: int
    ) -> list[QuarantinedPart]:
        """Quarantined parts of these workers' messages, newest first, with ids below `before`."""
        rows = await self._database.fetch(queries.quarantine_page, before, list(workers), with_unknown, limit)
        return [_part(dict(row)) for row in rows]

    async def forget_quarantine(self, before_ms: int) -> None:
        """Delete quarantined parts received before an instant."""
        await self._database.execute(queries.forget_quarantine, clock.to_datetime(before_ms))


def cells_within(lat: float, lon: float, radius_m: float) -> list[CellId]:
    """Presence cells that hold every place within the radius, and some more.

    The border of k rings is at least 1.5 k + 0.5 edges from the middle of the first cell, the place at most one.
    """
    rings = math.ceil((radius_m / CELL_EDGE_M + 0.5) / 1.5)
    return disk(cell_of(lat, lon, PRESENCE_RESOLUTION), rings)


def check_span(from_ms: int, to_ms: int, longest_ms: int) -> None:
    """Raise BadValue unless 0 < to - from ≤ longest."""
    if not 0 < to_ms - from_ms <= longest_ms:
        allowed = f"after `from`, and at most {longest_ms // 3_600_000} hours later"
        raise BadValue(field="to", value=to_ms, allowed=allowed)


def _span(from_ms: int, to_ms: int) -> tuple[object, object, object]:
    midnight = clock.day_start_ms(clock.local_day(from_ms))
    return clock.to_datetime(midnight), clock.to_datetime(from_ms), clock.to_datetime(to_ms)


def _inside(fixes: list[Fix], from_ms: int, to_ms: int) -> list[Fix]:
    return [fix for fix in fixes if from_ms <= fix.recorded_at_ms <= to_ms]


def _visit(worker_id: int, near: list[tuple[int, float]]) -> Visit:
    times = [at for at, _ in near]
    nearest = min(distance for _, distance in near)
    return Visit(
        worker_id=worker_id, first_ms=min(times), last_ms=max(times), nearest_m=round(nearest, 1), fixes=len(near)
    )


def _position(row: object) -> Position:
    values = dict(row)  # type: ignore[call-overload]  # an asyncpg Record
    fix = Fix(
        recorded_at_ms=clock.to_ms(values.pop("recorded_at")),
        **{name: values[name] for name in ("lat_e7", "lon_e7", "accuracy_dm", "speed_cms", "bearing_cdeg")},
        battery=values["battery"],
        flags=values["flags"],
    )
    return Position(worker_id=values["worker_id"], fix=fix, received_at_ms=clock.to_ms(values["received_at"]))


def _part(row: dict[str, object]) -> QuarantinedPart:
    received = row.pop("received_at")
    return msgspec.convert(row | {"received_at_ms": clock.to_ms(received)}, QuarantinedPart)  # type: ignore[arg-type]
