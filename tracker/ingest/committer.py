"""Group commit: uploads that arrive while one commit runs share the next; each is answered only when it is durable."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from tracker.errors import Unavailable
from tracker.metrics import Metrics
from tracker.tracks.store import Entry, Written

log = logging.getLogger(__name__)

MAX_COMMIT_FIXES = 20_000  # about 10 ms of PostgreSQL; more would only make every upload in it wait longer
RETRY_AFTER_S = 5

Write = Callable[[Sequence[Entry]], Awaitable[Written]]
OnCommit = Callable[[Sequence[Entry], Written], None]


class _Waiting:
    __slots__ = ("answer", "entry", "weight")

    def __init__(self, entry: Entry, answer: asyncio.Future[int]) -> None:
        self.entry = entry
        self.answer = answer
        self.weight = max(1, len(entry.fixes) + len(entry.quarantined))


class Committer:
    """Takes entries, commits them in groups in the order of arrival, and gives each how many of its fixes were new.

    `gap_s` is the least time between the starts of two commits: longer groups cost less, shorter ones answer sooner.
    """

    def __init__(
        self, write: Write, on_commit: OnCommit, metrics: Metrics, *, gap_s: float, max_waiting_fixes: int
    ) -> None:
        self._write = write
        self._on_commit = on_commit
        self._metrics = metrics
        self._gap_s = gap_s
        self._limit = max_waiting_fixes
        self._waiting: deque[_Waiting] = deque()
        self._weight = 0
        self._wake = asyncio.Event()
        metrics.ingest_queue_limit.set(max_waiting_fixes)

    async def commit(self, entry: Entry) -> int:
        """Wait until `entry` is durable; returns how many fixes were stored for the first time.

        Raises Unavailable when the queue is full or the database is away: nothing of the entry was accepted.
        """
        waiting = _Waiting(entry, asyncio.get_running_loop().create_future())
        if self._weight + waiting.weight > self._limit:
            self._metrics.uploads_refused.labels("queue_full").inc()
            raise Unavailable("too many uploads are waiting", retry_after_s=RETRY_AFTER_S)
        self._waiting.append(waiting)
        self._add_weight(waiting.weight)
        self._wake.set()
        return await waiting.answer

    async def run(self) -> None:
        """Commit groups until cancelled; what waits then is refused."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    started = loop.time()
                    await self._commit_group(self._take())
                    if (rest := self._gap_s - (loop.time() - started)) > 0:
                        await asyncio.sleep(rest)
        finally:
            self._refuse(list(self._waiting), Unavailable("the server stops", retry_after_s=1))
            self._waiting.clear()

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        weight = 0
        while self._waiting and (not group or weight + self._waiting[0].weight <= MAX_COMMIT_FIXES):
            weight += self._waiting[0].weight
            group.append(self._waiting.popleft())
        self._add_weight(-weight)
        return group

    async def _commit_group(self, group: list[_Waiting]) -> None:
        try:
            with self._metrics.commit_seconds.time():
                written = await self._write([one.entry for one in group])
        except Unavailable as error:
            self._metrics.database_up.set(0)
            self._refuse(group, error)
        except asyncio.CancelledError:
            self._refuse(group, Unavailable("the server stops", retry_after_s=1))
            raise
        except Exception:
            log.exception("A group of %d uploads could not be stored", len(group), extra={"action": "commit_failed"})
            await self._one_by_one(group)
        else:
            self._metrics.database_up.set(1)
            self._metrics.commit_fixes.observe(sum(written.stored))
            self._settle(group, written)

    async def _one_by_one(self, group: list[_Waiting]) -> None:
        """One upload that the database refuses must not hold back the others."""
        if len(group) == 1:
            if not group[0].answer.done():
                group[0].answer.set_exception(NotStorable())
            return
        for one in group:
            await self._commit_group([one])

    def _settle(self, group: list[_Waiting], written: Written) -> None:
        self._on_commit([one.entry for one in group], written)
        for one, stored in zip(group, written.stored, strict=True):
            if not one.answer.done():
                one.answer.set_result(stored)

    def _refuse(self, group: list[_Waiting], error: Unavailable) -> None:
        for one in group:
            if not one.answer.done():
                self._metrics.uploads_refused.labels("database_away").inc()
                one.answer.set_exception(Unavailable(error.told, retry_after_s=error.retry_after_s))

    def _add_weight(self, change: int) -> None:
        self._weight += change
        self._metrics.ingest_queue.set(self._weight)


class NotStorable(Exception):
    """The database refuses this upload for a reason that is not its absence: a bug, found in the log."""
