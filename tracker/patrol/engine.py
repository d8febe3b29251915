"""The patrol engine: keeps today's rounds as steps come in, opens and closes them, and says what any round came to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tracker.bus.model import AreaEvent, Batch, Bus, Message
from tracker.clock import NowMs, local_day
from tracker.county.register import Register
from tracker.county.snapshot import Snapshot
from tracker.db.pool import Database
from tracker.errors import Unavailable
from tracker.geo.area import Area
from tracker.metrics import Metrics
from tracker.patrol import store
from tracker.patrol.book import DayBook, IsOnDuty
from tracker.patrol.days import Setting, Walkable, is_as_planned, open_day, reachable_on, read_setting, refold
from tracker.patrol.ground import Ground
from tracker.patrol.latecomers import Latecomers
from tracker.patrol.ledger import Ledger, News
from tracker.patrol.model import KeyPoint, Plan, RoundKey, RoundResult, RoundWindow, State, WalkResult
from tracker.patrol.past import Past

log = logging.getLogger(__name__)

TICK_S = 1.0
FOLD_FIXES = 8000  # a tick folds so many at most: some 20 ms of the loop's time
WRITE_S = 10.0  # results are written behind: history is what counts, and refolding gives the same
WRITE_ROUNDS = 2000  # in one transaction
LAST_WRITE_S = 5.0  # a stop must not hang on it
RETRY_S = 5.0
REPAIR_DAYS = 7  # so far back rounds that a stopped server left open are closed


class PatrolEngine:
    """`await load()`, `bus.subscribe("patrol", engine.read)`, run `run()` as a task. Look-ups never wait unless async.

    After writing plans, calendar, key points, leaves or reachable cells, call `await reload()`.
    """

    def __init__(
        self, *, database: Database, register: Register, bus: Bus, metrics: Metrics, now_ms: NowMs, is_on_duty: IsOnDuty
    ) -> None:
        self._database, self._register, self._bus, self._metrics = database, register, bus, metrics
        self._now_ms, self._is_on_duty = now_ms, is_on_duty
        self._open_again = True
        self._wake = asyncio.Event()
        self._snapshot = register.snapshot
        self._next_write = 0.0
        self._stored: dict[RoundKey, RoundResult] = {}
        self._past = Past(database, register, self._open)
        self._late = Latecomers(database, self._open, self.grids_of, now_ms, bus)

    async def load(self) -> None:
        """Read what is planned; today's ground and steps follow in the background. Raises Unavailable."""
        await self._read_setting()
        self._adopt(DayBook(self.today, Ground([]), [], on_leave=frozenset(), is_on_duty=self._is_on_duty))
        for day in await store.read_unfinished_days(self._database, self.today, REPAIR_DAYS):
            self._late.add_grids(day, self._register.snapshot.grids)
        self._register.listeners.append(self._take_register)

    async def run(self) -> None:
        """Fold, judge, publish and write, for ever; when the database is away, go on when it is back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep(self._history_once), name="patrol history")
                tasks.create_task(self._keep(self._write_once), name="patrol writer")
                while True:
                    started = time.perf_counter()
                    self.step()
                    await asyncio.sleep(max(0.1, TICK_S - (time.perf_counter() - started)))
        except asyncio.CancelledError:
            await self._write_last()
            raise

    def read(self, message: Message) -> None:
        """Note what a commit stored; returns at once."""
        if isinstance(message, Batch):
            self._book.note((one.worker_id, one.started_at_ms, one.data) for one in message.segments)

    def step(self) -> None:
        """One second's work: fold what was noted, judge what changed or is due, publish it."""
        with self._metrics.coverage_fold_seconds.time():
            advanced = self._book.advance(FOLD_FIXES)
        self._metrics.coverage_fixes.inc(advanced.fixes)
        self._late.add(advanced.earlier)
        self._ledger.touch(advanced.changed)
        self._publish(self._ledger.look(self._now_ms()))
        self._metrics.coverage_queue.set(self._book.pending)
        self._metrics.coverage_stale.set(len(self._book.stale))
        counts = self._ledger.counts()
        for state in State:
            self._metrics.patrol_rounds.labels(state=str(state)).set(counts[state])
        if self._book.stale or self.today != self._book.day:
            self._wake.set()

    async def reload(self) -> None:
        """Take changed plans, calendar, key points and leaves; if they change today, it is folded anew in a moment.

        Reachable cells that were drawn hold from tomorrow on.
        """
        await self._read_setting()
        self._past.forget()
        if not is_as_planned(self._book, self._setting, await store.read_leaves(self._database, self._book.day)):
            self._open_again = True
            self._wake.set()

    async def judge_again(self, worker_id: int, first: date, last: date) -> None:
        """Take changed leave of a worker: the closed rounds of these days, both inclusive, are judged anew."""
        day = max(first, self.today - timedelta(days=REPAIR_DAYS))
        while day <= min(last, self.today - timedelta(days=1)):
            self._late.add_grids(day, self.grids_of(worker_id, day))
            day += timedelta(days=1)
        await self.reload()
        self._wake.set()

    async def settle(self) -> None:
        """Do at once all that would be done in the background: for tests, and before a stop."""
        while self._open_again or self._book.day != self.today or not self._book.is_settled or self._late.waiting:
            self.step()
            if self._needs_history:
                await self._history_once()
            else:  # only what was noted is still to be folded: no reason to wait for a second each time
                await asyncio.sleep(0)
        while self._ledger.is_due(self._now_ms()):
            self.step()
        await self.write()

    async def write(self) -> None:
        """Write what the tables do not know yet."""
        while places := self._ledger.take_unwritten(WRITE_ROUNDS):
            ledger, now_ms = self._ledger, self._now_ms()
            found = [one for one in (ledger.results[place] for place in places) if one is not None]
            walks = [walk for one in found for walk in ledger.book.walks_of(one, now_ms)]
            try:
                await store.write_results(self._database, found, walks, now_ms)
            except BaseException:
                ledger.give_back(places)
                raise

    @property
    def today(self) -> date:
        """The present local day."""
        return local_day(self._now_ms())

    @property
    def day(self) -> date:
        """The local day that is kept in memory."""
        return self._book.day

    @property
    def is_settled(self) -> bool:
        """Whether today's rounds hold all that is stored: false for a while after the start and after late uploads."""
        return not self._open_again and self._book.is_settled

    def plan_of(self, code: str, day: date) -> Plan | None:
        """The plan that holds for a grid or division on a day."""
        return self._setting.plans.holding(code, day)

    def windows_of(self, code: str, day: date) -> tuple[RoundWindow, ...]:
        """The rounds of a grid or division (by the plan that holds for it) on a day."""
        return self._setting.windows(code, day)

    def present(self, code: str) -> RoundWindow | None:
        """The open round of today, else the last one that was, else the first of today; None when today has none."""
        return _present(self.windows_of(code, self.today), self._now_ms())

    def walkers_of(self, grid_code: str, day: date) -> list[int]:
        """Ids of the workers whose steps count for the grid."""
        return self._walkable(day).workers(grid_code)

    def grids_of(self, worker_id: int, day: date) -> list[str]:
        """The grids for which the worker's steps count, their own first."""
        own = self._register.grid_of(worker_id)
        return [] if own is None else self._walkable(day).grids(worker_id, own)

    def key_points_of(self, grid_code: str, day: date) -> list[KeyPoint]:
        """The key points to visit, in the order of their ids."""
        return self._setting.points_of(grid_code, day)

    async def cells_of(self, grid_codes: Sequence[str], day: date) -> dict[str, NDArray[np.int64]]:
        """The reachable cells by grid, ascending: bit i of a bitmap is cell i. Unknown grids are left out."""
        ground = self._book.ground
        if day == self._book.day and all(code in ground.index for code in grid_codes):
            return {code: ground.cells[ground.index[code]] for code in grid_codes}
        grids = self._register.snapshot.grids
        return await reachable_on(self._database, [grids[code] for code in grid_codes if code in grids], day)

    async def rounds_of(self, area: Area, day: date, ordinal: int) -> list[RoundResult]:
        """That round of every grid of the area, by code: today's from memory, past ones from the table."""
        if day != self._book.day or not self._book.rounds:  # after a start the table knows before the book does
            return await store.read_rounds(self._database, area.prefix, day, ordinal)
        return [self._today(place) for place in self._book.places_in(area, ordinal)]

    async def round_of(self, key: RoundKey) -> RoundResult | None:
        """One round."""
        found = await self.rounds_of(Area(key.grid_code), key.day, key.ordinal)
        return found[0] if found else None

    async def walks_of(self, key: RoundKey) -> list[WalkResult]:
        """What each worker gave to a round; workers without a step are left out."""
        place = self._book.at.get((key.grid_code, key.ordinal))
        if key.day != self._book.day or place is None:
            return await store.read_walks(self._database, key)
        return self._book.walks_of(self._today(place), self._now_ms())

    def made_up(self, key: RoundKey) -> tuple[RoundResult, frozenset[int]] | None:
        """A round of today that is over but may still be made up (补巡), with what was walked since; else None."""
        place, now_ms = self._book.at.get((key.grid_code, key.ordinal)), self._now_ms()
        if place is None or key.day != self._book.day or place in self._book.doubtful():
            return None
        window = self._book.rounds[place].window
        found, visited = self._book.made_up(place, now_ms)
        is_wanting = found.state in {State.MISSED, State.NO_DATA, State.LATE}
        return (found, visited) if is_wanting and window.ends_ms <= now_ms < window.until_ms else None

    async def rounds_at(self, area: Area, time_ms: int) -> list[RoundResult]:
        """The rounds that were open (or last open) at an instant, with what had been seen by then.

        A past day is folded from history at the first question, which takes seconds; the next answers are quick.
        """
        day, now_ms = local_day(time_ms), self._now_ms()
        book = self._book if day == self._book.day else await self._past.book(area, day)
        window = _present(self.windows_of(area.code, day), time_ms)
        if window is None:
            return []
        return [book.result_at(place, min(time_ms, now_ms), now_ms) for place in book.places_in(area, window.ordinal)]

    def _today(self, place: int) -> RoundResult:
        """As last looked at; after a start what the table says, until the steps have been folded again."""
        if (found := self._ledger.results[place]) is not None:
            return found
        found = self._book.result(place, self._now_ms())
        return self._stored.get(found.key, found) if place in self._book.doubtful() else found

    def _publish(self, news: News) -> None:
        day = self._book.day.isoformat()
        for ordinal, parts in news.coverage.items():
            self._bus.publish(AreaEvent(kind="coverage", data={"day": day, "ordinal": ordinal}, parts=parts))
        if news.states:
            self._bus.publish(AreaEvent(kind="round", data={"day": day}, parts=news.states))

    async def _keep(self, once: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await once()
            except Unavailable as error:
                log.warning("the patrol waits for the database: %s", error, extra={"action": "patrol.waits"})
                await asyncio.sleep(RETRY_S)

    @property
    def _needs_history(self) -> bool:
        return self._open_again or self._book.day != self.today or bool(self._book.stale) or self._late.waiting

    async def _history_once(self) -> None:
        """Whatever needs the table: a new day, stale workers, late steps of earlier days."""
        if self._open_again or self._book.day != self.today:
            await self._open_today()
        elif self._book.stale:
            self._ledger.touch(await refold(self._database, self._book))
            self._metrics.coverage_refolds.inc()
        elif self._late.waiting:
            await self._late.fold_once()
            self._past.forget()
        else:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_S)

    async def _write_once(self) -> None:
        await asyncio.sleep(WRITE_S)
        await self.write()

    async def _write_last(self) -> None:
        """On the way out: until the next start has folded the day again, the table is what people see."""
        try:
            async with asyncio.timeout(LAST_WRITE_S):
                self.step()
                while self._late.waiting:
                    await self._late.fold_once()
                await self.write()
        except (Unavailable, TimeoutError) as error:
            log.warning(
                "the last results are not written, history has them: %s", error, extra={"action": "patrol.left"}
            )

    async def _open_today(self) -> None:
        if self._book.day != self.today:
            await self.write()  # yesterday's last; what is still open then is closed as a late day
            self._late.add_grids(self._book.day, self._book.ground.codes)
        self._open_again = False
        self._snapshot = self._register.snapshot
        try:
            if self._snapshot.county is not None:
                await store.ensure_default(self._database, self._snapshot.county.code, self.today)
            await self._read_setting()
            book = await self._open(self.today)
            self._stored = await store.read_day(self._database, book.day)
        except BaseException:
            self._open_again = True
            raise
        self._late.add(self._book.waiting_before(book.starts_ms))  # today's will be read from history
        self._adopt(book)
        log.info("patrol day %s opened: %d rounds", book.day, len(book.rounds), extra={"action": "patrol.day"})

    async def _open(self, day: date, only: Sequence[str] | None = None) -> DayBook:
        return await open_day(
            self._database,
            self._setting,
            self._register.snapshot,
            day,
            is_on_duty=self._is_on_duty,
            only=only,
            known=self._book.ground,
        )

    async def _read_setting(self) -> None:
        self._setting: Setting = await read_setting(self._database)
        self._walkables: dict[date, Walkable] = {}

    def _adopt(self, book: DayBook) -> None:
        self._book = book
        self._ledger = Ledger(book)

    def _walkable(self, day: date) -> Walkable:
        if day not in self._walkables:
            if len(self._walkables) > 8:
                self._walkables.clear()
            self._walkables[day] = Walkable(self._register.snapshot, self._setting.plans, day)
        return self._walkables[day]

    def _take_register(self, snapshot: Snapshot) -> None:
        self._walkables = {}
        if snapshot.version != self._snapshot.version:
            self._open_again = True
            self._wake.set()


def _present(windows: Sequence[RoundWindow], time_ms: int) -> RoundWindow | None:
    begun = [one for one in windows if one.starts_ms <= time_ms]
    return begun[-1] if begun else windows[0] if windows else None
