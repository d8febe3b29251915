"""Connections to PostgreSQL, with the driver's failures turned into ours in this one place."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import orjson

from tracker.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
ACQUIRE_TIMEOUT_S = 5.0
MAX_CONNECTIONS = 16  # the hot path uses one; the rest serve reads
RETRY_AFTER_S = 3

Connection = Any  # an asyncpg connection or its pool proxy: same methods, no common base
Row = asyncpg.Record

_AWAY = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,  # no room on the disk, no memory, too many connections
    asyncpg.OperatorInterventionError,  # it starts, shuts down, or a statement was ended
    asyncpg.PostgresSystemError,  # a disk that fails
    asyncpg.TransactionRollbackError,  # a deadlock: the same again is right
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


@contextlib.asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn the driver's errors into Conflict (a unique key is taken) or Unavailable.

    Only what blames the value itself (SQLSTATE classes 22 and 23) stays as it is, a bug. Everything else says nothing
    about what was sent: rights that are missing, a damaged page, a table that is not there.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Conflict("that name or key is taken already", detail=error.detail or str(error)) from error
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
        raise
    except _AWAY as error:
        raise _unavailable(error) from error
    except asyncpg.PostgresError as error:
        log.exception("The database fails for a reason of its own", extra={"action": "database_ill"})
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    detail = f"{type(error).__name__}: {error}"
    return Unavailable("the database is away", detail=detail, retry_after_s=RETRY_AFTER_S)


class Database:
    """A pool that opens lazily and survives a database that is away; every failure of it raises Unavailable."""

    def __init__(self, url: str, *, max_connections: int = MAX_CONNECTIONS) -> None:
        self.url = url
        self._max_connections = max_connections
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def _opened(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self.url,
                    min_size=0,
                    max_size=self._max_connections,
                    timeout=CONNECT_TIMEOUT_S,
                    command_timeout=60,
                    init=_prepare_connection,
                )
            return self._pool

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; raises Unavailable when the database is away."""
        async with translated():
            pool = self._pool or await self._opened()
            async with pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection inside one transaction, committed when the block ends without an error."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, statement: str, *args: object) -> list[Row]:
        """All rows of one statement."""
        async with self.connection() as connection:
            rows: list[Row] = await connection.fetch(statement, *args)
            return rows

    async def fetchrow(self, statement: str, *args: object) -> Row | None:
        """The first row, or None."""
        async with self.connection() as connection:
            row: Row | None = await connection.fetchrow(statement, *args)
            return row

    async def fetchval(self, statement: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(statement, *args)

    async def execute(self, statement: str, *args: object) -> str:
        """Run one statement; returns the command tag."""
        async with self.connection() as connection:
            return str(await connection.execute(statement, *args))

    async def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row, in one transaction."""
        async with self.connection() as connection:
            await connection.executemany(statement, rows)

    async def close(self) -> None:
        """Close every connection; waits at most a few seconds for borrowed ones."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            await asyncio.wait_for(pool.close(), timeout=5)
        except OSError:  # it takes too long, or the database is gone
            pool.terminate()


def is_lost(connection: Connection) -> bool:
    """Whether a borrowed connection has ended meanwhile."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool has taken it back by itself
        return True


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=_encode_json, decoder=orjson.loads, schema="pg_catalog", format="text"
        )


def _encode_json(value: object) -> str:
    return orjson.dumps(value).decode()
