"""Routes of the KPIs: every count, rate and composite of a period with its formula, and the cases behind a count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
from aiohttp import web

from tracker.cases.answers import CasePage
from tracker.cases.kpi import COUNTS, VERSION, CompositeInfo, RateInfo, composites, rates, volume_score
from tracker.cases.reading import MOST_ID, Reading
from tracker.cases.rows import CaseFile, read
from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.jsonio import answer
from tracker.people.model import ACCOUNT_KEY, CASE_KPI
from tracker.people.params import query_int, query_text
from tracker.routes import Param, Route

_SQL = Queries.beside(__file__, "kpi.sql")
LONGEST_MS = 3 * 366 * 86_400_000
_LATEST_MS = 4_102_444_800_000  # the year 2100
_PERIOD = (
    Param(name="from", about="Unix ms", type="integer", required=True),
    Param(name="to", about="Unix ms, exclusive", type="integer", required=True),
    Param(name="area", about="12-digit division or 15-digit grid code; default: one's own"),
    Param(name="department", about="code"),
)


class KpiAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period; `names` are the counts in words."""

    from_ms: int
    to_ms: int
    version: int
    counts: dict[str, int]
    names: dict[str, str]
    rates: list[RateInfo]
    composites: list[CompositeInfo]


class KpiHttp:
    """The routes below /api/v1/case-kpi."""

    def __init__(self, *, database: Database, reading: Reading, now_ms: NowMs) -> None:
        self._database = database
        self._reading = reading
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        shared: dict[str, Any] = {"method": "GET", "room": "cases", "permission": CASE_KPI}
        count = Param(name="count", about="key of a count", required=True)
        paging = (
            Param(name="cursor", about="`next` of an earlier answer"),
            Param(name="limit", about="1..1000", type="integer"),
        )
        return [
            Route(
                path="/api/v1/case-kpi",
                handler=self.figures,
                summary="Counts, rates and grades of a period, with formulas",
                params=_PERIOD,
                returns=KpiAnswer,
                **shared,
            ),
            Route(
                path="/api/v1/case-kpi/cases",
                handler=self.behind,
                summary="The cases behind a count",
                params=(count, *_PERIOD, *paging),
                returns=CasePage,
                **shared,
            ),
        ]

    async def figures(self, request: web.Request) -> web.StreamResponse:
        """All of a period."""
        from_ms, to_ms = _period(request)
        rows = await self._rows(request, from_ms, to_ms, None, MOST_ID)
        counts = dict.fromkeys(COUNTS, 0) | {row["key"]: row["total"] for row in rows}
        scores = await self._scores(query_text(request, "department"), from_ms, to_ms)
        return answer(
            KpiAnswer(
                from_ms=from_ms,
                to_ms=to_ms,
                version=VERSION,
                counts=counts,
                names=COUNTS,
                rates=rates(counts),
                composites=composites(counts, scores),
            )
        )

    async def behind(self, request: web.Request) -> web.StreamResponse:
        """Cases of one count, newest first."""
        key = query_text(request, "count")
        if key not in COUNTS:
            raise BadValue(field="count", value=key, allowed=", ".join(COUNTS))
        cursor = query_int(request, "cursor", default=MOST_ID, least=1, most=MOST_ID)
        limit = query_int(request, "limit", default=100, least=1, most=1000)
        rows = await self._rows(request, *_period(request), key, cursor)
        ids = sorted((rows[0]["cases"] or []) if rows else [], reverse=True)
        found = await self._database.fetch(_SQL.cases_of, ids[:limit])
        cards = await self._reading.cards([read(CaseFile, row) for row in found])
        return answer(CasePage(cases=cards, next=str(ids[limit - 1]) if len(ids) > limit else None))

    async def _rows(self, request: web.Request, from_ms: int, to_ms: int, key: str | None, before: int) -> list[Row]:
        account = request[ACCOUNT_KEY]
        area = account.area_or_own(request.query.get("area"))
        department = query_text(request, "department")
        values = (to_datetime(from_ms), to_datetime(to_ms), area.prefix, department, account.department)
        return await self._database.fetch(_SQL.counted, *values, key, before)

    async def _scores(self, department: str | None, from_ms: int, to_ms: int) -> dict[str, Fraction | None]:
        """Volume against the busiest department; the other two would need one person's figures."""
        rows = await self._database.fetch(_SQL.volumes, to_datetime(from_ms), to_datetime(to_ms))
        volumes = {row["department_code"]: row["total"] for row in rows}
        own = volume_score(volumes.get(department, 0), list(volumes.values())) if department else None
        return {"volume_score": own, "accepted_score": None, "dispatch_score": None}


def _period(request: web.Request) -> tuple[int, int]:
    from_ms = query_int(request, "from", default=-1, least=0, most=_LATEST_MS)
    to_ms = query_int(request, "to", default=-1, least=0, most=_LATEST_MS)
    if not 0 <= from_ms < to_ms <= from_ms + LONGEST_MS:
        raise BadValue(field="to", value=to_ms, allowed="after `from`, at most three years")
    return from_ms, to_ms
