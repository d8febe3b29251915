"""Reads figures of periods: one period, a series of days, weeks or months, many scopes side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.cases.kpi_counts import COUNTS
from tracker.cases.stats_fold import SQL, Fold
from tracker.cases.stats_keys import FLOWS, KEYS, STOCKS, counts_of
from tracker.clock import NowMs, local_day
from tracker.db.pool import Database, Row
from tracker.errors import BadValue
from tracker.geo.area import Area, Level

MOST_EVENTS = 20_000  # counted before an answer; the rest comes with the next tick
STEPS = ("day", "week", "month")
MOST_BUCKETS = 400
_FLOWS = ", ".join(f"coalesce(sum({key}) filter (where hangs_on >= $2), 0)::bigint as {key}" for key in FLOWS)
_STOCKS = ", ".join(f"coalesce(sum({key}), 0)::bigint as {key}" for key in STOCKS)
PERIOD = (
    f"select scope, {_FLOWS}, {_STOCKS} from case_kpi_day "
    "where scope = any ($1::text[]) and day < $3::date group by scope"
)
_OF_BUCKET = "hangs_on >= $2 and date_trunc($4, day) = date_trunc($4, hangs_on)"
_FLOWS_OF_BUCKET = ", ".join(f"coalesce(sum({key}) filter (where {_OF_BUCKET}), 0)::bigint as {key}" for key in FLOWS)
SERIES = (
    "select scope, case when day < $2 then $2 else greatest(date_trunc($4, day)::date, $2) end as bucket, "
    f"day < $2 as is_before, {_FLOWS_OF_BUCKET}, {_STOCKS} "
    "from case_kpi_day where scope = any ($1::text[]) and day < $3::date group by 1, 2, 3 order by 1, 3 desc, 2"
)
_ROUND = {"day": 1, "week": 7, "month": 31}


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Local days from `first` to before `end`."""

    first: date
    end: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """How often something took how many working minutes, shortest first."""

    steps: tuple[tuple[int, int], ...] = ()

    @property
    def total(self) -> int:
        """How many there were."""
        return sum(n for _, n in self.steps)

    def rank(self, percent: int) -> int | None:
        """The smallest step that at least so many percent of all do not exceed; None where there were none."""
        wanted, seen = -(-self.total * percent // 100), 0
        for minutes, n in self.steps:
            seen += n
            if seen >= wanted:
                return minutes
        return None


def scope_of(area: Area, department: str | None = None, channel: str | None = None) -> str:
    """The key of the figures of a place, or of a department or channel there; raises BadValue for what is not kept."""
    if area.level is Level.GRID:
        raise BadValue(field="area", value=area.code, allowed="the county, a township or a village")
    if department and channel:
        raise BadValue(field="channel", value=channel, allowed="not together with a department")
    if (department or channel) and area.level is Level.VILLAGE:
        raise BadValue(field="area", value=area.code, allowed="the county or a township, for a department or a channel")
    tail = f"|d:{department}" if department else f"|c:{channel}" if channel else ""
    return area.prefix + tail


class Statistics:
    """Figures by scope; each question first counts what waits."""

    def __init__(self, *, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms
        self.fold = Fold(database)

    async def kept(self, scopes: Sequence[str], period: Period) -> dict[str, dict[str, int]]:
        """Kept keys of each scope; a scope where nothing ever happened has zeros."""
        await self.fold.now(MOST_EVENTS)
        rows = await self._database.fetch(PERIOD, list(scopes), period.first, self.until(period))
        found = {row["scope"]: _keys(row) for row in rows}
        return {scope: found.get(scope, dict.fromkeys(KEYS, 0)) for scope in scopes}

    async def counts(self, scopes: Sequence[str], period: Period) -> dict[str, dict[str, int]]:
        """Every count of each scope."""
        kept = await self.kept(scopes, period)
        return {scope: counts_of(keys, COUNTS) for scope, keys in kept.items()}

    async def series(
        self, scopes: Sequence[str], period: Period, step: str
    ) -> dict[str, list[tuple[date, dict[str, int]]]]:
        """Counts of each scope by day, week (Monday) or month, every bucket of the period in order."""
        starts = _buckets(period, step)
        await self.fold.now(MOST_EVENTS)
        rows = await self._database.fetch(SERIES, list(scopes), period.first, self.until(period), step)
        by_scope: dict[str, list[Row]] = {scope: [] for scope in scopes}
        for row in rows:
            by_scope[row["scope"]].append(row)
        return {scope: _filled(starts, found) for scope, found in by_scope.items()}

    async def spans(self, scopes: Sequence[str], period: Period) -> dict[tuple[str, str], Spans]:
        """Working minutes by (scope, kind)."""
        rows = await self._database.fetch(SQL.spans, list(scopes), period.first, self.until(period))
        found: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for row in rows:
            found.setdefault((row["scope"], row["kind"]), []).append((row["minutes"], row["n"]))
        return {key: Spans(steps=tuple(steps)) for key, steps in found.items()}

    def until(self, period: Period) -> date:
        """What will fall due after today is not owed yet."""
        return min(period.end, local_day(self._now_ms()) + timedelta(days=1))


def _keys(row: Row) -> dict[str, int]:
    return {key: int(row[key]) for key in KEYS}


def _buckets(period: Period, step: str) -> list[date]:
    if step not in STEPS:
        raise BadValue(field="step", value=step, allowed=", ".join(STEPS))
    if (period.end - period.first).days > MOST_BUCKETS * _ROUND[step]:
        raise BadValue(field="step", value=step, allowed=f"a longer step: at most {MOST_BUCKETS} at once")
    starts, day = [], period.first
    while day < period.end:
        starts.append(day)
        day = _following(day, step)
    return starts


def _following(day: date, step: str) -> date:
    if step == "day":
        return day + timedelta(days=1)
    if step == "week":
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _filled(starts: Iterable[date], rows: Sequence[Row]) -> list[tuple[date, dict[str, int]]]:
    """Buckets without rows have no flows; stocks run on through all of them."""
    level = dict.fromkeys(STOCKS, 0)
    by_start: dict[date, Row] = {}
    for row in rows:
        if row["is_before"]:
            _raise(level, row)
        else:
            by_start[row["bucket"]] = row
    found = []
    for start in starts:
        row_here = by_start.get(start)
        if row_here is not None:
            _raise(level, row_here)
        flows = {key: int(row_here[key]) if row_here is not None else 0 for key in FLOWS}
        found.append((start, counts_of(flows | level, COUNTS)))
    return found


def _raise(level: dict[str, int], row: Row) -> None:
    for key in STOCKS:
        level[key] += int(row[key])
