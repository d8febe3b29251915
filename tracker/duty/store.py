"""Keeps the duty book and the database the same, and tells the bus who went on or off duty."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec

from tracker.bus.model import Bus, DutyChanged
from tracker.clock import NowMs, local_day, to_datetime, to_ms
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.duty.book import DutyBook
from tracker.duty.model import HOUR_MS, KEPT_MS, LONGEST_SHIFT_MS, DutyState, Shift, Source, Window
from tracker.duty.press import instant_of, overdue, press_off, press_on
from tracker.duty.schedule import clock_of, minute_of
from tracker.errors import NotFound, Unavailable
from tracker.metrics import Metrics
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__)
_log = logging.getLogger(__name__)

TICK_S = 3.0  # how soon a press in another process counts here, and a window of a schedule begins on the map
SCHEDULE_TICKS = 10  # schedules are compared every so many ticks
COMMIT_MARGIN = timedelta(seconds=60)  # longest time between a transaction's now() and its commit
AT_ONCE = 500  # workers looked at before the loop gets its turn; 1 ms


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who pressed, for the audit: the phone or a supervisor."""

    area_code: str
    account_id: int | None = None
    device_id: int | None = None
    address: str = ""


class DutyStore:
    """Opens and closes shifts, keeps schedules; `load()` first, then `run()` keeps the book right."""

    def __init__(
        self, *, database: Database, book: DutyBook, bus: Bus, metrics: Metrics, audit: Audit, now_ms: NowMs
    ) -> None:
        self._database = database
        self._book = book
        self._bus = bus
        self._metrics = metrics
        self._audit = audit
        self._now_ms = now_ms
        self._on: set[int] = set()  # as last told to the bus
        self._forgot_ms = 0  # when old shifts were last dropped
        self._polled_at: datetime | None = None  # the database's clock
        self._schedules_print: object = None
        self._changes = 0  # counts changes made here: what was read before one is old and not believed
        self._dropped: Counter[tuple[int, date]] = Counter()

    async def load(self) -> None:
        """Read everything that may be asked about; raises Unavailable."""
        polled_at = await self._database.fetchval(_SQL.read_clock)
        oldest = to_datetime(self._now_ms() - KEPT_MS)
        rows = await self._database.fetch(_SQL.read_shifts, oldest)
        self._book.put_all(map(_shift, rows))
        await self._load_schedules()
        self._polled_at = polled_at
        await self._tell_changes()

    async def go_on(self, worker_id: int, at_ms: int | None, by: Actor) -> DutyState:
        """上岗, now or (pressed offline) at `at_ms`; twice is once. Raises BadValue, NotFound or Unavailable."""
        at_ms = instant_of(at_ms, self._now_ms())
        async with self._database.transaction() as connection:
            shifts, changes = await self._locked(connection, worker_id)
            changes += press_on(shifts, worker_id, at_ms, self._now_ms())
            await self._save(connection, "duty.on", changes, worker_id, at_ms, by)
        return self._entered(worker_id, changes)

    async def go_off(self, worker_id: int, at_ms: int | None, by: Actor) -> DutyState:
        """下岗, by the phone or by a supervisor; twice is once. Raises BadValue, NotFound or Unavailable."""
        at_ms = instant_of(at_ms, self._now_ms())
        source = Source.PHONE if by.account_id is None else Source.SUPERVISOR
        async with self._database.transaction() as connection:
            shifts, changes = await self._locked(connection, worker_id)
            by_schedule = self._book.state(worker_id, at_ms).source is Source.SCHEDULE
            changes += press_off(shifts, worker_id, at_ms, source=source, on_by_schedule=by_schedule)
            await self._save(connection, "duty.off", changes, worker_id, at_ms, by)
        return self._entered(worker_id, changes)

    async def set_schedule(self, worker_id: int, windows: Sequence[Window], by: Actor) -> None:
        """Replace a worker's weekly schedule; raises NotFound or Unavailable."""
        rows = [(worker_id, window.weekday, clock_of(window.starts), clock_of(window.ends)) for window in windows]
        async with self._database.transaction() as connection:
            await self._lock(connection, worker_id)
            await connection.execute(_SQL.clear_schedule, worker_id)
            await connection.executemany(_SQL.write_window, rows)
            detail = {"windows": [f"{weekday} {starts}-{ends}" for _, weekday, starts, ends in rows]}
            await self._write(connection, "duty.schedule", worker_id, by, detail)
        self._changes += 1
        self._book.set_windows(worker_id, windows)
        self._tell(worker_id, self._now_ms())

    @property
    def on_duty(self) -> frozenset[int]:
        """Workers on duty, as last told to the bus; for readers that begin later."""
        return frozenset(self._on)

    def count_dropped(self, dropped: Mapping[int, int]) -> None:
        """Note how many fixes of each worker were not stored; written every few seconds, counts only."""
        today = local_day(self._now_ms())
        for worker_id, fixes in dropped.items():
            self._dropped[worker_id, today] += fixes

    async def run(self) -> None:
        """Tick for ever; a database that is away is waited for."""
        ticks = 0
        while True:
            await asyncio.sleep(TICK_S)
            ticks += 1
            try:
                await self.tick(schedules=ticks % SCHEDULE_TICKS == 0)
            except Unavailable as error:
                _log.warning("Duty was not refreshed: %s", error, extra={"action": "duty.refresh"})
                await self._tell_changes()  # limits and windows are known without the database

    async def tick(self, *, schedules: bool = True) -> None:
        """Write counts, close what reached its limit, take in what others changed, and tell the bus."""
        await self.flush_dropped()
        await self._close_overdue()
        await self._poll(schedules=schedules)
        self._forget_old()
        await self._tell_changes()

    async def refresh(self) -> None:
        """Take in at once what other processes changed; raises Unavailable."""
        await self._poll(schedules=True)

    async def refresh_workers(self, worker_ids: Iterable[int]) -> None:
        """Take in at once what other processes changed for some workers; raises Unavailable."""
        oldest = to_datetime(self._now_ms() - KEPT_MS)
        rows = await self._database.fetch(_SQL.read_shifts_of_some, list(worker_ids), oldest)
        self._book.put_all(map(_shift, rows))

    async def flush_dropped(self) -> None:
        """Write the counts of dropped fixes; what cannot be written is kept for the next time."""
        if not self._dropped:
            return
        taken, self._dropped = self._dropped, Counter()
        workers, days = zip(*taken, strict=True)
        try:
            await self._database.execute(_SQL.add_dropped, list(workers), list(days), list(taken.values()))
        except Unavailable:
            self._dropped.update(taken)
            raise

    async def _lock(self, connection: Connection, worker_id: int) -> None:
        if await connection.fetchval(_SQL.lock_worker, worker_id) is None:
            raise NotFound(kind="worker", key=worker_id)

    async def _locked(self, connection: Connection, worker_id: int) -> tuple[list[Shift], list[Shift]]:
        """The worker's shifts as they stand now, and those of them that the limit has just closed."""
        await self._lock(connection, worker_id)
        oldest = to_datetime(self._now_ms() - KEPT_MS)
        shifts = [_shift(row) for row in await connection.fetch(_SQL.read_shifts_of, worker_id, oldest)]
        closed = overdue(shifts, self._now_ms())
        return [*(shift for shift in shifts if shift.started_ms not in {c.started_ms for c in closed}), *closed], closed

    async def _save(
        self, connection: Connection, action: str, changes: list[Shift], worker_id: int, at_ms: int, by: Actor
    ) -> None:
        if not changes:
            return
        await connection.executemany(_SQL.write_shift, [_values(shift) for shift in changes])
        await self._write(connection, action, worker_id, by, {"at_ms": at_ms})

    async def _write(
        self, connection: Connection, action: str, worker_id: int, by: Actor, detail: dict[str, Any]
    ) -> None:
        await self._audit.write(
            action, subject=f"worker:{worker_id}", **msgspec.structs.asdict(by), detail=detail, connection=connection
        )

    def _entered(self, worker_id: int, changes: Iterable[Shift]) -> DutyState:
        self._changes += 1
        self._book.put_all(changes)
        self._tell(worker_id, self._now_ms())
        return self._book.state(worker_id, self._now_ms())

    async def _close_overdue(self) -> None:
        limit = timedelta(milliseconds=LONGEST_SHIFT_MS)
        started_before = to_datetime(self._now_ms()) - limit
        async with self._database.transaction() as connection:
            closed = [_shift(row) for row in await connection.fetch(_SQL.close_overdue, started_before, limit)]
            for shift in closed:
                detail = {"at_ms": shift.ended_ms}
                await self._write(connection, "duty.limit", shift.worker_id, Actor(area_code=""), detail)
        self._book.put_all(closed)

    async def _poll(self, *, schedules: bool) -> None:
        changes = self._changes
        polled_at = await self._database.fetchval(_SQL.read_clock)
        since = (self._polled_at or polled_at) - COMMIT_MARGIN
        rows = await self._database.fetch(_SQL.read_changed, since)
        if changes == self._changes:
            self._book.put_all(map(_shift, rows))
            self._polled_at = polled_at
        if schedules and await self._database.fetchval(_SQL.fingerprint_schedules) != self._schedules_print:
            await self._load_schedules()

    async def _load_schedules(self) -> None:
        changes = self._changes
        fingerprint = await self._database.fetchval(_SQL.fingerprint_schedules)
        rows = await self._database.fetch(_SQL.read_schedules)
        if changes == self._changes:
            self._schedules_print = fingerprint
            by_worker = groupby(rows, key=lambda row: row["worker_id"])
            self._book.set_all_windows({worker_id: tuple(map(_window, group)) for worker_id, group in by_worker})

    def _forget_old(self) -> None:
        if self._now_ms() - self._forgot_ms >= HOUR_MS:  # looks at every shift, so not at every tick
            self._forgot_ms = self._now_ms()
            self._book.forget_before(self._forgot_ms)

    async def _tell_changes(self) -> None:
        now_ms = self._now_ms()
        for count, worker_id in enumerate({*self._book.candidates(), *self._on}, start=1):
            self._tell(worker_id, now_ms)
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
        self._metrics.workers_on_duty.set(len(self._on))

    def _tell(self, worker_id: int, now_ms: int) -> None:
        on = self._book.state(worker_id, now_ms).on
        if on == (worker_id in self._on):
            return
        (self._on.add if on else self._on.discard)(worker_id)
        self._metrics.workers_on_duty.set(len(self._on))
        self._bus.publish(DutyChanged(worker_id=worker_id, on=on, at_ms=now_ms))


def _shift(row: Row) -> Shift:
    return Shift(
        worker_id=row["worker_id"],
        started_ms=to_ms(row["started_at"]),
        ended_ms=None if row["ended_at"] is None else to_ms(row["ended_at"]),
        source=Source(row["source"]),
    )


def _values(shift: Shift) -> tuple[int, datetime, datetime | None, str]:
    ended_at = None if shift.ended_ms is None else to_datetime(shift.ended_ms)
    return shift.worker_id, to_datetime(shift.started_ms), ended_at, shift.source


def _window(row: Row) -> Window:
    starts, ends = minute_of(row["starts"], "starts"), minute_of(row["ends"], "ends")
    return Window(weekday=row["weekday"], starts=starts, ends=ends)
