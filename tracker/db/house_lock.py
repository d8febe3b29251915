"""Who is the house: one process of all machines holds a lock of PostgreSQL, the others that could be it stand by."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack

from tracker.db.pool import Connection, Database, translated
from tracker.db.queries import Queries
from tracker.errors import SanxunError, Unavailable

log = logging.getLogger(__name__)
queries = Queries.beside(__file__, "house_lock.sql")

_KEY = 0x53414848
WAIT_S = 0.25  # how soon a stand-by follows
CHECK_S = 1.0


class HouseLost(SanxunError):
    """Another process became the house while this one had no connection to the database."""

    code = "house_lost"


class HouseLock:
    """`await take()`, then run `hold()` as a task; `release()` at the very end.

    The lock ends with its connection. After a break it is taken again; what this process knows is still true if nobody
    else was the house in between, which the term in the table tells.
    """

    def __init__(self, database: Database, on_stand_by: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_stand_by = on_stand_by
        self._open = AsyncExitStack()
        self._connection: Connection | None = None
        self._term = ""

    async def take(self) -> None:
        """Wait until this process is the house. Raises HouseLost where it was, and somebody else was since."""
        waits = False
        while not await self._try():
            if not waits:
                log.info("Another process is the house; standing by", extra={"action": "house.stand_by"})
                self._on_stand_by()
                waits = True
            await asyncio.sleep(WAIT_S)

    async def hold(self) -> None:
        """Watch the lock for ever; raises HouseLost."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                async with translated():
                    await self._held().fetchval("select 1")
            except Unavailable as error:
                log.warning("The house's lock is gone: %s", error, extra={"action": "house.lock_gone"})
                await self.release()
                await self.take()

    async def release(self) -> None:
        """Let another process be the house."""
        self._connection = None
        opened, self._open = self._open, AsyncExitStack()
        await opened.aclose()

    def _held(self) -> Connection:
        assert self._connection is not None  # noqa: S101  # take() made it
        return self._connection

    async def _try(self) -> bool:
        try:
            connection: Connection = await self._open.enter_async_context(self._database.connection())
            self._connection = connection
            async with translated():
                await connection.fetchrow(queries.notice_death)
                if await connection.fetchval(queries.try_lock, _KEY):
                    await self._enter(connection)
                    return True
        except Unavailable as error:
            if not self._term:
                raise
            log.debug("The house's lock cannot be asked for: %s", error)
        await self.release()
        return False

    async def _enter(self, connection: Connection) -> None:
        if not self._term:
            self._term = secrets.token_hex(8)
            await connection.execute(queries.write_term, self._term)
        elif await connection.fetchval(queries.read_term) != self._term:
            raise HouseLost("another process became the house in between")


async def identity(database: Database) -> str:
    """A word that is the same for all processes of one installation, and for no other. Raises Unavailable."""
    found: str = await database.fetchval(queries.read_identity)
    return found
