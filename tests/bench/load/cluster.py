"""A cluster of a benchmark's own: the embedded PostgreSQL in a passing folder, its processor time and its log."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.load.house import cpu_s
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.pool import Database


@contextmanager
def cluster() -> Iterator[EmbeddedPostgres]:
    """Start it, stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="sanxun-bench-") as folder:
        Path(folder).chmod(0o755)  # the database runs under another user where we are root
        postgres = EmbeddedPostgres(Path(folder) / "data")
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()


def postgres_s(postgres: EmbeddedPostgres) -> float:
    """Processor seconds of the postmaster, its children, and those that have ended."""
    return cpu_s(postgres.pid or 0, children=True)


async def log_bytes(database: Database) -> int:
    """The position in the write-ahead log."""
    return int(await database.fetchval("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"))


def load_average(when: str = "") -> str:
    """How busy the machine was in the last minutes."""
    return f"load average{when} " + " ".join(f"{value:.1f}" for value in os.getloadavg())
