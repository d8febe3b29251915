"""Routes of the heat map of reports and of recurring trouble."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from aiohttp import web

from tracker.cases import access
from tracker.cases.answers import CaseCard
from tracker.cases.book import Books
from tracker.cases.kpi_asked import actor_of, period_of
from tracker.cases.reading import Reading
from tracker.cases.rows import CaseFile, read
from tracker.cases.stats_fold import Fold
from tracker.cases.stats_heat import COARSE, FINEST, LEAST, WIDEST, HeatCell, by_cell, drawn, guarded, whole_months
from tracker.cases.stats_read import MOST_EVENTS, Period
from tracker.cases.stats_recurring import LEAST as LEAST_REPORTS
from tracker.cases.stats_recurring import Told, Trouble, recurring
from tracker.clock import DAY_MS, NowMs, local_day, to_datetime
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.geo.cells import CellId, cell_of, center
from tracker.jsonio import answer
from tracker.people.model import ACCOUNT_KEY, CASE_KPI, CASE_VIEW, MAP_VIEW
from tracker.people.params import query_int, query_text
from tracker.routes import AREA_PARAM, Param, Route, RouteTable

_SQL = Queries.beside(__file__, "stats_heat.sql")
MOST_REPORTS = 50_000  # looked at for recurring trouble: a month of a very busy county
_BASE_DAYS = 365  # by which a place's share of all reports is known
_WEEKDAYS = {
    "1": [1],
    "2": [2],
    "3": [3],
    "4": [4],
    "5": [5],
    "6": [6],
    "7": [7],
    "work": [1, 2, 3, 4, 5],
    "rest": [6, 7],
}
_HEAT = (
    Param(name="from", about="Unix ms; its whole local day is counted", type="integer", required=True),
    Param(name="to", about="Unix ms, exclusive", type="integer", required=True),
    AREA_PARAM,
    Param(name="category", about="code"),
    Param(name="weekday", about="1 (Monday) .. 7, work or rest"),
    Param(name="hour_from", about="0..23, of the local day", type="integer"),
    Param(name="hour_to", about="1..24, exclusive", type="integer"),
    Param(name="resolution", about=f"H3, {WIDEST}..{FINEST}; coarser where there would be too many", type="integer"),
)


class HeatDay(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of a day."""

    day: date
    n: int


class HeatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Cells with their reports; `hours[weekday - 1][hour]` and `days` are without the filter of hours.

    `is_guarded`: private reports are shown coarse (`coarse`), by whole months, and only from `least` on.
    """

    cells: list[HeatCell]
    coarse: list[HeatCell]
    hours: list[list[int]]
    days: list[HeatDay]
    total: int
    is_guarded: bool
    least: int
    coarse_resolution: int


class TroubleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Reports that belong together; `lead` is the oldest that is open, None where all have ended."""

    category: str
    category_name: str
    lat: float
    lon: float
    n: int
    expected: float
    chance: float
    first_ms: int
    last_ms: int
    lead: int | None
    cases: list[CaseCard]


class RecurringAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Troubles, the least likely by chance first; `looked_at` reports of `days` days."""

    troubles: list[TroubleInfo]
    looked_at: int
    days: int
    least: int


class StatsHttp:
    """/api/v1/case-heat and /api/v1/case-recurring."""

    def __init__(self, *, database: Database, reading: Reading, books: Books, fold: Fold, now_ms: NowMs) -> None:
        self._database = database
        self._reading = reading
        self._books = books
        self._fold = fold
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Both routes."""
        table = RouteTable("cases")
        days = Param(name="days", about="1..92, default 30", type="integer")
        least = Param(name="least", about=f"reports, {LEAST_REPORTS}..50", type="integer")
        return [
            table.get("/api/v1/case-heat", self.heat, "Where and when reports came",
                      permission=MAP_VIEW, params=_HEAT, returns=HeatAnswer),
            table.get("/api/v1/case-recurring", self.recurring, "Trouble that keeps coming back",
                      permission=CASE_KPI, params=(AREA_PARAM, days, least), returns=RecurringAnswer),
        ]  # fmt: skip

    async def heat(self, request: web.Request) -> web.StreamResponse:
        """Hexagons, hours of the week, days."""
        await self._fold.now(MOST_EVENTS)
        account, period = request[ACCOUNT_KEY], period_of(request)
        area, category = account.area_or_own(request.query.get("area")), query_text(request, "category")
        is_guarded = not account.may(CASE_VIEW)
        shared = (area.prefix, category, await self._open_categories())
        filters = _filters(request)
        resolution = query_int(request, "resolution", default=FINEST, least=WIDEST, most=FINEST)
        rows = await self._database.fetch(_SQL.cells, period.first, period.end, *shared, *filters)
        hours = await self._database.fetch(_SQL.hours, period.first, period.end, *shared)
        days = await self._database.fetch(_SQL.days, period.first, period.end, *shared)
        seen = by_cell(rows, private=False)
        coarse: list[HeatCell] = []
        if not is_guarded:
            seen = _added(seen, by_cell(rows, private=True))
        elif area == account.area and filters == _NO_FILTERS:
            coarse = await self._guarded(period, shared)
        kept = [row for row in hours if not (is_guarded and row["is_private"])]
        return answer(
            HeatAnswer(
                cells=drawn(seen, resolution),
                coarse=coarse,
                hours=_matrix(kept),
                days=_days([row for row in days if not (is_guarded and row["is_private"])]),
                total=sum(seen.values()),
                is_guarded=is_guarded,
                least=LEAST,
                coarse_resolution=COARSE,
            )
        )

    async def recurring(self, request: web.Request) -> web.StreamResponse:
        """Groups of reports with what speaks for each."""
        await self._fold.now(MOST_EVENTS)
        account = request[ACCOUNT_KEY]
        area, actor = account.area_or_own(request.query.get("area")), actor_of(account)
        days = query_int(request, "days", default=30, least=1, most=92)
        least = query_int(request, "least", default=LEAST_REPORTS, least=LEAST_REPORTS, most=50)
        now_ms = self._now_ms()
        since = to_datetime(now_ms - days * DAY_MS)
        rows = await self._database.fetch(_SQL.lately, since, area.prefix, MOST_REPORTS)
        cases = {case.id: case for row in rows if access.may_see(case := read(CaseFile, row), actor)}
        today = local_day(now_ms)
        base = await self._database.fetch(
            _SQL.usual, today - timedelta(days=_BASE_DAYS), today + timedelta(days=1), area.prefix
        )
        found = recurring(
            [_told(one) for one in cases.values()], {(row["cell"], row["category"]): row["n"] for row in base}, least
        )
        troubles = [await self._trouble(one, cases) for one in found]
        return answer(RecurringAnswer(troubles=troubles, looked_at=len(cases), days=days, least=least))

    async def _trouble(self, trouble: Trouble, cases: dict[int, CaseFile]) -> TroubleInfo:
        files = [cases[one.id] for one in trouble.reports]
        lat, lon = center(trouble.cell)
        category = (await self._books.get()).categories.get(trouble.category)
        return TroubleInfo(
            category=trouble.category,
            category_name=category.name if category else trouble.category,
            lat=lat,
            lon=lon,
            n=len(files),
            expected=round(trouble.expected, 3),
            chance=trouble.chance,
            first_ms=files[0].reported_ms,
            last_ms=files[-1].reported_ms,
            lead=next((one.id for one in files if one.closed_ms is None), None),
            cases=await self._reading.cards(files),
        )

    async def _open_categories(self) -> list[str]:
        """Categories that the public is offered; a report without one may be anything, so it is not among them."""
        return [one.code for one in (await self._books.get()).categories.values() if one.in_public]

    async def _guarded(self, period: Period, shared: tuple[str, str | None, list[str]]) -> list[HeatCell]:
        first, end = whole_months(period.first, period.end)
        rows = await self._database.fetch(_SQL.cells, first, end, *shared, *_NO_FILTERS)
        return guarded(by_cell(rows, private=True))


_NO_FILTERS = (None, 0, 24)


def _filters(request: web.Request) -> tuple[list[int] | None, int, int]:
    weekday = query_text(request, "weekday")
    if weekday is not None and weekday not in _WEEKDAYS:
        raise BadValue(field="weekday", value=weekday, allowed=", ".join(_WEEKDAYS))
    first = query_int(request, "hour_from", default=0, least=0, most=23)
    end = query_int(request, "hour_to", default=24, least=1, most=24)
    return (_WEEKDAYS[weekday] if weekday else None), first, end


def _told(case: CaseFile) -> Told:
    cell = cell_of((case.lat_e7 or 0) / 1e7, (case.lon_e7 or 0) / 1e7, FINEST)
    words = case.description
    return Told(id=case.id, category=case.category_code or "", cell=cell, at_ms=case.reported_ms, words=words)


def _added(one: dict[CellId, int], other: dict[CellId, int]) -> dict[CellId, int]:
    return {cell: one.get(cell, 0) + other.get(cell, 0) for cell in {**one, **other}}


def _matrix(rows: list[Row]) -> list[list[int]]:
    found = [[0] * 24 for _ in range(7)]
    for row in rows:
        found[row["weekday"] - 1][row["hour"]] += row["n"]
    return found


def _days(rows: list[Row]) -> list[HeatDay]:
    totals: dict[date, int] = {}
    for row in rows:
        totals[row["day"]] = totals.get(row["day"], 0) + row["n"]
    return [HeatDay(day=day, n=n) for day, n in totals.items()]
