"""Tables of KPIs: a period's figures, a series of it, members side by side; as values and as sheets of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from fractions import Fraction

from tracker.cases.book import Books
from tracker.cases.kpi import FORMULAS, VERSION, composites, percent, rates, volume_score
from tracker.cases.kpi_answers import SPAN_NAMES, KpiAnswer, SeriesPoint, span_info
from tracker.cases.kpi_counts import COUNTS, COUNTS_EN
from tracker.cases.stats_behind import Asked
from tracker.cases.stats_files import Sheet
from tracker.cases.stats_fold import SQL
from tracker.cases.stats_league import LEAGUES, League, LeagueRow, league
from tracker.cases.stats_read import Period, Spans, Statistics, scope_of
from tracker.clock import day_start_ms
from tracker.county.model import Worker
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area, Level

_ROLES = {  # a shift leader may do an operator's work, so is counted among them, too
    "operator": ("operator", "shift_leader"),
    "shift_leader": ("shift_leader",),
    "dispatcher": ("dispatcher",),
}


class Tables:
    """Puts names from the register and the configuration to the figures."""

    def __init__(self, *, database: Database, statistics: Statistics, register: Register, books: Books) -> None:
        self._database = database
        self._statistics = statistics
        self._register = register
        self._books = books

    async def figures(self, asked: Asked, period: Period) -> KpiAnswer:
        """All of a period."""
        counts = (await self._statistics.counts([asked.scope], period))[asked.scope]
        scores = await self._scores(asked, period)
        spans = await self._statistics.spans([asked.scope], period)
        return KpiAnswer(
            from_ms=day_start_ms(period.first),
            to_ms=day_start_ms(period.end),
            version=VERSION,
            counts=counts,
            names=COUNTS,
            names_en=COUNTS_EN,
            rates=rates(counts),
            composites=composites(counts, scores),
            spans=[span_info(key, spans.get((asked.scope, key), Spans())) for key in SPAN_NAMES],
        )

    async def points(self, asked: Asked, period: Period, step: str) -> list[SeriesPoint]:
        """Figures by day, week or month; raises BadValue for another step, or one too short for the period."""
        found = (await self._statistics.series([asked.scope], period, step))[asked.scope]
        ends = [*(start for start, _ in found[1:]), period.end]
        return [
            SeriesPoint(
                day=start,
                from_ms=day_start_ms(start),
                to_ms=day_start_ms(end),
                counts=counts,
                percents={key: percent(one.value(counts)) for key, one in FORMULAS.items()},
            )
            for (start, counts), end in zip(found, ends, strict=True)
        ]

    async def league(self, by: str, area: Area, period: Period) -> list[LeagueRow]:
        """Members of a place by rank; raises BadValue for what is not compared, or not there."""
        kind = LEAGUES.get(by)
        if kind is None:
            raise BadValue(field="by", value=by, allowed=", ".join(LEAGUES))
        names = await self._members(by, kind, area)
        counts = await self._statistics.counts(list(names), period)
        spans = await self._statistics.spans(list(names), period)
        return await asyncio.to_thread(league, kind, names, counts, spans)  # thousands of workers

    async def sheet(self, wanted: str, asked: Asked, area: Area, period: Period, step: str) -> Sheet:
        """A table for a file; raises BadValue for one that there is not."""
        if wanted == "figures":
            counts = (await self._statistics.counts([asked.scope], period))[asked.scope]
            return Sheet.of_figures(period, asked.scope, counts)
        if wanted == "series":
            points = await self.points(asked, period, step)
            return Sheet.of_series(period, asked.scope, [(one.day, one.counts, one.percents) for one in points])
        if wanted not in LEAGUES:
            raise BadValue(field="table", value=wanted, allowed=f"figures, series, {', '.join(LEAGUES)}")
        return Sheet.of_league(period, LEAGUES[wanted], await self.league(wanted, area, period))

    def of_worker(self, worker_id: int, area: Area) -> Asked:
        """The figures of a worker who serves in the area; raises NotFound."""
        worker = self._register.worker(worker_id)
        if worker is None or not area.contains(worker.grid_code):
            raise NotFound(kind="worker", key=worker_id)
        return Asked(scope=_worker_scope(worker), prefix=worker.grid_code[:6], worker=worker_id)

    async def _scores(self, asked: Asked, period: Period) -> dict[str, Fraction | None]:
        """Volume against the busiest department; the other two would need one person's figures."""
        own: Fraction | None = None
        if asked.department:
            codes = {*self._register.snapshot.departments, asked.department}
            scopes = [f"{asked.prefix}|d:{code}" for code in codes]
            counts = await self._statistics.counts(scopes, period)
            own = volume_score(counts[asked.scope]["handled"], [one["handled"] for one in counts.values()])
        return {"volume_score": own, "accepted_score": None, "dispatch_score": None}

    async def _members(self, by: str, kind: League, area: Area) -> Mapping[str, str]:
        """Scopes with their names."""
        snapshot = self._register.snapshot
        if by == "channel":
            channels = (await self._books.get()).known_channels
            return {scope_of(area, channel=code): one.name for code, one in channels.items()}
        if by == "department":
            return {scope_of(area, department=code): one.name for code, one in snapshot.departments.items()}
        if by == "township":
            inside = [one for one in snapshot.divisions.values() if area.contains(one.code)]
            level = Level.VILLAGE if area.level is Level.TOWNSHIP else Level.TOWNSHIP
            return {Area.parse(one.code).prefix: one.name for one in inside if Area.parse(one.code).level is level}
        if by == "worker":
            here = [one for one in snapshot.workers.values() if area.contains(one.grid_code)]
            return {_worker_scope(one): self._with_place(one) for one in here}
        if area.level is not Level.COUNTY:
            raise BadValue(field="area", value=area.code, allowed="the county: people of the desk work for all of it")
        rows = await self._database.fetch(SQL.doers, area.prefix, list(_ROLES[kind.composite or ""]))
        return {f"{area.prefix}|a:{row['id']}": row["display_name"] for row in rows}

    def _with_place(self, worker: Worker) -> str:
        village, grid = (self._register.area_name(code) for code in (worker.grid_code[:12], worker.grid_code))
        return f"{worker.name}（{grid if grid.startswith(village) else f'{village} {grid}'}）"


def _worker_scope(worker: Worker) -> str:
    """Kept for the whole county: a worker may be asked to verify anywhere in it."""
    return f"{worker.grid_code[:6]}|w:{worker.id}"
