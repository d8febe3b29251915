"""Looks for signals in the background, village by village: after each round, at midnight, and at what came late."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby

import msgspec

from tracker.clock import NowMs, day_start_ms, local_day, to_datetime, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import Conflict, NotFound, Unavailable
from tracker.geo.area import Area
from tracker.patrol.disputes import Decision
from tracker.patrol.footsteps import Footsteps, footsteps
from tracker.patrol.signals import Evidence, Signal, signals_of
from tracker.patrol.signals_pairs import copied, exact_copies, together
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__, "signals.sql")
_log = logging.getLogger(__name__)

DAY_MS = 86_400_000
PAST_DAYS = 3  # a replayed file is mostly yesterday's; each more day costs another reading of all tracks
SETTLE_MS = 30 * 60_000  # after a round's end: late uploads come in
LOOK_EVERY_S = 60.0
BREATH_S = 0.05  # between two villages: requests go first
MISSED_MS = 6 * 3_600_000  # what a stopped server did not look at, it makes up for if the stop was not longer
PAGE = 200
LATE_AT_ONCE = 500  # workers and days; a look at their villages takes some seconds

RoundEnds = Callable[[date], Sequence[int]]  # when the day's rounds end, Unix ms
Segments = dict[int, list[tuple[int, bytes]]]  # (start in ms, packed) by worker


class SignalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One signal as it is shown; evidence has times in ms and places as [time, lon, lat]."""

    id: int
    worker_id: int
    day: date
    kind: str
    evidence: Evidence
    found_ms: int
    decision: str | None
    decided_ms: int | None
    note: str


class Signals:
    """Finds, shows and decides signals; `run()` is the background job."""

    def __init__(
        self, *, database: Database, register: Register, audit: Audit, round_ends: RoundEnds, now_ms: NowMs
    ) -> None:
        self._database = database
        self._register = register
        self._audit = audit
        self._round_ends = round_ends
        self._now_ms = now_ms

    async def run(self) -> None:
        """Look after each round, and at the whole of yesterday each night."""
        looked_ms = self._now_ms() - MISSED_MS
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_ms = self._now_ms()
            try:
                for day in self.due_days(looked_ms, now_ms):
                    found = await self.examine(day)
                    _log.info("%d signals in tracks of %s", found, day, extra={"action": "patrol.signals_examined"})
                looked_ms = now_ms
                if found := await self.examine_late():
                    _log.info("%d signals in late tracks", found, extra={"action": "patrol.signals_examined"})
            except Unavailable as error:
                _log.warning("signals wait: %s", error, extra={"action": "patrol.signals_wait"})

    def due_days(self, after_ms: int, to_ms_: int) -> list[date]:
        """The days to look at because a round of theirs, or they themselves, ended half an hour ago in this span."""
        today = local_day(to_ms_)
        due = []
        for day in (today - timedelta(days=1), today):
            ends = [*self._round_ends(day), day_start_ms(day) + DAY_MS]
            if any(after_ms < end + SETTLE_MS <= to_ms_ for end in ends):
                due.append(day)
        return due

    async def examine(self, day: date) -> int:
        """Look at everybody's tracks of a day, village by village; returns how many signals were found.

        Copies of earlier days are looked for when the day is over: it means reading those days, too.
        """
        days = [day]
        if day < local_day(self._now_ms()):
            days += [day - timedelta(days=back) for back in range(1, PAST_DAYS + 1)]
        workers = sorted((one.grid_code, one.id) for one in self._register.snapshot.workers.values() if one.id)
        found = 0
        for _, village in groupby(workers, key=lambda one: one[0][:12]):
            ids = [worker_id for _, worker_id in village]
            found += await self._examine(ids, days)
            await asyncio.sleep(BREATH_S)
        return found

    async def examine_late(self) -> int:
        """Look once more at the villages of whom something came after its day; returns how many signals were found.

        The days after it are looked at, too: one of them may be a copy of what came late. The engine keeps the list
        (`patrol_late`), so nothing is forgotten by a stop.
        """
        found = 0
        while late := await self._database.fetch(_SQL.late, LATE_AT_ONCE):
            for village, day in self._touched([(row["worker_id"], row["day"]) for row in late]):
                workers = self._register.workers_in(Area(village))
                days = [day - timedelta(days=back) for back in range(PAST_DAYS + 1)]
                found += await self._examine([one.id for one in workers if one.id], days)
                await asyncio.sleep(BREATH_S)
            columns = ([row[name] for row in late] for name in ("worker_id", "day", "folded_at"))
            await self._database.execute(_SQL.forget_late, *columns)
        return found

    def _touched(self, late: Sequence[tuple[int, date]]) -> list[tuple[str, date]]:
        """Villages and the days over by now on which what came late may be seen."""
        today = local_day(self._now_ms())
        villages = [((self._register.grid_of(worker_id) or "")[:12], day) for worker_id, day in late]
        touched = {(one, day + timedelta(days=after)) for one, day in villages for after in range(PAST_DAYS + 1)}
        return sorted(one for one in touched if one[0] and one[1] < today)

    async def _examine(self, worker_ids: list[int], days: Sequence[date]) -> int:
        present, *past = [await self._segments(worker_ids, day) for day in days]
        if not present:
            return 0
        signals = await asyncio.to_thread(look_at, present, past)
        columns = (
            [one.worker_id for one in signals],
            [one.kind for one in signals],
            [one.evidence for one in signals],
        )
        if signals:
            await self._database.execute(_SQL.put_signals, to_datetime(self._now_ms()), days[0], *columns)
        return len(signals)

    async def _segments(self, worker_ids: list[int], day: date) -> Segments:
        midnight_ms = day_start_ms(day)
        span = to_datetime(midnight_ms), to_datetime(midnight_ms + DAY_MS)
        segments: Segments = defaultdict(list)
        for row in await self._database.fetch(_SQL.segments_of_day, worker_ids, *span):
            segments[row["worker_id"]].append((to_ms(row["started_at"]), row["data"]))
        return segments

    async def page(self, worker_ids: Sequence[int], *, undecided: bool, before: int) -> list[SignalLine]:
        """Signals of these workers, newest first, with ids below `before`."""
        rows = await self._database.fetch(_SQL.page, list(worker_ids), before, undecided, PAGE)
        return [_line(row) for row in rows]

    async def decide(self, signal_id: int, by: Decision, now_ms: int) -> None:
        """Decide once, with a line in the audit; raises NotFound, Conflict."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_SQL.one, signal_id)
            grid = self._register.grid_of(row["worker_id"]) if row else None
            if grid is None or not by.area.contains(grid):
                raise NotFound(kind="signal", key=signal_id)
            if row["decision"] is not None:
                raise Conflict(f"signal {signal_id} was decided before: {row['decision']}")
            at = to_datetime(now_ms)
            await connection.execute(_SQL.decide, signal_id, by.decision, by.account_id, at, by.note)
            await self._audit.write(
                "signal.decide",
                subject=f"signal:{signal_id}",
                area_code=grid,
                account_id=by.account_id,
                detail={"decision": by.decision, "note": by.note, "worker": row["worker_id"], "kind": row["kind"]},
                address=by.address,
                connection=connection,
            )


def look_at(present: Segments, past: Sequence[Segments]) -> list[Signal]:
    """Unpack one village's day and the days before it, and look; for a thread."""
    return look(_tracks(present), [track for day in past for track in _tracks(day)])


def look(tracks: Sequence[Footsteps], past: Sequence[Footsteps]) -> list[Signal]:
    """Every signal of one village's day; `past` are tracks of the same village on days before."""
    found = {(one.worker_id, one.kind): one for track in tracks for one in signals_of(track)}
    for one, other, evidence in together(tracks):
        for worker_id, beside in ((one, other), (other, one)):
            signal = Signal(worker_id=worker_id, kind="together", evidence={**evidence, "with_worker": beside})
            found.setdefault((worker_id, "together"), signal)
    for worker_id, evidence in _copies(tracks, past):
        found.setdefault((worker_id, "copied"), Signal(worker_id=worker_id, kind="copied", evidence=evidence))
    return list(found.values())


def _tracks(segments: Segments) -> list[Footsteps]:
    return [footsteps(worker_id, parts) for worker_id, parts in segments.items()]


def _copies(tracks: Sequence[Footsteps], past: Sequence[Footsteps]) -> list[tuple[int, Evidence]]:
    every = [*tracks, *past]
    copies = [(every[later].worker_id, evidence) for later, _, evidence in exact_copies(every) if later < len(tracks)]
    exact = {worker_id for worker_id, _ in copies}
    for track in tracks:
        if track.worker_id not in exact:
            evidence = copied(track, every)  # its own morning, too
            copies += [(track.worker_id, evidence)] if evidence else []
    return copies


def _line(row: Row) -> SignalLine:
    values = dict(row)
    found, decided = values.pop("found_at"), values.pop("decided_at")
    return SignalLine(**values, found_ms=to_ms(found), decided_ms=to_ms(decided) if decided else None)
