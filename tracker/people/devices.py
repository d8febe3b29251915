"""Workers' phones: their tokens in memory for the hot path, refreshed from the database, revoked at once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

import msgspec

from tracker.clock import NowMs, local_day, to_datetime, to_ms
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import NotFound, NotSignedIn, Unavailable
from tracker.people.model import Device
from tracker.people.tokens import digest, looks_right

_SQL = Queries.beside(__file__, "devices.sql")
_log = logging.getLogger(__name__)

POLL_S = 15.0  # for changes by other processes and by imports of the register
REFUSED_MS = 15_000  # a token that is not good is not asked about again for this long
MOST_REFUSED = 10_000  # tokens, about 2 MB
LOOKUPS_AT_ONCE = 4  # a flood of made-up tokens cannot take the connections of others
_NOT_GOOD = "this phone's token is not good: enrol the phone again"


class DeviceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A phone as it is listed; times in Unix ms."""

    id: int
    worker_id: int
    name: str
    app: str
    crs: str
    created_at_ms: int
    revoked_at_ms: int | None
    last_seen_ms: int | None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the newest upload of a phone told about it."""

    at_ms: int
    app: str
    skew_ms: int | None


class Devices:
    """All good tokens as a dictionary; `load()` first, then `run()` keeps it right."""

    def __init__(self, *, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms
        self._good: dict[bytes, Device] = {}
        self._refused: OrderedDict[bytes, int] = OrderedDict()  # hash -> until when, in ms
        self._print: object = None  # fingerprint of what was loaded
        self._changes = 0  # counts changes made here, so that a load that began before one is not believed
        self._seen: dict[int, Seen] = {}
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def by_token(self, token: str) -> Device:
        """The phone that holds the token; raises NotSignedIn, or Unavailable where only the database could tell."""
        hashed = digest(token)
        device = self._good.get(hashed)
        if device is not None:
            return device
        if not looks_right(token) or self._refused.get(hashed, 0) > self._now_ms():
            raise NotSignedIn(_NOT_GOOD)
        return await self._look_up(hashed)

    def by_digest(self, token_hash: bytes) -> Device | None:
        """The phone whose token has this digest, if memory knows it; None says nothing."""
        return self._good.get(token_hash)

    def seen(self, device_id: int, at_ms: int, app: str, skew_ms: int | None) -> None:
        """Note an upload of a phone; written to the database every few seconds, one row a phone."""
        self._seen[device_id] = Seen(at_ms=at_ms, app=app[:80], skew_ms=skew_ms)

    async def load(self) -> None:
        """Read every good token; raises Unavailable."""
        changes = self._changes
        today = local_day(self._now_ms())
        fingerprint = await self._database.fetchval(_SQL.fingerprint, today)
        rows = await self._database.fetch(_SQL.read_good, today)
        if changes == self._changes:
            self._good = {row["token_hash"]: device_of(row) for row in rows}
            self._print = fingerprint

    async def refresh(self) -> None:
        """Read everything again if anything changed in the database; raises Unavailable."""
        today = local_day(self._now_ms())
        if await self._database.fetchval(_SQL.fingerprint, today) != self._print:
            await self.load()

    async def run(self) -> None:
        """Refresh and write what was seen, for ever; a database that is away is waited for."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self.flush_seen()
                await self.refresh()
            except Unavailable as error:
                _log.warning("Devices were not refreshed: %s", error, extra={"action": "devices.refresh"})

    async def flush_seen(self) -> None:
        """Write what `seen` gathered; what cannot be written is kept for the next time."""
        taken, self._seen = self._seen, {}
        try:
            rows = [(key, to_datetime(seen.at_ms), seen.app, seen.skew_ms) for key, seen in taken.items()]
            if rows:
                await self._database.execute(_SQL.write_seen, *map(list, zip(*rows, strict=True)))
        except Unavailable:
            self._seen = taken | self._seen
            raise

    def add(self, token_hash: bytes, device: Device) -> None:
        """A phone was enrolled in this process: its token is good from now on."""
        self._changes += 1
        self._refused.pop(token_hash, None)
        self._good[token_hash] = device

    async def get(self, device_id: int) -> DeviceInfo:
        """One phone, revoked or not; raises NotFound."""
        row = await self._database.fetchrow(_SQL.read_one, device_id)
        if row is None:
            raise NotFound(kind="device", key=device_id)
        return _info(row)

    async def of_worker(self, worker_id: int) -> list[DeviceInfo]:
        """The worker's phones, newest first, at most a hundred."""
        return [_info(row) for row in await self._database.fetch(_SQL.read_of_worker, worker_id)]

    async def revoke(self, device_id: int) -> bool:
        """End a phone's token, at once in this process; False when it had ended before."""
        row = await self._database.fetchrow(_SQL.revoke, device_id, to_datetime(self._now_ms()))
        if row is None:
            return False
        self._changes += 1
        self._good.pop(row["token_hash"], None)
        self._refuse(row["token_hash"])
        return True

    async def change(self, device_id: int, *, name: str | None, crs: str | None) -> None:
        """Rename a phone, or declare the datum of an app that cannot say it."""
        await self._database.execute(_SQL.change, device_id, name, crs)
        self._changes += 1
        await self.load()

    async def _look_up(self, hashed: bytes) -> Device:
        async with self._lookups:
            row = await self._database.fetchrow(_SQL.read_by_hash, hashed, local_day(self._now_ms()))
        if row is None:
            self._refuse(hashed)
            raise NotSignedIn(_NOT_GOOD)
        self.add(hashed, device_of(row))
        return self._good[hashed]

    def _refuse(self, hashed: bytes) -> None:
        self._refused[hashed] = self._now_ms() + REFUSED_MS
        self._refused.move_to_end(hashed)
        if len(self._refused) > MOST_REFUSED:
            self._refused.popitem(last=False)


def device_of(row: Row) -> Device:
    """The caller that a row of `read_good` stands for."""
    return Device(id=row["id"], worker_id=row["worker_id"], grid_code=row["grid_code"], crs=row["crs"])


def _info(row: Row) -> DeviceInfo:
    return DeviceInfo(
        id=row["id"],
        worker_id=row["worker_id"],
        name=row["name"],
        app=row["app"],
        crs=row["crs"],
        created_at_ms=to_ms(row["created_at"]),
        revoked_at_ms=to_ms(row["revoked_at"]) if row["revoked_at"] else None,
        last_seen_ms=to_ms(row["last_seen_at"]) if row["last_seen_at"] else None,
    )
