"""The patrol room's tables: plans and what belongs to them, reachable cells, history to fold, rounds and walks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from tracker.clock import day_start_ms, to_datetime, to_ms
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.patrol.calendar import Calendar, SpecialDay
from tracker.patrol.model import (
    Criteria,
    DayKind,
    KeyPoint,
    Plan,
    RoundKey,
    RoundResult,
    State,
    Walkers,
    WalkResult,
    patterns_from_json,
    patterns_to_json,
)
from tracker.patrol.plan import Plans, default_plan
from tracker.patrol.steps import Segment

queries = Queries.beside(__file__)

DAY_MS = 86_400_000
USUAL_DAYS = 30  # past days that say how long a grid's rounds take


async def ensure_default(database: Database, county_code: str, day: date) -> None:
    """Give a county its first plan (三巡), valid from the day, unless there is any plan."""
    async with database.transaction() as connection:
        await connection.execute(queries.lock_plans)
        if not await connection.fetch(queries.plans):
            await connection.fetchval(queries.add_plan, *_plan_row(default_plan(county_code, day), None))


async def add_plan(database: Database, plan: Plan, created_by: int | None) -> int:
    """Store a plan; the area's present one ends on the day on which this begins. Returns its id."""
    async with database.transaction() as connection:
        await connection.execute(queries.lock_plans)
        await connection.execute(queries.drop_plans, plan.area_code, plan.valid_from)
        await connection.execute(queries.close_plans, plan.area_code, plan.valid_from)
        return int(await connection.fetchval(queries.add_plan, *_plan_row(plan, created_by)))


async def read_plans(database: Database) -> Plans:
    """Every plan."""
    return Plans([_plan(dict(row)) for row in await database.fetch(queries.plans)])


async def read_calendar(database: Database) -> Calendar:
    """The special days."""
    rows = await database.fetch(queries.special_days)
    days = [SpecialDay(day=row["day"], kind=DayKind(row["kind"]), name=row["name"]) for row in rows]
    return Calendar({one.day: one for one in days})


async def read_key_points(database: Database) -> dict[str, list[KeyPoint]]:
    """Every key point by grid, in the order of their ids."""
    found: dict[str, list[KeyPoint]] = {}
    for row in await database.fetch(queries.key_points):
        point = KeyPoint(**{**dict(row), "checklist": tuple(row["checklist"])})
        found.setdefault(point.grid_code, []).append(point)
    return found


async def read_leaves(database: Database, day: date) -> frozenset[int]:
    """Who is on leave."""
    return frozenset(row["worker_id"] for row in await database.fetch(queries.leaves_on, day))


async def read_segments(database: Database, workers: Sequence[int], day: date) -> list[Segment]:
    """All that these workers sent of the local day; rows as the driver gives them, which unpack like tuples."""
    start = day_start_ms(day)
    rows: Any = await database.fetch(queries.day_segments, workers, to_datetime(start), to_datetime(start + DAY_MS))
    return rows  # type: ignore[no-any-return]  # hundreds of thousands: not copied in the loop


async def write_results(
    database: Database, rounds: Sequence[RoundResult], walks: Sequence[WalkResult], now_ms: int
) -> None:
    """Write rounds and walks as they stand, in one transaction."""
    now = to_datetime(now_ms)
    async with database.transaction() as connection:
        if rounds:
            await connection.execute(queries.put_rounds, *_columns(_round_row(one, now) for one in rounds))
        if walks:
            await connection.execute(queries.put_walks, *_columns(_walk_row(one, now) for one in walks))


async def read_rounds(database: Database, prefix: str, day: date, ordinal: int) -> list[RoundResult]:
    """One round of a past day, of every grid whose code begins with `prefix`."""
    return [_round(row) for row in await database.fetch(queries.rounds_of, prefix, day, ordinal)]


async def read_day(database: Database, day: date) -> dict[RoundKey, RoundResult]:
    """Every stored round of a day."""
    results = [_round(row) for row in await database.fetch(queries.day_rounds, day)]
    return {one.key: one for one in results}


async def read_walks(database: Database, key: RoundKey) -> list[WalkResult]:
    """What each worker gave to a past round."""
    rows = await database.fetch(queries.walks_of, key.grid_code, key.day, key.ordinal)
    return [_walk(dict(row)) for row in rows]


async def read_mark(database: Database) -> int | None:
    """What was received of earlier days before this instant is folded and written; None at the very first start."""
    moment = await database.fetchval(queries.mark)
    return None if moment is None else to_ms(moment)


async def put_mark(database: Database, at_ms: int) -> None:
    """Say so."""
    await database.execute(queries.put_mark, to_datetime(at_ms))


async def lower_mark(database: Database, at_ms: int) -> None:
    """Something since that instant is to be folded again, also if the server is killed now."""
    await database.execute(queries.lower_mark, to_datetime(at_ms))


async def read_received(database: Database, since_ms: int, first: date, last: date) -> list[tuple[int, date]]:
    """Workers and the local days, `first` to `last`, of which something was received since an instant."""
    span = to_datetime(day_start_ms(first)), to_datetime(day_start_ms(last) + DAY_MS)
    rows = await database.fetch(queries.received_since, to_datetime(since_ms), *span)
    return [(row["worker_id"], row["day"]) for row in rows]


async def put_late(database: Database, workers: Sequence[int], day: date, now_ms: int) -> None:
    """Workers of whom something came after that day."""
    await database.execute(queries.put_late, list(workers), day, to_datetime(now_ms))


async def read_usual_minutes(database: Database, day: date) -> dict[str, float]:
    """How long each grid's rounds take, from the days before `day`."""
    rows = await database.fetch(queries.usual_minutes, day - timedelta(days=USUAL_DAYS), day)
    return {row["grid_code"]: row["minutes"] for row in rows}


def _plan(row: dict[str, Any]) -> Plan:
    names = ("min_coverage", "min_minutes", "all_key_points", "min_confidence")
    criteria = Criteria(**{name: _decimal(row.pop(name)) for name in names})
    rounds = patterns_from_json(row.pop("rounds"))
    return Plan(**{**row, "rounds": rounds, "criteria": criteria, "walkers": Walkers(row["walkers"])})


def _decimal(value: Any) -> Any:
    """A `real` has 24 bits: 0.7 comes back as 0.699999988, which no person wrote."""
    return round(value, 6) if isinstance(value, float) else value


def _plan_row(plan: Plan, created_by: int | None) -> tuple[object, ...]:
    criteria = plan.criteria
    return (
        plan.area_code, plan.valid_from, plan.valid_to, patterns_to_json(plan.rounds), criteria.min_coverage,
        criteria.min_minutes, criteria.all_key_points, criteria.min_confidence, plan.sight_radius_m,
        str(plan.walkers), created_by,
    )  # fmt: skip


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _round_row(one: RoundResult, now: object) -> tuple[object, ...]:
    return (
        one.grid_code, one.day, one.ordinal, one.plan_id, to_datetime(one.starts_ms), to_datetime(one.ends_ms),
        str(one.state), one.cells, one.covered, one.bitmap, one.minutes, one.key_points, one.visited, one.confidence,
        one.longest_gap_s, one.fixes, _moment(one.done_ms), _moment(one.revised_ms), now,
    )  # fmt: skip


def _walk_row(one: WalkResult, now: object) -> tuple[object, ...]:
    return (
        one.worker_id, one.grid_code, one.day, one.ordinal, one.bitmap, one.minutes, one.fixes, one.longest_gap_s,
        one.confidence, ",".join(map(str, one.visited)), now,
    )  # fmt: skip


def _round(row: Any) -> RoundResult:
    values = dict(row)
    del values["updated_at"]
    for name in ("starts", "ends", "done", "revised"):
        moment = values.pop(f"{name}_at")
        values[f"{name}_ms"] = None if moment is None else to_ms(moment)
    exact = {"minutes": round(values["minutes"], 2), "confidence": round(values["confidence"], 4)}  # a `real` is not
    return RoundResult(**{**values, **exact, "state": State(values["state"])})


def _walk(row: dict[str, Any]) -> WalkResult:
    minutes, confidence = round(row["minutes"], 2), round(row["confidence"], 4)
    return WalkResult(**{**row, "minutes": minutes, "confidence": confidence, "visited": tuple(row["visited"])})


def _moment(ms: int | None) -> object:
    return None if ms is None else to_datetime(ms)
