"""Routes of the KPIs: figures with formulas, series, tables side by side, files, the cases behind a count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

import msgspec
from aiohttp import web

from tracker.cases import access
from tracker.cases.answers import CasePage
from tracker.cases.book import Books
from tracker.cases.kpi import (
    COMPOSITES,
    COUNTS,
    VERSION,
    Composite,
    CompositeInfo,
    Formula,
    RateInfo,
    composites,
    percent,
    rates,
    volume_score,
)
from tracker.cases.kpi import FORMULAS as RATES
from tracker.cases.model import Actor
from tracker.cases.reading import Reading
from tracker.cases.rows import CaseFile, read
from tracker.cases.states import Doer
from tracker.cases.stats_behind import Asked, Behind
from tracker.cases.stats_fair import ABOUT
from tracker.cases.stats_files import FORMATS, Sheet, safe_name
from tracker.cases.stats_fold import SQL
from tracker.cases.stats_league import LEAGUES, League, LeagueRow, league
from tracker.cases.stats_read import Period, Spans, Statistics, scope_of
from tracker.clock import DAY_MS, day_start_ms, local_day
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.errors import BadValue
from tracker.geo.area import Area, Level
from tracker.jsonio import answer
from tracker.people.model import ACCOUNT_KEY, CASE_KPI, Account
from tracker.people.params import query_int, query_text
from tracker.routes import AREA_PARAM, PAGE_PARAMS, Param, Route, RouteTable

LONGEST_MS = 3 * 366 * DAY_MS
_LATEST_MS = 4_102_444_800_000  # the year 2100
_PERIOD = (
    Param(name="from", about="Unix ms; its whole local day is counted", type="integer", required=True),
    Param(name="to", about="Unix ms, exclusive", type="integer", required=True),
)
_SCOPE = (
    AREA_PARAM,
    Param(name="department", about="code; for the county or a township"),
    Param(name="channel", about="code; not together with a department"),
)
_STEP = Param(name="step", about="day, week (from Monday) or month")
_BY = Param(name="by", about=", ".join(LEAGUES), required=True)
SPAN_NAMES = {
    "first": ("首次响应时长", "First response", "工作分钟：登记 → 中心第一次处理"),
    "handling": ("处置时长", "Handling time", "工作分钟：派遣 → 处置完成，挂账不计"),
}


class SpanInfo(msgspec.Struct, frozen=True, kw_only=True):
    """P50 and P90 of working minutes; None where nothing was counted."""

    key: str
    zh: str
    en: str
    n: int
    p50: int | None
    p90: int | None
    formula: str


class KpiAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period; `names` are the counts in words."""

    from_ms: int
    to_ms: int
    version: int
    counts: dict[str, int]
    names: dict[str, str]
    rates: list[RateInfo]
    composites: list[CompositeInfo]
    spans: list[SpanInfo]


class SeriesPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One day, week or month; `percents` by rate, None where there is nothing to divide by."""

    day: date
    from_ms: int
    to_ms: int
    counts: dict[str, int]
    percents: dict[str, str | None]


class RateName(msgspec.Struct, frozen=True, kw_only=True):
    """What a rate or a score is called and made of."""

    key: str
    zh: str
    en: str
    formula: str


class SeriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Points in order, and what each rate is made of."""

    step: str
    version: int
    points: list[SeriesPoint]
    names: dict[str, str]
    rates: list[RateName]


class LeagueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Members side by side; `about` says how small numbers are treated."""

    by: str
    from_ms: int
    to_ms: int
    rows: list[LeagueRow]
    rates: list[RateName]
    composite: RateName | None
    about: str


class KpiHttp:
    """The routes below /api/v1/case-kpi."""

    def __init__(
        self, *, database: Database, reading: Reading, statistics: Statistics, register: Register, books: Books
    ) -> None:
        self._database = database
        self._reading = reading
        self._statistics = statistics
        self._register = register
        self._books = books
        self._behind = Behind(database=database, statistics=statistics)

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table, path = RouteTable("cases", permission=CASE_KPI), "/api/v1/case-kpi"
        asked = (*_PERIOD, *_SCOPE)
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
                      params=(_BY, *_PERIOD, AREA_PARAM), returns=LeagueAnswer),
            table.get(f"{path}/file", self.file, "A table with its formulas as a file",
                      params=(*files, *asked), content="application/octet-stream"),
            table.get(f"{path}/cases", self.behind, "The cases behind a count",
                      params=(count, *asked, *PAGE_PARAMS), returns=CasePage),
        ]  # fmt: skip

    async def figures(self, request: web.Request) -> web.StreamResponse:
        """All of a period."""
        period, asked = period_of(request), _asked(request)
        counts = (await self._statistics.counts([asked.scope], period))[asked.scope]
        scores = await self._scores(asked, period)
        spans = await self._statistics.spans([asked.scope], period)
        return answer(
            KpiAnswer(
                from_ms=day_start_ms(period.first),
                to_ms=day_start_ms(period.end),
                version=VERSION,
                counts=counts,
                names=COUNTS,
                rates=rates(counts),
                composites=composites(counts, scores),
                spans=[_span(key, spans.get((asked.scope, key), Spans())) for key in SPAN_NAMES],
            )
        )

    async def series(self, request: web.Request) -> web.StreamResponse:
        """Figures by day, week or month."""
        step = query_text(request, "step") or "day"
        points = await self._points(_asked(request), period_of(request), step)
        named = [_named(one) for one in RATES.values()]
        return answer(SeriesAnswer(step=step, version=VERSION, points=points, names=COUNTS, rates=named))

    async def league(self, request: web.Request) -> web.StreamResponse:
        """One table of members."""
        by, period = query_text(request, "by") or "", period_of(request)
        rows = await self._league(by, _own(request), period)
        return answer(
            LeagueAnswer(
                by=by,
                from_ms=day_start_ms(period.first),
                to_ms=day_start_ms(period.end),
                rows=rows,
                rates=[_named(RATES[key]) for key in LEAGUES[by].rates],
                composite=_named(COMPOSITES[composite]) if (composite := LEAGUES[by].composite) else None,
                about=ABOUT,
            )
        )

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A table as XLSX or CSV."""
        wanted, form, period = (
            query_text(request, "table") or "",
            query_text(request, "format") or "",
            period_of(request),
        )
        if form not in FORMATS:
            raise BadValue(field="format", value=form, allowed=", ".join(FORMATS))
        sheet = await self._sheet(wanted, request, period)
        content, write = FORMATS[form]
        name = safe_name(f"case-{wanted}-{period.first}-{period.end - timedelta(days=1)}.{form}")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=write(sheet), content_type=content, headers=headers)

    async def behind(self, request: web.Request) -> web.StreamResponse:
        """Cases of one count, newest day first."""
        key, period, asked = query_text(request, "count") or "", period_of(request), _asked(request)
        if key not in COUNTS:
            raise BadValue(field="count", value=key, allowed=", ".join(COUNTS))
        limit = query_int(request, "limit", default=100, least=1, most=1000)
        ids, following = await self._behind.page(key, asked, period, query_text(request, "cursor"), limit)
        rows = {row["id"]: row for row in await self._database.fetch(SQL.cases_of, ids)}
        actor = actor_of(request[ACCOUNT_KEY])
        files = [case for one in ids if access.may_see(case := read(CaseFile, rows[one]), actor)]
        return answer(CasePage(cases=await self._reading.cards(files), next=following))

    async def _points(self, asked: Asked, period: Period, step: str) -> list[SeriesPoint]:
        found = (await self._statistics.series([asked.scope], period, step))[asked.scope]
        ends = [*(start for start, _ in found[1:]), period.end]
        return [
            SeriesPoint(
                day=start,
                from_ms=day_start_ms(start),
                to_ms=day_start_ms(end),
                counts=counts,
                percents={key: percent(one.value(counts)) for key, one in RATES.items()},
            )
            for (start, counts), end in zip(found, ends, strict=True)
        ]

    async def _scores(self, asked: Asked, period: Period) -> dict[str, Fraction | None]:
        """Volume against the busiest department; the other two would need one person's figures."""
        own: Fraction | None = None
        if asked.department:
            codes = {*self._register.snapshot.departments, asked.department}
            scopes = [f"{asked.prefix}|d:{code}" for code in codes]
            counts = await self._statistics.counts(scopes, period)
            own = volume_score(counts[asked.scope]["handled"], [one["handled"] for one in counts.values()])
        return {"volume_score": own, "accepted_score": None, "dispatch_score": None}

    async def _league(self, by: str, area: Area, period: Period) -> list[LeagueRow]:
        kind = LEAGUES.get(by)
        if kind is None:
            raise BadValue(field="by", value=by, allowed=", ".join(LEAGUES))
        names = await self._members(by, kind, area)
        counts = await self._statistics.counts(list(names), period)
        return league(kind, names, counts, await self._statistics.spans(list(names), period))

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
        if area.level is not Level.COUNTY:
            raise BadValue(field="area", value=area.code, allowed="the county: people of the desk work for all of it")
        rows = await self._database.fetch(SQL.doers, area.prefix, list(_ROLES[kind.composite or ""]))
        return {f"{area.prefix}|a:{row['id']}": row["display_name"] for row in rows}

    async def _sheet(self, wanted: str, request: web.Request, period: Period) -> Sheet:
        asked = _asked(request)
        if wanted == "figures":
            counts = (await self._statistics.counts([asked.scope], period))[asked.scope]
            return Sheet.of_figures(period, asked.scope, counts)
        if wanted == "series":
            step = query_text(request, "step") or "day"
            points = await self._points(asked, period, step)
            return Sheet.of_series(period, asked.scope, [(one.day, one.counts, one.percents) for one in points])
        if wanted not in LEAGUES:
            raise BadValue(field="table", value=wanted, allowed=f"figures, series, {', '.join(LEAGUES)}")
        return Sheet.of_league(period, LEAGUES[wanted], await self._league(wanted, _own(request), period))


_ROLES = {  # a shift leader may do an operator's work, so is counted among them, too
    "operator": ("operator", "shift_leader"),
    "shift_leader": ("shift_leader",),
    "dispatcher": ("dispatcher",),
}


def _named(one: Formula | Composite) -> RateName:
    return RateName(key=one.key, zh=one.zh, en=one.en, formula=one.text)


def _span(key: str, spans: Spans) -> SpanInfo:
    zh, en, formula = SPAN_NAMES[key]
    return SpanInfo(key=key, zh=zh, en=en, n=spans.total, p50=spans.rank(50), p90=spans.rank(90), formula=formula)


def _own(request: web.Request) -> Area:
    account: Account = request[ACCOUNT_KEY]
    return account.area_or_own(request.query.get("area"))


def _asked(request: web.Request) -> Asked:
    area, department, channel = _own(request), query_text(request, "department"), query_text(request, "channel")
    scope = scope_of(area, department, channel)
    return Asked(scope=scope, prefix=area.prefix, department=department, channel=channel)


def actor_of(account: Account) -> Actor:
    """Who reads."""
    doer = Doer(account.role.value)
    return Actor(doer=doer, area=account.area.code, account_id=account.id, department=account.department)


def period_of(request: web.Request) -> Period:
    """The whole local days that `from` and `to` touch; raises BadValue."""
    from_ms = query_int(request, "from", default=-1, least=0, most=_LATEST_MS)
    to_ms = query_int(request, "to", default=-1, least=0, most=_LATEST_MS)
    if not 0 <= from_ms < to_ms <= from_ms + LONGEST_MS:
        raise BadValue(field="to", value=to_ms, allowed="after `from`, at most three years")
    return Period(first=local_day(from_ms), end=local_day(to_ms - 1) + timedelta(days=1))
