"""Checks a name and a password, with locks against guessing that treat known and unknown names alike."""

from __future__ import annotations

from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import NotSignedIn
from tracker.people.audit import Audit
from tracker.people.limiter import AttemptLimiter, address_key
from tracker.people.lockout import MOST_COUNTED, lock_ms
from tracker.people.params import storable
from tracker.people.passwords import Passwords

_SQL = Queries.beside(__file__, "sign_in.sql")
FAILURES_PER_ADDRESS = 30  # a whole office may share one address
ADDRESS_WINDOW_MS = 15 * 60_000
MOST_NAME = 64  # characters
REFUSED = "the name or the password is wrong, or the account is locked for some minutes after wrong attempts"


class SignIn:
    """Says which account a name and a password belong to; every refusal reads the same."""

    def __init__(
        self,
        *,
        database: Database,
        passwords: Passwords,
        audit: Audit,
        now_ms: NowMs,
        failures_per_address: int = FAILURES_PER_ADDRESS,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._audit = audit
        self._now_ms = now_ms
        self._addresses = AttemptLimiter(limit=failures_per_address, window_ms=ADDRESS_WINDOW_MS)

    async def check(self, name: str, password: str, address: str) -> int:
        """The account's id; raises NotSignedIn, TooMany or Unavailable."""
        now_ms = self._now_ms()
        name = storable(name, MOST_NAME).lower()  # account names have no capitals, telephones' keyboards begin with one
        key = address_key(address)
        self._addresses.check(key, now_ms)
        self._addresses.count(key, now_ms)  # before the slow part, so that parallel guesses count as well
        account = await self._reserve_attempt(name)
        matches = await self._passwords.verify(account["password_hash"] if account else None, password)
        if account is None or not matches:
            await self._note_failure(account, address)
            raise NotSignedIn(REFUSED)
        self._addresses.forgive(key)
        await self._accept(account, password)
        return int(account["id"])

    async def _reserve_attempt(self, name: str) -> Row | None:
        """The account if an attempt is allowed; it is counted first, so no burst of guesses passes the limit."""
        now = to_datetime(self._now_ms())
        async with self._database.transaction() as connection:
            account: Row | None = await connection.fetchrow(_SQL.lock_by_name, name)
            if account is None or account["disabled_at"] or (account["locked_until"] or now) > now:
                return None
            failures = min(account["failed_count"] + 1, MOST_COUNTED)
            locked_until = to_datetime(self._now_ms() + lock_ms(failures)) if lock_ms(failures) else None
            await connection.execute(_SQL.count_failure, account["id"], failures, locked_until)
            return account

    async def _note_failure(self, account: Row | None, address: str) -> None:
        # An unknown name is not written down: people type their password into the wrong field.
        subject = f"account:{account['id']}" if account else "account:"
        area = account["area_code"] if account else ""
        await self._audit.write("session.refuse", subject=subject, area_code=area, address=address)

    async def _accept(self, account: Row, password: str) -> None:
        await self._database.execute(_SQL.clear_failures, account["id"])
        if self._passwords.needs_rehash(account["password_hash"]):
            renewed = await self._passwords.hash(password)
            await self._database.execute(_SQL.renew_hash, account["id"], renewed, account["password_hash"])
