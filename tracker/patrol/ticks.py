"""Ticked lines of key points' checklists: what phones say once or twice, and in any order, is kept once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.clock import local_day, to_datetime, to_ms
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.patrol.model import MAX_ROUNDS, KeyPoint

_SQL = Queries.beside(__file__, "ticks.sql")
OLDEST_DAYS = 7  # as late fixes
AHEAD_MS = 86_400_000  # a phone's clock may be wrong, but not by more

PointsOf = Callable[[str, date], Sequence[KeyPoint]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A line of a checklist in one round, ticked or no longer ticked at a time of the phone."""

    key_point: int
    day: date
    ordinal: int
    line: int  # from 0
    is_done: bool
    at_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticked:
    """A line that is ticked."""

    key_point: int
    line: int
    worker_id: int
    at_ms: int


class Ticks:
    """Keeps and reads ticks."""

    def __init__(self, *, database: Database, points_of: PointsOf) -> None:
        self._database = database
        self._points_of = points_of

    async def put(self, worker_id: int, grid_code: str, ticks: Sequence[Tick], now_ms: int) -> None:
        """Keep a worker's ticks; raises BadValue where a line is not on a checklist of their grid on that day."""
        for one in ticks:
            self._check(grid_code, one, now_ms)
        newest: dict[tuple[int, date, int, int], Tick] = {}
        for one in sorted(ticks, key=lambda tick: tick.at_ms):
            newest[one.key_point, one.day, one.ordinal, one.line] = one  # a statement may touch a row once only
        kept = list(newest.values())
        columns = (
            [one.key_point for one in kept],
            [one.day for one in kept],
            [one.ordinal for one in kept],
            [one.line for one in kept],
            [one.is_done for one in kept],
            [to_datetime(one.at_ms) for one in kept],
        )
        await self._database.execute(_SQL.put, worker_id, to_datetime(now_ms), *columns)

    async def of_round(self, points: Sequence[KeyPoint], day: date, ordinal: int) -> list[Ticked]:
        """What is ticked at these key points in a round, in the order of the lines."""
        with_lists = [one.id for one in points if one.checklist]
        if not with_lists:
            return []
        rows = await self._database.fetch(_SQL.of_round, with_lists, day, ordinal)
        return [
            Ticked(key_point=row["key_point_id"], line=row["line"], worker_id=row["worker_id"], at_ms=to_ms(row["at"]))
            for row in rows
        ]

    def _check(self, grid_code: str, one: Tick, now_ms: int) -> None:
        today = local_day(now_ms)
        if not today - timedelta(days=OLDEST_DAYS) <= one.day <= today:
            raise BadValue(field="ticks.day", value=one.day, allowed=f"the last {OLDEST_DAYS} days")
        if not 1 <= one.ordinal <= MAX_ROUNDS:
            raise BadValue(field="ticks.ordinal", value=one.ordinal, allowed=f"1..{MAX_ROUNDS}")
        if not 0 < one.at_ms <= now_ms + AHEAD_MS:
            raise BadValue(field="ticks.at_ms", value=one.at_ms, allowed="Unix ms, not in the future")
        lists = {point.id: point.checklist for point in self._points_of(grid_code, one.day)}
        if one.key_point not in lists:
            raise BadValue(
                field="ticks.key_point", value=one.key_point, allowed=f"a key point of {grid_code} on the day"
            )
        if not 0 <= one.line < len(lists[one.key_point]):
            raise BadValue(field="ticks.line", value=one.line, allowed=f"0..{len(lists[one.key_point]) - 1}")
