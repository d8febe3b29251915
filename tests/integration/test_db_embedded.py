from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.db.cluster_home import copied_binaries, wheel_binaries
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import BadMigration, migrate, pending, read
from tracker.db.pool import Database
from tracker.errors import DatabaseFailed, Unavailable, WrongSetting


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sanxun-pg-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


async def test_rows_are_there_after_a_restart(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    database = Database(server.url)
    await database.execute("create table kept as select 17 as answer")
    await database.close()
    server.stop()
    again = EmbeddedPostgres(folder)
    database = Database(again.start())
    assert await database.fetchval("select answer from kept") == 17
    await database.close()
    again.stop()


def test_a_second_program_on_the_same_folder_is_told_so(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    with pytest.raises(DatabaseFailed, match="in use by another"):
        EmbeddedPostgres(folder).start()
    server.stop()


async def test_a_killed_parent_leaves_no_orphan_and_no_loss(folder: Path) -> None:
    script = """
        import asyncio, pathlib, sys, time
        from tracker.db.embedded import EmbeddedPostgres
        from tracker.db.pool import Database
        server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
        server.start()
        async def write():
            database = Database(server.url)
            await database.execute("create table kept as select generate_series(1, 100) as n")
        asyncio.run(write())
        print(server.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(  # noqa: ASYNC220  # blocking is what this test means
        [sys.executable, "-c", textwrap.dedent(script), str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    postmaster = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    server = EmbeddedPostgres(folder)
    database = Database(server.start())
    assert server.pid != postmaster
    assert await database.fetchval("select count(*) from kept") == 100
    await database.close()
    server.stop()
    assert not _alive(postmaster)


async def test_a_killed_server_comes_back_under_watch(folder: Path) -> None:
    import asyncio

    server = EmbeddedPostgres(folder)
    database = Database(server.start())
    await database.execute("create table kept as select 1 as n")
    watch = asyncio.create_task(server.watch(), name="watch")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert await _eventually(database) == 1
    watch.cancel()
    await database.close()
    server.stop()


async def test_every_migration_is_applied_once(database: Database) -> None:
    assert await pending(database) == []
    assert await migrate(database) == []
    assert await database.fetchval("select count(*) from schema_migration") == len(read())


async def test_an_edited_migration_is_refused(database: Database) -> None:
    await database.execute("update schema_migration set checksum = 'x' where number = 1")
    with pytest.raises(BadMigration, match="edited after"):
        await migrate(database)


async def test_an_absent_database_is_unavailable(folder: Path) -> None:
    with pytest.raises(Unavailable, match="away"):
        await Database(f"postgresql://nobody@/none?host={folder}").fetchval("select 1")


def _alive(pid: int) -> bool:
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


async def _eventually(database: Database) -> int:
    import asyncio

    deadline = time.monotonic() + 20
    while True:
        try:
            return int(await database.fetchval("select n from kept"))
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


def test_a_data_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    for folder in (in_the_way, in_the_way / "below"):
        with pytest.raises(WrongSetting, match=r"data = .*can make and write"):
            EmbeddedPostgres(folder).start()


def test_a_copy_of_the_binaries_runs_where_the_wheel_cannot_be_reached(tmp_path: Path) -> None:
    """Root with the program in its home: PostgreSQL runs as a user who may not enter there."""
    copied = copied_binaries(wheel_binaries(), tmp_path)
    assert copied.is_relative_to(tmp_path)
    for program in ("postgres", "initdb", "pg_isready"):
        linked = subprocess.run(["ldd", str(copied / program)], check=True, capture_output=True, text=True).stdout
        assert "not found" not in linked
    assert copied_binaries(wheel_binaries(), tmp_path) == copied
