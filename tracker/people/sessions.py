"""Sessions of signed-in people: opened, looked up on every request, kept alive by live streams, ended in time."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from tracker.clock import NowMs, to_datetime, to_ms
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import NotSignedIn, Unavailable
from tracker.geo.area import Area
from tracker.people.audit import Audit
from tracker.people.model import Account, Role
from tracker.people.sign_in import SignIn
from tracker.people.tokens import digest, looks_right, new_token

_SQL = Queries.beside(__file__, "sessions.sql")
_log = logging.getLogger(__name__)

LONGEST_MS = 12 * 3600_000  # a shift at the duty desk; setting session_hours
IDLE_MS = 60 * 60_000  # an open live stream counts as use; setting session_idle_minutes
TOUCH_MS = 60_000  # the database hears of use at most this often per session
CACHE_MS = 10_000  # a session ended elsewhere is believed for this long
SWEEP_S = 5.0  # with CACHE_MS the bound for closing the sockets of an ended session
MOST_CACHED = 5_000  # sessions, about 2 MB
_NO_SESSION = "sign in first: the session has ended or never was"

Ended = Callable[[bytes], None]
InUse = Callable[[], Iterable[bytes]]


class OpenedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh session; the token is shown to the browser once and not kept."""

    token: str
    account: Account


class Sessions:
    """The sessions of one server; `run()` keeps those with a live stream alive, and ends streams.

    A session ends `longest_ms` after it was opened, or `idle_ms` after it was last used.
    """

    def __init__(
        self,
        *,
        database: Database,
        sign_in: SignIn,
        audit: Audit,
        now_ms: NowMs,
        longest_ms: int = LONGEST_MS,
        idle_ms: int = IDLE_MS,
    ) -> None:
        self.longest_ms = longest_ms
        self._idle_ms = idle_ms
        self._database = database
        self._sign_in = sign_in
        self._audit = audit
        self._now_ms = now_ms
        self._known: OrderedDict[bytes, tuple[int, Account | None]] = OrderedDict()  # hash -> (looked up at, account)
        self._in_use: list[InUse] = []
        self._on_ended: list[Ended] = []

    def on_ended(self, callback: Ended) -> None:
        """Call back with the session's hash when it ends; for the live room, which closes its sockets."""
        self._on_ended.append(callback)

    def in_use(self, source: InUse) -> None:
        """Ask here, every few seconds, for the hashes of sessions with an open stream: they do not become idle.

        Without it a stream is neither kept alive nor closed when its session is ended by another process.
        """
        self._in_use.append(source)

    async def open(self, name: str, password: str, address: str, agent: str) -> OpenedSession:
        """Sign in; raises NotSignedIn, TooMany or Unavailable."""
        account_id = await self._sign_in.check(name, password, address)
        token = new_token()
        hashed, now_ms = digest(token), self._now_ms()
        times = (to_datetime(now_ms), to_datetime(now_ms + self.longest_ms))
        await self._database.execute(_SQL.insert_session, hashed, account_id, *times, address[:64], agent[:200])
        account = await self._look_up(hashed)
        await self._write("session.open", account, address)
        return OpenedSession(token=token, account=account)

    async def account_of(self, token: str) -> Account:
        """The account that holds the token; raises NotSignedIn, or Unavailable for one that is not in memory."""
        if not looks_right(token):
            raise NotSignedIn(_NO_SESSION)
        hashed = digest(token)
        looked_up_ms, account = self._known.get(hashed, (0, None))
        now_ms = self._now_ms()
        if looked_up_ms and now_ms - looked_up_ms < CACHE_MS:
            if account is None or now_ms >= account.expires_at_ms:
                raise NotSignedIn(_NO_SESSION)
            return account
        return await self._look_up(hashed)

    async def close(self, account: Account, address: str = "") -> None:
        """Sign out the session that the account came with."""
        await self._database.execute(_SQL.delete_sessions, [account.session_hash])
        self._forget([account.session_hash])
        await self._write("session.close", account, address)

    async def close_all(self, account_id: int, *, but: bytes = b"") -> int:
        """End every session of an account except the one with the hash `but`; returns how many."""
        rows = await self._database.fetch(_SQL.delete_sessions_of, account_id, but)
        self._forget(row["token_hash"] for row in rows)
        return len(rows)

    async def run(self) -> None:
        """Sweep for ever; when the database is away nobody is thrown out."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Unavailable as error:
                _log.warning("Sessions were not swept: %s", error, extra={"action": "sessions.sweep"})

    async def sweep(self) -> None:
        """Keep sessions with a live stream alive, end those that were revoked or expired, and clear old rows."""
        now_ms = self._now_ms()
        if asked := [*{hashed for source in self._in_use for hashed in source()}]:
            await self._touch(asked, now_ms)
            rows = await self._database.fetch(_SQL.find_valid, asked, to_datetime(now_ms))
            self._forget(set(asked) - {row["token_hash"] for row in rows})
        await self._database.execute(_SQL.delete_old, to_datetime(now_ms), to_datetime(now_ms - self._idle_ms))

    async def _touch(self, hashes: list[bytes], now_ms: int) -> None:
        untouched_since = to_datetime(now_ms - TOUCH_MS)
        await self._database.execute(_SQL.touch, hashes, to_datetime(now_ms), untouched_since)

    async def _look_up(self, hashed: bytes) -> Account:
        now_ms = self._now_ms()
        row = await self._database.fetchrow(
            _SQL.find_session, hashed, to_datetime(now_ms), to_datetime(now_ms - self._idle_ms)
        )
        account = _account(row) if row else None
        was_good = self._known.get(hashed, (0, None))[1] is not None
        self._remember(hashed, now_ms, account)
        if row is None or account is None:
            if was_good:
                self._end([hashed])
            raise NotSignedIn(_NO_SESSION)
        if now_ms - to_ms(row["last_seen_at"]) >= TOUCH_MS:
            await self._touch([hashed], now_ms)
        return account

    async def _write(self, action: str, account: Account, address: str) -> None:
        await self._audit.write(
            action,
            subject=f"account:{account.id}",
            area_code=account.area.code,
            account_id=account.id,
            address=address,
        )

    def _remember(self, hashed: bytes, now_ms: int, account: Account | None) -> None:
        self._known[hashed] = (now_ms, account)
        self._known.move_to_end(hashed)
        if len(self._known) > MOST_CACHED:
            self._known.popitem(last=False)

    def _forget(self, hashes: Iterable[bytes]) -> None:
        now_ms = self._now_ms()
        gone = list(hashes)
        for hashed in gone:
            self._remember(hashed, now_ms, None)
        self._end(gone)

    def _end(self, hashes: Iterable[bytes]) -> None:
        for hashed in hashes:
            for callback in self._on_ended:
                callback(hashed)


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        area=Area.parse(row["area_code"]),
        session_hash=row["token_hash"],
        expires_at_ms=to_ms(row["expires_at"]),
        department=row["department_code"],
    )
