"""Notices of PostgreSQL: who keeps a copy of a table in memory hears of its change when that is committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tracker.db.pool import Database
from tracker.errors import Unavailable

log = logging.getLogger(__name__)

CHANNEL = "sanxun_changed"
RETRY_S = 1.0
CHECK_S = 5.0  # a connection that died without a word is noticed this soon

Refresh = Callable[[], Awaitable[None]]


class Changes:
    """`refreshes` by the word of the notice (migrations/0014_create_commit_marks.sql); run `run()` as a task.

    Each is called again for what is said while it runs, and all of them whenever the connection is new: notices
    may have been missed. A refresh that raises Unavailable is tried again.
    """

    def __init__(self, database: Database, refreshes: Mapping[str, Refresh]) -> None:
        self._database = database
        self._refreshes = refreshes
        self._due: set[str] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                await self._listen()
            except Unavailable as error:
                log.warning("Changes of other processes are not heard: %s", error, extra={"action": "listen.away"})
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        async with self._database.connection() as connection:
            await connection.add_listener(CHANNEL, self._heard)
            connection.add_termination_listener(self._ended)
            try:
                self._due.update(self._refreshes)
                while not connection.is_closed():
                    await self._refresh_due()
                    await self._wait()
                    await connection.fetchval("select 1")
            finally:
                connection.remove_termination_listener(self._ended)
                if not connection.is_closed():
                    await connection.remove_listener(CHANNEL, self._heard)

    async def _refresh_due(self) -> None:
        while self._due:
            word = self._due.pop()
            try:
                await self._refreshes[word]()
            except BaseException:
                self._due.add(word)
                raise

    async def _wait(self) -> None:
        self._wake.clear()
        if self._due:
            return
        try:
            async with asyncio.timeout(CHECK_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _ended(self, _connection: Any) -> None:
        self._wake.set()

    def _heard(self, _connection: Any, _pid: int, _channel: str, word: str) -> None:
        if word in self._refreshes:
            self._due.add(word)
            self._wake.set()
