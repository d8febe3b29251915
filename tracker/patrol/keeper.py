"""Keeps today's rounds: folds steps as they come, opens and closes days, refolds what came late, writes behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

from tracker.bus.model import AreaEvent, Batch, Bus, Message
from tracker.clock import NowMs, local_day
from tracker.county.register import Register
from tracker.county.snapshot import Snapshot
from tracker.db.pool import Database
from tracker.errors import Unavailable
from tracker.metrics import Metrics
from tracker.patrol import store
from tracker.patrol.book import DayBook
from tracker.patrol.days import is_as_planned, open_day, refold
from tracker.patrol.duties import IsOnDuty
from tracker.patrol.ground import Ground
from tracker.patrol.latecomers import Latecomers
from tracker.patrol.ledger import Ledger, News
from tracker.patrol.makeup import MakeUp
from tracker.patrol.memory import give_back
from tracker.patrol.model import RoundKey, RoundResult, State
from tracker.patrol.past import Past
from tracker.patrol.planned import Planned

log = logging.getLogger(__name__)

FOLD_S = 0.2  # what was noted is folded together: one by one it costs many times as much
LOOK_S = 0.5  # judged and published so often
LEAST_FIXES, MOST_FIXES = 500, 8000  # in a portion
PORTION_S = 0.005  # of the loop's time, then requests have their turn
WRITE_S = 10.0  # results are written behind: history is what counts, and refolding gives the same
WRITE_ROUNDS = 250  # in one transaction; making them ready takes 5 ms of the loop's time
LAST_WRITE_S = 5.0  # a stop must not hang on it
RETRY_S = 5.0


class Keeper:
    """`await load()`, `bus.subscribe("patrol", read)`, run `run()` as a task.

    After writing plans, calendar, key points, leaves or reachable cells, call `await reload()`. After a gap in what the
    bus brought, call `catch_up`. Folding stays in the loop, in portions: its columns are read by requests at any
    moment, and on two cores a thread would only take from PostgreSQL what it gives to the loop.
    """

    def __init__(
        self, *, database: Database, register: Register, bus: Bus, metrics: Metrics, now_ms: NowMs, is_on_duty: IsOnDuty
    ) -> None:
        self._database, self._register, self._bus, self._metrics = database, register, bus, metrics
        self._now_ms, self._is_on_duty = now_ms, is_on_duty
        self._portion = LEAST_FIXES
        self._open_again = True
        self._wake = asyncio.Event()
        self._snapshot = register.snapshot
        self._stored: dict[RoundKey, RoundResult] = {}
        self._planned = Planned(database, register)
        self._past = Past(database, register, self._open)
        self._late = Latecomers(database, self._open, self.grids_of, now_ms, bus)
        self._makeup = MakeUp(database, self._late, now_ms)

    async def load(self) -> None:
        """Read what is planned; today's ground and steps follow in the background. Raises Unavailable."""
        await self._planned.read()
        self._adopt(DayBook(self.today, Ground([]), [], on_leave=frozenset(), is_on_duty=self._is_on_duty))
        for day in await self._makeup.load(self.today):
            self._late.add_grids(day, self._register.snapshot.grids)
        self._register.listeners.append(self._take_register)

    async def run(self) -> None:
        """Fold, judge, publish and write, for ever; when the database is away, go on when it is back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep(self._history_once), name="patrol history")
                tasks.create_task(self._keep(self._write_once), name="patrol writer")
                tasks.create_task(self._fold_all(), name="patrol fold")
                while True:
                    self.look()
                    await asyncio.sleep(LOOK_S)
        except asyncio.CancelledError:
            await self._write_last()
            raise

    def read(self, message: Message) -> None:
        """Note what a commit stored; returns at once."""
        if isinstance(message, Batch):
            self._book.note([(one.worker_id, one.started_at_ms, one.data) for one in message.segments])

    def catch_up(self, since_received_ms: int) -> None:
        """Batches since an instant may be missing: what was received since then is folded from history.

        Returns at once; calling it too often or too far back costs work and changes no result.
        """
        self._makeup.ask(since_received_ms)
        self._wake.set()

    def step(self) -> None:
        """Fold a portion of what was noted, judge what changed or is due, publish it."""
        self.fold()
        self.look()

    def fold(self) -> None:
        """Fold a portion of what was noted."""
        started = time.perf_counter()
        advanced = self._book.advance(self._portion)
        took_s = time.perf_counter() - started
        self._metrics.coverage_fold_seconds.observe(took_s)
        self._portion = next_portion(self._portion, took_s)
        self._metrics.coverage_fixes.inc(advanced.fixes)
        self._late.add(advanced.earlier)
        self._ledger.touch(advanced.changed)

    def look(self) -> None:
        """Judge what changed or is due, publish it."""
        self._publish(self._ledger.look(self._now_ms()))
        self._metrics.coverage_queue.set(self._book.pending)
        self._metrics.coverage_stale.set(len(self._book.stale))
        counts = self._ledger.counts()
        for state in State:
            self._metrics.patrol_rounds.labels(state=str(state)).set(counts[state])
        if self._needs_history:
            self._wake.set()

    async def reload(self) -> None:
        """Take changed plans, calendar, key points and leaves; if they change today, it is folded anew in a moment.

        Reachable cells that were drawn hold from tomorrow on.
        """
        await self._planned.read()
        self._past.forget()
        if not is_as_planned(
            self._book, self._planned.setting, await store.read_leaves(self._database, self._book.day)
        ):
            self._open_again = True
            self._wake.set()

    async def judge_again(self, worker_id: int, first: date, last: date) -> None:
        """Take changed leave of a worker: the closed rounds of these days, both inclusive, are judged anew."""
        first = max(first, self._late.oldest)
        day = first
        while day <= min(last, self.today - timedelta(days=1)):
            self._late.add_grids(day, self.grids_of(worker_id, day))
            day += timedelta(days=1)
        if day > first:
            await self._makeup.lower(first)
        await self.reload()
        self._wake.set()

    async def settle(self) -> None:
        """Do at once all that would be done in the background: for tests, and before a stop."""
        while self._needs_history or not self._book.is_settled:
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
        await self._makeup.note(self._is_made_up)

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

    def grids_of(self, worker_id: int, day: date) -> list[str]:
        """The grids for which the worker's steps count, their own first."""
        own = self._register.grid_of(worker_id)
        return [] if own is None else self._planned.walkable(day).grids(worker_id, own)

    def _is_made_up(self) -> bool:
        """Whether the tables hold all that was noted of earlier days."""
        is_today = not self._open_again and self._book.day == self.today
        return is_today and not self._late.waiting and not self._book.waiting_before(self._book.starts_ms)

    async def _fold_all(self) -> None:
        while True:
            started = time.perf_counter()
            while self._book.pending:
                left = self._book.pending
                self.fold()
                if self._book.pending >= left:  # they wait for their workers' history
                    break
                await asyncio.sleep(0)
            await asyncio.sleep(max(0.05, FOLD_S - (time.perf_counter() - started)))

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
        is_open = not self._open_again and self._book.day == self.today
        return not is_open or bool(self._book.stale) or self._makeup.is_asked or self._late.waiting

    async def _history_once(self) -> None:
        """Whatever needs the table: a new day, missed batches, stale workers, late steps of earlier days."""
        if self._open_again or self._book.day != self.today:
            await self._open_today()
        elif self._makeup.is_asked:
            self._book.stale.update(self._book.workers.intersection(await self._makeup.find(self._book.day)))
        elif self._book.stale:
            self._ledger.touch(await refold(self._database, self._book))
            self._metrics.coverage_refolds.inc()
        elif self._late.waiting:
            await self._late.fold_once()
            self._past.forget()
        else:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)

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
            await self._planned.read()
            book = await self._open(self.today)
            self._stored = await store.read_day(self._database, book.day)
        except BaseException:
            self._open_again = True
            raise
        self._late.add(self._book.waiting_before(book.starts_ms))  # today's will be read from history
        self._adopt(book)
        await asyncio.to_thread(give_back)  # opening takes some 60 MB for a moment
        log.info("patrol day %s opened: %d rounds", book.day, len(book.rounds), extra={"action": "patrol.day"})

    async def _open(self, day: date, only: Sequence[str] | None = None) -> DayBook:
        return await open_day(
            self._database,
            self._planned.setting,
            self._register.snapshot,
            day,
            is_on_duty=self._is_on_duty,
            only=only,
            known=self._book.ground,
        )

    def _adopt(self, book: DayBook) -> None:
        self._book = book
        self._ledger = Ledger(book)

    def _take_register(self, snapshot: Snapshot) -> None:
        self._planned.forget_walkers()
        if snapshot.version != self._snapshot.version:
            self._open_again = True
            self._wake.set()


def next_portion(fixes: int, took_s: float) -> int:
    """How many fixes to fold at once after so many took so long: the first of a round cost five times the later."""
    wanted = fixes // 2 if took_s > PORTION_S else fixes * 2 if took_s < PORTION_S / 3 else fixes
    return min(max(wanted, LEAST_FIXES), MOST_FIXES)
