"""Counts events into the figures of their days, each event once, in any number of processes; and everything anew."""

from __future__ import annotations

import asyncio
import logging

from tracker.cases.stats_keys import KEYS
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import Unavailable

SQL = Queries.beside(__file__, "stats.sql")
_log = logging.getLogger(__name__)

TICK_S = 5.0  # how old figures may be
AT_ONCE = 5000  # events in one transaction: about a second of work

_SUMS = ", ".join(f"coalesce(sum(n) filter (where key = '{key}'), 0) as {key}" for key in KEYS)
_ADDED = ", ".join(f"{key} = k.{key} + excluded.{key}" for key in KEYS)
_PERSONAL = [  # what is known of one person: flows of their own changes
    *("accepted", "sent_to_verify", "sent_to_verify_on_time", "sent_to_check", "sent_to_check_on_time"),
    *("filed", "filed_on_time", "voided", "done_closing", "ontime_closing"),
    *("dispatches", "wrong_dispatches", "done_dispatch", "ontime_dispatch"),
]
# One statement for all keys, made of the list of keys: written out, it would be that list three times over.
_FOLD = f"""
with delta as ({SQL.deltas}),
line as (
  select v.scope, d.day, d.hangs_on, d.key, sum(d.n) as n from delta d cross join lateral (values
    (left(d.village, 6)), (left(d.village, 9)), (d.village),
    (left(d.village, 6) || '|c:' || d.channel), (left(d.village, 9) || '|c:' || d.channel),
    (left(d.village, 6) || '|d:' || nullif(d.department, '')),
    (left(d.village, 9) || '|d:' || nullif(d.department, '')),
    (case when d.key = any ($3::text[]) then left(d.village, 6) || '|a:' || d.account_id end)
    union all select left(d.village, 6) || '|w:' || w.id from unnest(d.workers) as w(id)
  ) as v(scope)
  where v.scope is not null group by 1, 2, 3, 4 having sum(d.n) <> 0
)
insert into case_kpi_day as k (scope, day, hangs_on, {", ".join(KEYS)})
select scope, day, hangs_on, {_SUMS} from line group by scope, day, hangs_on
on conflict (scope, day, hangs_on) do update set {_ADDED}
"""


class Fold:
    """`run()` for ever; `now()` counts what waits before somebody reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Tick for ever; a database that is away is waited for."""
        while True:
            try:
                await self.now()
            except Unavailable as error:
                _log.warning("Figures of cases could not be counted: %s", error, extra={"action": "case.fold"})
            await asyncio.sleep(TICK_S)

    async def now(self, most: int | None = None) -> int:
        """Count what waits, at most about `most` events; returns how many were counted."""
        counted = 0
        while most is None or counted < most:
            batch = await self._batch()
            counted += batch
            if batch < AT_ONCE:
                break
        return counted

    async def anew(self) -> int:
        """Forget all figures and count every event again; readers see the old ones or part of the new until it ends."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL.forget)
            await connection.execute(SQL.recount)
        return await self.now()

    async def _batch(self) -> int:
        """The events of one transaction; none where another process counts."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(SQL.only_one):
                return 0
            rows = await connection.fetch(SQL.take, AT_ONCE)
            if rows:
                events = ([row["case_id"] for row in rows], [row["seq"] for row in rows])
                await connection.execute(_FOLD, *events, _PERSONAL)
                await connection.execute(SQL.add_spans, *events)
                await connection.execute(SQL.add_heat, *events)
        return len(rows)
