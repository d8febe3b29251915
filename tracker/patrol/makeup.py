"""What a killed server or a gap on the bus left unfolded, found again by when uploads were received."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta

from tracker.clock import NowMs, day_start_ms, local_day
from tracker.db.pool import Database
from tracker.patrol import store
from tracker.patrol.latecomers import Latecomers

SLACK_MS = (
    10 * 60_000
)  # between the receipt of an upload and its Batch lie a commit, its repeats, and clocks that differ
NOTE_MS = 60_000  # the mark is written so often at most


class MakeUp:
    """The mark is an instant: uploads of earlier days that were received before it are folded and written.

    Nothing is written when an upload comes. At the start everything that was received since the mark is looked up, and
    the days that were not yet closed at the mark are folded as a whole. Today needs no mark: a start folds it anew.
    """

    def __init__(self, database: Database, late: Latecomers, now_ms: NowMs) -> None:
        self._database, self._late, self._now_ms = database, late, now_ms
        self._since_ms: int | None = None
        self._mark_ms = 0
        self._writing = asyncio.Lock()

    @property
    def is_asked(self) -> bool:
        """Whether something is to be looked up."""
        return self._since_ms is not None

    def ask(self, since_ms: int) -> None:
        """Look up what was received since an instant."""
        self._since_ms = since_ms if self._since_ms is None else min(self._since_ms, since_ms)

    async def load(self, today: date) -> list[date]:
        """At the start: ask for what is missing; returns the days to be folded as a whole. Raises Unavailable."""
        mark_ms = await store.read_mark(self._database)
        if mark_ms is None:
            return []
        self.ask(mark_ms)
        first = max(local_day(mark_ms), self._late.oldest)
        return [first + timedelta(days=n) for n in range((today - first).days)]

    async def find(self, today: date) -> list[int]:
        """Hand earlier days to the latecomers; returns the workers of today. Raises Unavailable: it stays asked."""
        since_ms, self._since_ms = self._since_ms, None
        if since_ms is None:
            return []
        try:
            received = await store.read_received(self._database, since_ms - SLACK_MS, self._late.oldest, today)
        except BaseException:
            self.ask(since_ms)
            raise
        for worker, day in received:
            if day < today:
                self._late.add_worker(worker, day)
        return [worker for worker, day in received if day == today]

    async def note(self, is_made_up: Callable[[], bool]) -> None:
        """Move the mark to now if nothing is missing. Raises Unavailable."""
        async with self._writing:
            now_ms = self._now_ms()
            if not self.is_asked and is_made_up() and now_ms >= self._mark_ms + NOTE_MS:
                await store.put_mark(self._database, now_ms)
                self._mark_ms = now_ms

    async def lower(self, day: date) -> None:
        """A day is to be folded again, also if the server is killed before it is. Raises Unavailable."""
        async with self._writing:
            await store.lower_mark(self._database, day_start_ms(day))
            self._mark_ms = 0
