"""Routes of the desk: queues, lists, one case, and a new report."""

from __future__ import annotations

import msgspec
from aiohttp import web

from tracker.cases import callers
from tracker.cases.answers import CaseDetail, CasePage
from tracker.cases.book import Books
from tracker.cases.cases import Cases, Created
from tracker.cases.intake import Intake, checked
from tracker.cases.lists import Wanted
from tracker.cases.queues import QUEUES
from tracker.cases.reading import Reading
from tracker.cases.states import State
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.errors import BadValue
from tracker.jsonio import answer, decode
from tracker.people.model import ACCOUNT_KEY, CASE_INTAKE, CASE_VIEW
from tracker.people.params import path_id, query_int, query_text
from tracker.people.peer import Peers
from tracker.routes import AREA_PARAM, PAGE_PARAMS, Param, Route, RouteTable

MOST_BODY = 64 * 1024  # a description of 4000 characters, an answer, nine references
_LIST = (
    AREA_PARAM,
    *(
        Param(name=name, about=about)
        for name, about in (
            ("queue", "key of a queue: open cases, the most urgent first; without: all, newest first"),
            ("state", "states, with commas"),
            ("department", "code"),
            ("category", "code"),
            ("channel", "code"),
            ("light", "green, yellow, red; with a queue"),
            ("words", "in the description, or a number"),
        )
    ),
    *PAGE_PARAMS,
)


class QueueCount(msgspec.Struct, frozen=True, kw_only=True):
    """A queue with its counts."""

    key: str
    zh: str
    en: str
    total: int
    green: int
    yellow: int
    red: int


class QueueList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's queues."""

    queues: list[QueueCount]


class DeskHttp:
    """The reading routes below /api/v1/cases, and the report that comes by phone or letter."""

    def __init__(
        self, *, cases: Cases, reading: Reading, books: Books, register: Register, peers: Peers, now_ms: NowMs
    ) -> None:
        self._cases = cases
        self._reading = reading
        self._books = books
        self._register = register
        self._peers = peers
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        view = RouteTable("cases", permission=CASE_VIEW)
        intake = RouteTable("cases", permission=CASE_INTAKE, max_body=MOST_BODY)
        path = "/api/v1/cases"
        return [
            view.get(
                f"{path}/queues",
                self.queues,
                "The caller's queues with lights",
                params=(AREA_PARAM,),
                returns=QueueList,
            ),
            view.get(path, self.page, "Cases of a queue, or newest first", params=_LIST, returns=CasePage),
            view.get(f"{path}/{{id}}", self.detail, "One case in full", params=callers.CASE_ID, returns=CaseDetail),
            intake.post(path, self.create, "Take a report", body=Intake, returns=Created, status=201),
        ]

    async def queues(self, request: web.Request) -> web.StreamResponse:
        """Counts and lights."""
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        found = await self._reading.queues(area, callers.at_desk(request, self._peers))
        return answer({"queues": found})

    async def page(self, request: web.Request) -> web.StreamResponse:
        """A page of a list."""
        return answer(await self._reading.page(_wanted(request), callers.at_desk(request, self._peers)))

    async def detail(self, request: web.Request) -> web.StreamResponse:
        """One case."""
        actor = callers.at_desk(request, self._peers)
        return answer(await self._reading.detail(path_id(request, "case"), actor))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A report that came by phone, letter or another system."""
        intake = decode(await request.read(), Intake)
        if again := await self._cases.earlier(intake.client_id):
            return answer(again, status=201)
        new = checked(intake, await self._books.get(), self._register.grid_at, self._now_ms(), asks=True)
        request[ACCOUNT_KEY].require_area(new.area_code)
        return answer(await self._cases.create(new, callers.at_desk(request, self._peers)), status=201)


def _wanted(request: web.Request) -> Wanted:
    key = query_text(request, "queue")
    queue = next((one for one in QUEUES if one.key == key), None)
    if key and queue is None:
        raise BadValue(field="queue", value=key, allowed=", ".join(one.key for one in QUEUES))
    return Wanted(
        area=request[ACCOUNT_KEY].area_or_own(request.query.get("area")),
        states=_states(query_text(request, "state")),
        queue=queue,
        department=query_text(request, "department"),
        category=query_text(request, "category"),
        channel=query_text(request, "channel"),
        light=query_text(request, "light"),
        words=query_text(request, "words"),
        cursor=query_text(request, "cursor"),
        limit=query_int(request, "limit", default=100, least=1, most=1000),
    )


def _states(text: str | None) -> list[State] | None:
    if not text:
        return None
    unknown = [word for word in text.split(",") if word not in set(State)]
    if unknown:
        raise BadValue(field="state", value=unknown[0], allowed=", ".join(State))
    return [State(word) for word in text.split(",")]
