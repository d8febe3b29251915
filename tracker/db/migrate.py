"""Forward-only migrations: every `NNNN_verb_object.sql` is applied once, in order, each in its own transaction."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from tracker.db.pool import Connection, Database
from tracker.errors import SanxunError

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
_NAME = re.compile(r"^(?P<number>\d{4})_[a-z]+_[a-z0-9_]+\.sql$")
_LOCK_KEY = 0x53414E58  # "SANX": one migrator at a time
OLDEST_SERVER = 150000  # PostgreSQL 15

_CREATE_LEDGER = """
create table if not exists schema_migration (
  number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())
"""


class BadMigration(SanxunError):
    """The migrations folder and the database do not fit each other; the message says where."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One file of the migrations folder."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text: an applied file must never be edited."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in order; raises BadMigration for a wrong name, a gap, or a file that does not say why."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.match(path.name)
        sql = path.read_text(encoding="utf-8")
        if not match or not sql.startswith("-- "):
            raise BadMigration(f"{path.name}: want NNNN_verb_object.sql whose first line is a comment that says why")
        found.append(Migration(number=int(match["number"]), name=path.name, sql=sql))
    for expected, migration in enumerate(found, start=1):
        if migration.number != expected:
            raise BadMigration(f"{migration.name}: number {expected:04d} was expected")
    return found


async def migrate(database: Database, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing; returns the names. Raises BadMigration, or Unavailable."""
    applied = []
    async with database.connection() as connection:
        await _check_server(connection)
        await connection.execute("select pg_advisory_lock($1)", _LOCK_KEY)
        try:
            await connection.execute(_CREATE_LEDGER)
            for migration in await _missing(connection, read(folder)):
                await _apply(connection, migration)
                applied.append(migration.name)
        finally:
            await connection.execute("select pg_advisory_unlock($1)", _LOCK_KEY)
    return applied


async def pending(database: Database, folder: Path = FOLDER) -> list[str]:
    """Names not yet applied, without changing anything (for /readyz)."""
    exists = await database.fetchval("select to_regclass('schema_migration') is not null")
    if not exists:
        return [migration.name for migration in read(folder)]
    async with database.connection() as connection:
        return [migration.name for migration in await _missing(connection, read(folder))]


async def _check_server(connection: Connection) -> None:
    number = int(await connection.fetchval("show server_version_num"))
    if number < OLDEST_SERVER:
        raise BadMigration(f"PostgreSQL {number // 10000} is too old; 15 or newer is needed")


async def _missing(connection: Connection, migrations: list[Migration]) -> list[Migration]:
    rows = await connection.fetch("select number, checksum from schema_migration")
    applied = {row["number"]: row["checksum"] for row in rows}
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise BadMigration(f"{migration.name} was edited after it was applied")
    if newer := set(applied) - {migration.number for migration in migrations}:
        raise BadMigration(f"the database has migrations {sorted(newer)} that this program does not know")
    return [migration for migration in migrations if migration.number not in applied]


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "insert into schema_migration (number, name, checksum) values ($1, $2, $3)",
            migration.number,
            migration.name,
            migration.checksum,
        )
