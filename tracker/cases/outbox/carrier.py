"""Carries deliveries of webhooks to their receivers: signed, bounded, tried again, given up in the open.

A delivery is taken with a lease: while it is under way its `due_at` lies in the future, so no other process takes it,
and when this one dies it comes up again. Receivers tell repeats by `webhook-id`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

import aiohttp

from tracker.cases.outbox.addresses import OutsideResolver, checked_url
from tracker.cases.outbox.backoff import MOST_TRIES, rest_ms, wait_ms
from tracker.cases.outbox.model import Due, Outcome, secret_about
from tracker.cases.outbox.signing import headers
from tracker.cases.outbox.teller import SQL
from tracker.cases.persons import Persons
from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Database
from tracker.errors import SanxunError, Unavailable
from tracker.metrics import Metrics

_log = logging.getLogger(__name__)

TICK_S = 1.0
AT_ONCE = 16  # open requests of one process
TIMEOUT_S = 10.0
LEASE_MS = 60_000  # well beyond the time-out
LOOK_MS = 10_000  # between two counts of what waits
TIDY_MS = 3_600_000
DAY_MS = 86_400_000
SENT_DAYS, DONE_DAYS, DEAD_DAYS = 7, 30, 90  # how long each is kept for people to look at
AGENT = "Sanxun-Webhooks/1"


class Carrier:
    """`run()` for ever; `chance` gives 0..1 for the jitter."""

    def __init__(
        self, *, database: Database, persons: Persons, metrics: Metrics, now_ms: NowMs, allow_private: bool = False,
        chance: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._database = database
        self._persons = persons
        self._metrics = metrics
        self._now_ms = now_ms
        self._allow_private = allow_private
        self._chance = chance
        self._poked = asyncio.Event()
        self._looked_ms = self._tidied_ms = 0

    def poke(self) -> None:
        """There is something to carry."""
        self._poked.set()

    async def run(self) -> None:
        """Carry for ever; a database that is away is waited for."""
        async with self.session() as session:
            while True:
                try:
                    await self.tick(session)
                except Unavailable as error:
                    _log.warning("Webhooks wait: %s", error, extra={"action": "webhook.wait"})
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._poked.wait(), TICK_S)

    def session(self) -> aiohttp.ClientSession:
        """What requests go through: no cookies, no proxies of the environment, public addresses only."""
        resolver = None if self._allow_private else OutsideResolver()
        connector = aiohttp.TCPConnector(limit=AT_ONCE, resolver=resolver, ttl_dns_cache=None, use_dns_cache=False)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        jar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar, trust_env=False)

    async def tick(self, session: aiohttp.ClientSession) -> None:
        """Everything that is due now, and the housekeeping."""
        self._poked.clear()
        while await self.carry(session):
            pass
        await self._look()
        await self._tidy()

    async def carry(self, session: aiohttp.ClientSession) -> bool:
        """One batch; whether there may be more."""
        now_ms = self._now_ms()
        values = to_datetime(now_ms), AT_ONCE, to_datetime(now_ms + LEASE_MS)
        rows = await self._database.fetch(SQL.take_due, *values)
        due = [Due(**dict(row)) for row in rows]
        outcomes = await asyncio.gather(*(self._post(session, one) for one in due))
        for one, outcome in zip(due, outcomes, strict=True):
            await self._settle(one, outcome)
        return len(rows) == AT_ONCE

    async def _post(self, session: aiohttp.ClientSession, one: Due) -> Outcome:
        """Say it to the receiver; of its answer only the status is read, and no redirection is followed."""
        body = one.body.encode()
        try:
            checked_url(one.url, allow_private=self._allow_private)
            secret = self._persons.open(one.secret_sealed, secret_about(one.webhook_id))
            named = headers(secret, one.event_id, self._now_ms() // 1000, body)
            named |= {"Content-Type": "application/json; charset=utf-8", "User-Agent": AGENT}
            async with session.post(one.url, data=body, headers=named, allow_redirects=False) as response:
                response.close()  # whatever else it has to say is not read
                return Outcome(status=response.status, error="" if response.ok else f"answered {response.status}")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, SanxunError) as error:
            return Outcome(status=None, error=f"{type(error).__name__}: {error}"[:200])

    async def _settle(self, one: Due, outcome: Outcome) -> None:
        now_ms = self._now_ms()
        now = to_datetime(now_ms)
        async with self._database.transaction() as connection:
            if outcome.is_good:
                label = "done"
                await connection.execute(SQL.put_done, one.id, now, outcome.status)
                await connection.execute(SQL.receiver_answers, one.webhook_id)
            elif outcome.is_gone or one.attempts >= MOST_TRIES:
                label = "dead"
                await connection.execute(SQL.put_dead, one.id, now, outcome.status, outcome.error)
            else:
                label = "again"
                again = to_datetime(now_ms + wait_ms(one.attempts, self._chance()))
                await connection.execute(SQL.put_again, one.id, again, outcome.status, outcome.error)
            if not outcome.is_good:
                rests = to_datetime(now_ms + rest_ms(one.failures + 1, self._chance()))
                await connection.execute(SQL.receiver_fails, one.webhook_id, rests)
        self._metrics.webhook_deliveries.labels(label).inc()

    async def _look(self) -> None:
        if self._now_ms() - self._looked_ms < LOOK_MS:
            return
        self._looked_ms = self._now_ms()
        row = await self._database.fetchrow(SQL.depths, to_datetime(self._looked_ms))
        if row is not None:
            self._metrics.case_outbox.set(row["outbox"])
            self._metrics.case_outbox_oldest.set(row["oldest_s"])
            self._metrics.webhook_waiting.set(row["waiting"])
            self._metrics.webhook_dead.set(row["dead"])

    async def _tidy(self) -> None:
        """Forget what was told and carried long ago."""
        now_ms = self._now_ms()
        if now_ms - self._tidied_ms < TIDY_MS:
            return
        self._tidied_ms = now_ms
        before = [to_datetime(now_ms - days * DAY_MS) for days in (SENT_DAYS, DONE_DAYS, DEAD_DAYS)]
        await self._database.execute(SQL.forget_sent, before[0])
        await self._database.execute(SQL.forget_ended, *before[1:])
