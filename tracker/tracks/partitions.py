"""Daily partitions (local days): made ahead of time, made on demand for late fixes, dropped by retention.

A day of `segment` has two leaves: `_hot` takes what is written, `_packed` what compaction makes of it; `presence_day`
holds what compaction makes of `presence`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from tracker import clock
from tracker.db.pool import Database

_LOCK_KEY = 0x53415054  # one process at a time makes or drops partitions
# Compaction empties a leaf hour by hour: vacuumed soon, its room is used again. A packed row is written once: it is
# frozen when its day is over, so that no vacuum comes back to it.
_PACKED_CARE = "autovacuum_vacuum_insert_scale_factor = 1.0, autovacuum_analyze_scale_factor = 0.5"
_HOT_CARE = f"autovacuum_vacuum_scale_factor = 0.1, {_PACKED_CARE}"
_NAME = re.compile(r"^(?:segment|presence|presence_day)_(\d{4})(\d{2})(\d{2})$")
_TABLES = ("segment", "presence", "presence_day")


class Partitions:
    """Knows which days have partitions, so that the hot path asks the database only about new days."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._days: set[date] = set()

    async def ensure_days(self, days: Iterable[date]) -> None:
        """Make the partitions of these local days where they are missing; raises Unavailable."""
        missing = sorted(set(days) - self._days)
        if not missing:
            return
        async with self._database.transaction() as connection:
            await connection.execute("select pg_advisory_xact_lock($1)", _LOCK_KEY)
            for day in missing:
                for statement in _create(day):
                    await connection.execute(statement)
        self._days.update(missing)

    async def ensure_ahead(self, today: date, days: int) -> None:
        """Make the partitions of today and the following `days` days."""
        await self.ensure_days(today + timedelta(days=ahead) for ahead in range(days + 1))

    async def days_ahead(self, today: date) -> int:
        """How many days after today have partitions without a gap."""
        existing = set(await self.existing())
        ahead = 0
        while today + timedelta(days=ahead + 1) in existing:
            ahead += 1
        return ahead

    async def existing(self) -> list[date]:
        """The local days that have a segment partition, in order."""
        names = await self._names()
        return sorted({day for name in names if name.startswith("segment_") and (day := _day_of(name))})

    async def drop_before(self, oldest: date) -> list[str]:
        """Drop the partitions of days before `oldest`; returns their names."""
        async with self._database.transaction() as connection:
            await connection.execute("select pg_advisory_xact_lock($1)", _LOCK_KEY)
            dropped = [name for name in await self._names() if (day := _day_of(name)) and day < oldest]
            for name in dropped:
                await connection.execute(f"drop table {name}")
        self._days = {day for day in self._days if day >= oldest}
        return dropped

    async def _names(self) -> list[str]:
        rows = await self._database.fetch(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
            "where i.inhparent = any($1::text[]::regclass[]) order by 1",
            _TABLES,
        )
        return [row["relname"] for row in rows]


def hot_name(day: date) -> str:
    """The leaf that takes what is written of a day."""
    return f"segment_{day:%Y%m%d}_hot"


def packed_name(day: date) -> str:
    """The leaf that holds what compaction made of a day."""
    return f"segment_{day:%Y%m%d}_packed"


def presence_name(day: date) -> str:
    """Who was where on a day, as it is written."""
    return f"presence_{day:%Y%m%d}"


def presence_day_name(day: date) -> str:
    """The same as compaction leaves it."""
    return f"presence_day_{day:%Y%m%d}"


def _create(day: date) -> list[str]:
    first, last = (clock.to_datetime(clock.day_start_ms(one)).isoformat() for one in (day, day + timedelta(days=1)))
    of_day = f"for values from ('{first}') to ('{last}')"
    segment, packed = f"segment_{day:%Y%m%d}", packed_name(day)
    make = "create table if not exists"
    return [
        f"{make} {presence_name(day)} partition of presence {of_day}",
        f"{make} {presence_day_name(day)} partition of presence_day {of_day}",
        f"{make} {segment} partition of segment {of_day} partition by list (packed)",
        f"{make} {hot_name(day)} partition of {segment} for values in (false) with ({_HOT_CARE})",
        f"{make} {packed} partition of {segment} for values in (true) with ({_PACKED_CARE})",
        f"alter table {packed} alter column data set storage external",  # packed bits: compressing them again is waste
    ]


def _day_of(name: str) -> date | None:
    match = _NAME.match(name)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else None
