"""Keys of programs that send reports: made once, shown once, kept as digests, revoked at any time."""

from __future__ import annotations

import hashlib

import msgspec

from tracker.clock import NowMs, to_datetime, to_ms
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, Forbidden, TooMany
from tracker.people.limiter import AttemptLimiter, address_key

QUERIES = Queries.beside(__file__, "program_keys.sql")
MOST_NAME = 60
HOUR_MS = 3_600_000
REPORTS_PER_KEY = 600  # an hour, counted in the database: the same for any number of processes
WRONG_KEYS = 30  # an hour from one address, in each process


class ProgramKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that holds, without its text."""

    id: int
    name: str
    channel: str


class ProgramKeys:
    """Keys of one purpose; counts what each is used for and who tries wrong ones."""

    def __init__(self, *, purpose: str, database: Database, now_ms: NowMs) -> None:
        self._purpose = purpose
        self._database = database
        self._now_ms = now_ms
        self._wrong = AttemptLimiter(limit=WRONG_KEYS, window_ms=HOUR_MS)

    async def check(self, key: str, address: str, *, reports: int = 1) -> ProgramKey:
        """The key that was shown; raises Forbidden, or TooMany for many wrong ones or too many reports."""
        now_ms, caller = self._now_ms(), address_key(address)
        self._wrong.check(caller, now_ms)
        values = (digest(key), self._purpose, to_datetime(now_ms), reports, REPORTS_PER_KEY)
        row = await self._database.fetchrow(QUERIES.use, *values) if key else None
        if row is None:
            self._wrong.count(caller, now_ms)
            raise Forbidden("the key is missing or not valid")
        if row["is_over"]:
            left_ms = to_ms(row["since"]) + HOUR_MS - now_ms
            raise TooMany(f"more than {REPORTS_PER_KEY} reports in an hour", retry_after_s=-(-left_ms // 1000))
        return ProgramKey(id=row["id"], name=row["name"], channel=row["channel"])

    async def list(self) -> list[Row]:
        """Every key, newest first."""
        return await self._database.fetch(QUERIES.list, self._purpose)

    async def add(self, connection: Connection, key: str, name: str, channel: str, account_id: int) -> int:
        """Keep a new key's digest; its id."""
        values = (self._purpose, channel, digest(key), name, to_datetime(self._now_ms()), account_id)
        return int(await connection.fetchval(QUERIES.add, *values))

    async def revoke(self, connection: Connection, key_id: int) -> bool:
        """It opens nothing from now on; whether there was one."""
        values = (key_id, self._purpose, to_datetime(self._now_ms()))
        return await connection.fetchval(QUERIES.revoke, *values) is not None


def digest(key: str) -> bytes:
    """What is stored of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def checked_name(name: str) -> str:
    """Whose key or webhook it is; raises BadValue."""
    text = name.strip()
    if not 1 <= len(text) <= MOST_NAME or not text.isprintable():
        raise BadValue(field="name", value=text, allowed=f"1..{MOST_NAME} printable characters")
    return text
