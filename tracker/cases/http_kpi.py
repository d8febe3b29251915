"""Routes of the KPIs: figures with formulas, series, tables side by side, files, the cases behind a count."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from tracker.cases import access
from tracker.cases.answers import CasePage
from tracker.cases.kpi import COMPOSITES, FORMULAS, VERSION
from tracker.cases.kpi_answers import KpiAnswer, LeagueAnswer, SeriesAnswer, named
from tracker.cases.kpi_asked import PERIOD_PARAMS, SCOPE_PARAMS, actor_of, asked_of, own_area, period_of
from tracker.cases.kpi_counts import COUNTS, COUNTS_EN
from tracker.cases.kpi_tables import Tables
from tracker.cases.reading import Reading
from tracker.cases.rows import CaseFile, read
from tracker.cases.stats_behind import Asked, Behind
from tracker.cases.stats_fair import ABOUT, ABOUT_EN
from tracker.cases.stats_files import FORMATS, safe_name
from tracker.cases.stats_fold import SQL
from tracker.cases.stats_league import LEAGUES
from tracker.clock import day_start_ms
from tracker.db.pool import Database
from tracker.errors import BadValue
from tracker.jsonio import answer
from tracker.people.model import ACCOUNT_KEY, CASE_KPI
from tracker.people.params import query_int, query_text
from tracker.routes import AREA_PARAM, PAGE_PARAMS, Param, Route, RouteTable

_STEP = Param(name="step", about="day, week (from Monday) or month")
_BY = Param(name="by", about=", ".join(LEAGUES), required=True)
_NAME = Param(name="name", about="a part of the names of those who are shown; ranks are those among all")
_WORKER = Param(name="worker", about="id of a grid worker; then no department or channel", type="integer")
_MOST_INT = (1 << 31) - 1  # an id is a PostgreSQL integer


class KpiHttp:
    """The routes below /api/v1/case-kpi."""

    def __init__(self, *, database: Database, reading: Reading, tables: Tables, behind: Behind) -> None:
        self._database = database
        self._reading = reading
        self._tables = tables
        self._behind = behind

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table, path = RouteTable("cases", permission=CASE_KPI), "/api/v1/case-kpi"
        asked = (*PERIOD_PARAMS, *SCOPE_PARAMS)
        count = Param(name="count", about="key of a count", required=True)
        files = (
            Param(name="table", about=f"figures, series, or one of {', '.join(LEAGUES)}", required=True),
            Param(name="format", about=" or ".join(FORMATS), required=True),
            _STEP,
        )
        return [
            table.get(path, self.figures, "Counts, rates and grades of a period", params=asked, returns=KpiAnswer),
            table.get(f"{path}/series", self.series, "The same by day, week or month",
                      params=(_STEP, *asked), returns=SeriesAnswer),
            table.get(f"{path}/league", self.league, "Departments, townships, channels or people side by side",
                      params=(_BY, _NAME, *PERIOD_PARAMS, AREA_PARAM, *PAGE_PARAMS), returns=LeagueAnswer),
            table.get(f"{path}/file", self.file, "A table with its formulas as a file",
                      params=(*files, *asked), content="application/octet-stream"),
            table.get(f"{path}/cases", self.behind, "The cases behind a count",
                      params=(count, *asked, _WORKER, *PAGE_PARAMS), returns=CasePage),
        ]  # fmt: skip

    async def figures(self, request: web.Request) -> web.StreamResponse:
        """All of a period."""
        return answer(await self._tables.figures(asked_of(request), period_of(request)))

    async def series(self, request: web.Request) -> web.StreamResponse:
        """Figures by day, week or month."""
        step = _step_of(request)
        points = await self._tables.points(asked_of(request), period_of(request), step)
        names = {"names": COUNTS, "names_en": COUNTS_EN}
        rates = [named(one) for one in FORMULAS.values()]
        return answer(SeriesAnswer(step=step, version=VERSION, points=points, rates=rates, **names))

    async def league(self, request: web.Request) -> web.StreamResponse:
        """A page of one table of members; ranks are among all of them."""
        by, period = query_text(request, "by") or "", period_of(request)
        first, limit = query_int(request, "cursor", default=0, least=0, most=_MOST_INT), _limit_of(request)
        rows = await self._tables.league(by, own_area(request), period)
        rows = [row for row in rows if (query_text(request, "name") or "") in row.name]
        end = first + limit
        return answer(
            LeagueAnswer(
                by=by,
                from_ms=day_start_ms(period.first),
                to_ms=day_start_ms(period.end),
                rows=rows[first:end],
                members=len(rows),
                next=str(end) if end < len(rows) else None,
                names=COUNTS,
                names_en=COUNTS_EN,
                rates=[named(FORMULAS[key]) for key in LEAGUES[by].rates],
                composite=named(COMPOSITES[composite]) if (composite := LEAGUES[by].composite) else None,
                about=ABOUT,
                about_en=ABOUT_EN,
            )
        )

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A table as XLSX or CSV."""
        wanted, form = query_text(request, "table") or "", query_text(request, "format") or ""
        period = period_of(request)
        if form not in FORMATS:
            raise BadValue(field="format", value=form, allowed=", ".join(FORMATS))
        sheet = await self._tables.sheet(wanted, asked_of(request), own_area(request), period, _step_of(request))
        content, write = FORMATS[form]
        name = safe_name(f"case-{wanted}-{period.first}-{period.end - timedelta(days=1)}.{form}")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=write(sheet), content_type=content, headers=headers)

    async def behind(self, request: web.Request) -> web.StreamResponse:
        """Cases of one count, newest day first."""
        key, period, asked = query_text(request, "count") or "", period_of(request), self._asked(request)
        if key not in COUNTS:
            raise BadValue(field="count", value=key, allowed=", ".join(COUNTS))
        cursor, limit = query_text(request, "cursor"), _limit_of(request)
        ids, following = await self._behind.page(key, asked, period, cursor, limit)
        rows = {row["id"]: row for row in await self._database.fetch(SQL.cases_of, ids)}
        actor = actor_of(request[ACCOUNT_KEY])
        files = [case for one in ids if access.may_see(case := read(CaseFile, rows[one]), actor)]
        return answer(CasePage(cases=await self._reading.cards(files), next=following))

    def _asked(self, request: web.Request) -> Asked:
        worker_id = query_int(request, "worker", default=0, least=1, most=_MOST_INT)
        return self._tables.of_worker(worker_id, own_area(request)) if worker_id else asked_of(request)


def _limit_of(request: web.Request) -> int:
    return query_int(request, "limit", default=100, least=1, most=1000)


def _step_of(request: web.Request) -> str:
    return query_text(request, "step") or "day"
