"""Group commit: uploads that arrive while one commit runs share the next; each is answered only when it is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tracker.errors import Unavailable
from tracker.ingest.waiting import Queue, Waiting, no_room
from tracker.metrics import Metrics

log = logging.getLogger(__name__)

MAX_COMMIT_FIXES = 20_000  # about 20 ms of work; more would only make every upload in it wait longer

Commit = Callable[[list[Waiting]], Awaitable[None]]  # stores and answers all of a group, or raises and answers none


class Committer:
    """Puts uploads into groups and commits one group at a time.

    An upload that comes when nothing is under way is committed at once. `gap_s` is the least time between the starts
    of two commits: with more load the groups grow by themselves.
    """

    def __init__(self, commit: Commit, metrics: Metrics, *, gap_s: float, max_waiting_fixes: int) -> None:
        self._commit = commit
        self._metrics = metrics
        self._gap_s = gap_s
        self._queue = Queue(max_waiting_fixes)
        self._wake = asyncio.Event()
        self._refused = {reason: metrics.uploads_refused.labels(reason) for reason in ("queue_full", "database_away")}
        metrics.ingest_queue_limit.set(max_waiting_fixes)

    def add(self, one: Waiting) -> None:
        """Take an upload in; it is answered when its group is committed, or now if there is no room."""
        try:
            self._queue.put(one)
        except Unavailable as error:
            self._refused["queue_full"].inc()
            one.done(error)
            return
        self._wake.set()

    def check_room(self, worker_id: int) -> None:
        """Raise Unavailable where an upload of this worker need not be read: there is no room for it."""
        if self._queue.is_shut_for(worker_id):
            self._refused["queue_full"].inc()
            raise no_room()

    async def run(self) -> None:
        """Commit groups until cancelled; what waits then is refused."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    started = loop.time()
                    await self._commit_group(self._queue.take(MAX_COMMIT_FIXES))
                    self._metrics.ingest_queue.set(self._queue.fixes)
                    self._metrics.ingest_queue_bytes.set(self._queue.size)
                    if (rest := self._gap_s - (loop.time() - started)) > 0:
                        await asyncio.sleep(rest)
        finally:
            while self._queue:
                self._refuse(self._queue.take(MAX_COMMIT_FIXES), Unavailable("the server stops", retry_after_s=1))

    async def _commit_group(self, group: list[Waiting]) -> None:
        try:
            with self._metrics.commit_seconds.time():
                await self._commit(group)
        except Unavailable as error:
            self._metrics.database_up.set(0)
            self._refuse(group, error)
        except asyncio.CancelledError:
            self._refuse(group, Unavailable("the server stops", retry_after_s=1))
            raise
        else:
            self._metrics.database_up.set(1)

    def _refuse(self, group: list[Waiting], error: Unavailable) -> None:
        self._refused["database_away"].inc(len(group))
        for one in group:
            one.done(Unavailable(str(error), retry_after_s=error.retry_after_s))
