"""Steps that come after their day: the rounds that they touch are folded anew from history, and say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from tracker.bus.model import AreaEvent, Bus
from tracker.clock import NowMs, local_day
from tracker.db.pool import Database
from tracker.patrol import store
from tracker.patrol.book import DayBook
from tracker.patrol.days import refold
from tracker.patrol.ledger import round_news
from tracker.patrol.model import RoundKey, RoundResult

OLDEST_DAYS = 7  # as long as the duty book knows who was on duty
GRIDS_AT_ONCE = 200
Open = Callable[[date, Sequence[str] | None], Awaitable[DayBook]]


class Latecomers:
    """Days to fold again: for all grids, or for those that some workers walk in."""

    def __init__(
        self,
        database: Database,
        open_book: Open,
        grids_of: Callable[[int, date], list[str]],
        now_ms: NowMs,
        bus: Bus,
    ) -> None:
        self._database, self._open, self._grids_of, self._now_ms, self._bus = database, open_book, grids_of, now_ms, bus
        self._grids: dict[date, dict[str, None]] = {}
        self._workers: dict[date, set[int]] = {}
        self._is_folding = False

    @property
    def waiting(self) -> bool:
        """Whether anything is left to fold, or to be told to the look for signals."""
        return bool(self._is_folding or self._grids or self._workers)

    @property
    def oldest(self) -> date:
        """The first day whose rounds are still folded again."""
        return local_day(self._now_ms()) - timedelta(days=OLDEST_DAYS)

    def add(self, late: Iterable[tuple[int, int]]) -> None:
        """Steps of workers, with their time, that came after their day."""
        for worker, day in {(worker, local_day(at_ms)) for worker, at_ms in late}:
            self.add_worker(worker, day)

    def add_worker(self, worker_id: int, day: date) -> None:
        """Something of a worker came after that day."""
        if day >= self.oldest:
            self._workers.setdefault(day, set()).add(worker_id)
            self.add_grids(day, self._grids_of(worker_id, day))

    def add_grids(self, day: date, codes: Iterable[str]) -> None:
        """Grids of a past day whose rounds are to be folded again."""
        codes = list(codes)
        if codes:
            self._grids.setdefault(day, {}).update(dict.fromkeys(codes))

    async def fold_once(self) -> None:
        """Fold some grids of one day again, and write what that changed. Raises Unavailable: then try again.

        What is kept for the look for signals is written last, when all grids are folded: a kill before it is made up
        for at the next start (`Keeper.catch_up`).
        """
        self._is_folding = True
        try:
            await (self._fold_grids() if self._grids else self._tell_workers())
        finally:
            self._is_folding = False

    async def _fold_grids(self) -> None:
        day, waiting = next(iter(self._grids.items()))
        codes = list(waiting)[:GRIDS_AT_ONCE]
        for code in codes:  # taken out before history is read: what comes from now on is another turn
            del waiting[code]
        if not waiting:
            del self._grids[day]
        try:
            book = await self._open(day, codes)
            while book.stale:
                await refold(self._database, book)
            await self._write(book, await store.read_day(self._database, day))
        except BaseException:
            self.add_grids(day, codes)
            raise

    async def _tell_workers(self) -> None:
        day, workers = self._workers.popitem()
        try:
            await store.put_late(self._database, sorted(workers), day, self._now_ms())
        except BaseException:
            self._workers.setdefault(day, set()).update(workers)
            raise

    async def _write(self, book: DayBook, stored: dict[RoundKey, RoundResult]) -> None:
        now_ms = self._now_ms()
        found = [book.result(place, now_ms) for place in range(len(book.rounds))]
        pairs = [(one, stored.get(one.key)) for one in found]
        changed = [_said(one, before, now_ms) for one, before in pairs if _differs(one, before)]
        walks = [walk for one in changed for walk in book.walks_of(one, now_ms)]
        if changed:
            await store.write_results(self._database, changed, walks, now_ms)
            parts = [(one.grid_code, round_news(one)) for one in changed]
            self._bus.publish(AreaEvent(kind="round", data={"day": book.day.isoformat()}, parts=parts))


def _differs(found: RoundResult, before: RoundResult | None) -> bool:
    return before is None or _facts(found) != _facts(before)


def _facts(one: RoundResult) -> tuple[object, ...]:
    return one.state, one.bitmap, round(one.minutes, 2), one.visited, one.fixes


def _said(found: RoundResult, before: RoundResult | None, now_ms: int) -> RoundResult:
    """With the mark of a revision; a round that was never closed is closed, not revised."""
    if before is None or not before.state.is_final:
        return found
    return replace(found, revised_ms=now_ms)
