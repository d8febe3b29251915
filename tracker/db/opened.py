"""A database for the length of a block: an outside one by its URL, or the embedded one of a data folder."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tracker.db.embedded import EmbeddedPostgres
from tracker.db.pool import Database


@contextlib.asynccontextmanager
async def open_database(url: str, data: Path) -> AsyncIterator[Database]:
    """For commands beside the server; raises DatabaseFailed when a server holds the data folder."""
    embedded = None if url else EmbeddedPostgres(data)
    database = Database(url or (embedded.start() if embedded else ""))
    try:
        yield database
    finally:
        await database.close()
        if embedded:
            embedded.stop()
