"""The real PostgreSQL for tests: one embedded server per test process, one migrated database per test."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is no finding
hypothesis.settings.load_profile("house")

QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}  # a database that lives for one test
TEMPLATE = "template_sanxun"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The running server."""
    with tempfile.TemporaryDirectory(prefix="sanxun-test-") as folder:
        Path(folder).chmod(0o755)  # the server runs under another user when tests run as root
        server = EmbeddedPostgres(Path(folder) / "data", overrides=QUICK)
        server.start()
        yield server
        server.stop()


def url_of(server: EmbeddedPostgres, name: str) -> str:
    return server.url.replace("/sanxun?", f"/{name}?")


async def _template(server: EmbeddedPostgres) -> None:
    admin = Database(server.url, max_connections=1)
    if not await admin.fetchval("select 1 from pg_database where datname = $1", TEMPLATE):
        await admin.execute(f"create database {TEMPLATE}")
        template = Database(url_of(server, TEMPLATE), max_connections=1)
        await migrate(template)
        await template.close()
    await admin.close()


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A fresh migrated database of its own for each test."""
    await _template(postgres)
    name = f"test_{next(_numbers)}"
    admin = Database(postgres.url, max_connections=1)
    await admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    opened = Database(url_of(postgres, name))
    yield opened
    await opened.close()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()
