"""Disputes: a worker says that a round was judged wrongly, and a supervisor decides; both stay on record."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from tracker.clock import local_day, to_datetime, to_ms
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, Conflict, NotFound
from tracker.geo.area import Area
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__, "disputes.sql")
WITHIN_DAYS = 14  # later, nobody remembers and the month is paid
PAGE = 200


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """One dispute with the round as it was judged."""

    id: int
    worker_id: int
    grid_code: str
    day: date
    ordinal: int
    text: str
    created_ms: int
    decision: str | None
    decided_ms: int | None
    note: str
    state: str | None
    cells: int | None
    covered: float | None
    minutes: float | None
    confidence: float | None
    longest_gap_s: int | None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided what, and from where."""

    decision: str
    note: str
    account_id: int
    address: str
    area: Area


class Disputes:
    """Takes and decides disputes."""

    def __init__(self, *, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def add(self, worker_id: int, grid_code: str, about: tuple[date, int], text: str, now_ms: int) -> int:
        """Store a dispute of a round of the last days; raises BadValue, NotFound, or Conflict where one is open."""
        day, ordinal = about
        today = local_day(now_ms)
        if not today - timedelta(days=WITHIN_DAYS) <= day <= today:
            raise BadValue(field="day", value=day, allowed=f"the last {WITHIN_DAYS} days")
        state = await self._database.fetchval(_SQL.round_state, grid_code, day, ordinal)
        if state is None:
            raise NotFound(kind="round", key=f"{grid_code} {day} {ordinal}")
        if state not in {"late", "missed", "no_data"}:
            raise BadValue(
                field="ordinal", value=ordinal, allowed=f"a round that was late, missed or no_data, not {state}"
            )
        values = (worker_id, grid_code, day, ordinal, text, to_datetime(now_ms))
        dispute_id = await self._database.fetchval(_SQL.add_dispute, *values)
        if dispute_id is None:
            raise Conflict(f"round {ordinal} of {day} is already disputed, and not yet decided")
        return int(dispute_id)

    async def page(self, area: Area, *, undecided: bool, before: int) -> list[Dispute]:
        """Newest first."""
        rows = await self._database.fetch(_SQL.page, area.prefix, before, undecided, PAGE)
        return [_dispute(row) for row in rows]

    async def decide(self, dispute_id: int, by: Decision, now_ms: int) -> None:
        """Decide once; an accepted round of a past day is excused. Raises NotFound, or Conflict."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_SQL.one, dispute_id)
            if row is None or not by.area.contains(row["grid_code"]):
                raise NotFound(kind="dispute", key=dispute_id)
            if row["decision"] is not None:
                raise Conflict(f"dispute {dispute_id} was decided before: {row['decision']}")
            if row["day"] >= local_day(now_ms):
                raise Conflict(f"day {row['day']} is not over: its rounds may still change by themselves")
            at = to_datetime(now_ms)
            await connection.execute(_SQL.decide, dispute_id, by.decision, by.account_id, at, by.note)
            if by.decision == "accepted":
                await connection.execute(_SQL.excuse_round, row["grid_code"], row["day"], row["ordinal"], at)
            await self._audit.write(
                "dispute.decide",
                subject=f"dispute:{dispute_id}",
                area_code=row["grid_code"],
                account_id=by.account_id,
                detail={"decision": by.decision, "note": by.note, "worker": row["worker_id"]},
                address=by.address,
                connection=connection,
            )


def _dispute(row: Row) -> Dispute:
    values = dict(row)
    created, decided = values.pop("created_at"), values.pop("decided_at")
    return Dispute(**values, created_ms=to_ms(created), decided_ms=to_ms(decided) if decided else None)
