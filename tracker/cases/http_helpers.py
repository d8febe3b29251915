"""Routes that help an operator: a caller's history, what a text is about, what is alike, who is near."""

from __future__ import annotations

import msgspec
from aiohttp import web

from tracker.cases import callers
from tracker.cases.answers import CaseCard
from tracker.cases.book import Books
from tracker.cases.dispatch import suggest
from tracker.cases.nearby import CandidateList, Nearby
from tracker.cases.reading import Reading
from tracker.cases.similar import Alike
from tracker.errors import BadValue, Forbidden
from tracker.jsonio import answer
from tracker.people.model import ACCOUNT_KEY, CASE_INTAKE, CASE_VIEW, MAP_VIEW
from tracker.people.params import path_id, query_int, query_text
from tracker.people.peer import Peers
from tracker.routes import Param, Route, RouteTable

MOST_SUGGESTED = 5
MOST_NEAR = 50
SIMILAR_DAYS = 30
_DAYS = Param(name="days", about="1..365, default 30", type="integer")


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """Cases without further pages."""

    cases: list[CaseCard]


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """A category that a text may be about."""

    code: str
    name: str
    icon: str
    score: float


class SuggestedList(msgspec.Struct, frozen=True, kw_only=True):
    """Categories, best first."""

    categories: list[Suggested]


class HelpersHttp:
    """The routes below /api/v1/case-helpers, and the two that look around one case."""

    def __init__(self, *, reading: Reading, books: Books, nearby: Nearby, peers: Peers) -> None:
        self._reading = reading
        self._books = books
        self._nearby = nearby
        self._peers = peers

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        view = RouteTable("cases", permission=CASE_VIEW)
        intake = RouteTable("cases", permission=CASE_INTAKE)
        helper, one = "/api/v1/case-helpers", "/api/v1/cases/{id}"
        point = tuple(Param(name=name, about="degrees", type="number", required=True) for name in ("lat", "lon"))
        words = (Param(name="text", about="description"), Param(name="category", about="code"), _DAYS)
        phone = (Param(name="phone", about="number", required=True),)
        text = (Param(name="text", about="description", required=True),)
        near = (*callers.CASE_ID, Param(name="limit", about="1..50, default 10", type="integer"))
        return [
            intake.get(
                f"{helper}/caller", self.caller, "Earlier cases of a phone number", params=phone, returns=CaseList
            ),
            intake.get(
                f"{helper}/category", self.category, "What a text may be about", params=text, returns=SuggestedList
            ),
            view.get(f"{helper}/similar", self.similar, "Alike and near", params=(*point, *words), returns=CaseList),
            view.get(
                f"{one}/similar", self.similar_to, "What may be the same as this case", returns=CaseList,
                params=(*callers.CASE_ID, _DAYS),
            ),
            view.get(f"{one}/nearest", self.nearest, "Who could go there", params=near, returns=CandidateList),
        ]  # fmt: skip

    async def caller(self, request: web.Request) -> web.StreamResponse:
        """A caller's history."""
        phone, area = query_text(request, "phone") or "", request[ACCOUNT_KEY].area
        found = await self._reading.of_caller(phone, area, callers.at_desk(request, self._peers))
        return answer(CaseList(cases=found))

    async def category(self, request: web.Request) -> web.StreamResponse:
        """Suggestions from the text."""
        book = await self._books.get()
        found = suggest(query_text(request, "text") or "", book.categories.values())[:MOST_SUGGESTED]
        shown = [Suggested(code=one.code, name=one.name, icon=one.icon, score=score) for one, score in found]
        return answer(SuggestedList(categories=shown))

    async def similar(self, request: web.Request) -> web.StreamResponse:
        """Duplicates of a report that is being written."""
        wanted = Alike(
            lat_e7=_degrees(request, "lat", 90),
            lon_e7=_degrees(request, "lon", 180),
            text=query_text(request, "text") or "",
            category=query_text(request, "category"),
            days=_days(request),
        )
        return answer(
            CaseList(cases=await self._reading.similar.to_report(wanted, callers.at_desk(request, self._peers)))
        )

    async def similar_to(self, request: web.Request) -> web.StreamResponse:
        """Duplicates of a case."""
        actor = callers.at_desk(request, self._peers)
        return answer(
            CaseList(cases=await self._reading.similar.to_case(path_id(request, "case"), actor, _days(request)))
        )

    async def nearest(self, request: web.Request) -> web.StreamResponse:
        """Live positions: only for those who may see the map."""
        if not request[ACCOUNT_KEY].may(MAP_VIEW):
            raise Forbidden(f"your role {request[ACCOUNT_KEY].role} lacks the permission {MAP_VIEW}")
        limit = query_int(request, "limit", default=10, least=1, most=MOST_NEAR)
        actor = callers.at_desk(request, self._peers)
        return answer(await self._nearby.of_case(path_id(request, "case"), actor, limit))


def _days(request: web.Request) -> int:
    return query_int(request, "days", default=SIMILAR_DAYS, least=1, most=365)


def _degrees(request: web.Request, name: str, most: int) -> int:
    text = request.query.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise BadValue(field=name, value=text, allowed=f"-{most}..{most}")
    return round(value * 1e7)
