"""A database for the length of a block: an outside one by its URL, or the embedded one of a data folder."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tracker.db.embedded import EmbeddedPostgres
from tracker.db.pool import Database
from tracker.errors import DatabaseFailed


@contextlib.asynccontextmanager
async def open_database(url: str, data: Path) -> AsyncIterator[Database]:
    """For commands: the outside database, the one of a server that runs beside us, or the embedded one started now."""
    embedded = None if url else EmbeddedPostgres(data)
    database = Database(url or _url_of(embedded))
    try:
        yield database
    finally:
        await database.close()
        if embedded:
            embedded.stop()


def _url_of(embedded: EmbeddedPostgres | None) -> str:
    if embedded is None:
        raise DatabaseFailed("neither a database URL nor a data folder is given")
    return embedded.running_url() or embedded.start()
