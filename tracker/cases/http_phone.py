"""Routes of the grid worker's phone: report, see what is to verify and check, and do it."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from tracker.cases.answers import CaseCard, CaseDetail
from tracker.cases.book import Books, Category
from tracker.cases.callers import CASE_ID, at_phone
from tracker.cases.cases import Cases, Created
from tracker.cases.intake import Intake, ReporterBody, checked
from tracker.cases.model import Change, MediaRole
from tracker.cases.reading import Reading
from tracker.cases.waiting import LONGEST_S, Waiting
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.errors import BadValue
from tracker.jsonio import answer, decode, lean
from tracker.people.params import path_id, query_int, query_text
from tracker.people.peer import Peers
from tracker.routes import Access, Param, Route, RouteTable

CHANNEL = "grid"
MOST_BODY = 64 * 1024
_NEWS = (
    Param(name="tag", about="what was told last"),
    Param(name="wait", about=f"seconds to wait for another tag, 0..{LONGEST_S}; default 0", type="integer"),
)


class PhoneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the report page of the phone needs."""

    categories: list[Category]


class MyCases(msgspec.Struct, frozen=True, kw_only=True):
    """To verify and check, and own reports."""

    todo: list[CaseDetail]
    reported: list[CaseCard]


class CaseNews(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits, how much of it is late or about to be; `tag` changes whenever anything of it does."""

    todo: int
    warned: int
    late: int
    urges: int
    tag: str


class PhoneCasesHttp:
    """The routes below /api/v1/my."""

    def __init__(
        self, *, cases: Cases, reading: Reading, books: Books, register: Register, peers: Peers, waiting: Waiting,
        now_ms: NowMs,
    ) -> None:  # fmt: skip
        self._cases = cases
        self._reading = reading
        self._books = books
        self._register = register
        self._peers = peers
        self._waiting = waiting
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table = RouteTable("cases", access=Access.DEVICE, max_body=MOST_BODY)
        path = "/api/v1/my/cases"
        return [
            table.get(
                "/api/v1/my/case-config", self.config, "Categories with icons for the phone", returns=PhoneConfig
            ),
            table.get(
                "/api/v1/my/case-news",
                self.news,
                "Whether anything waits for the worker",
                params=_NEWS,
                returns=CaseNews,
            ),
            table.post(
                path,
                self.create,
                "A grid worker's report; sent twice is once",
                body=Intake,
                returns=Created,
                status=201,
            ),
            table.get(path, self.mine, "What the worker has to verify and check, and reported", returns=MyCases),
            table.post(
                f"{path}/{{id}}/changes",
                self.change,
                "Verified, checked",
                params=CASE_ID,
                body=Change,
                returns=CaseCard,
            ),
        ]

    async def config(self, _request: web.Request) -> web.StreamResponse:
        """Categories."""
        return lean(PhoneConfig(categories=list((await self._books.get()).categories.values())))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A report with at least one photo; outside all grids it belongs to the worker's own."""
        actor, intake = at_phone(request, self._peers), decode(await request.read(), Intake)
        if again := await self._cases.earlier(intake.client_id):
            return answer(again, status=201)
        _check_workers(intake)
        worker = self._register.worker(actor.worker_id or 0)
        intake = msgspec.structs.replace(intake, reporter=ReporterBody(name=worker.name if worker else ""))
        book = await self._books.get()
        new = checked(intake, book, self._register.grid_at, self._now_ms(), fallback_area=actor.area)
        return answer(await self._cases.create(new, actor), status=201)

    async def news(self, request: web.Request) -> web.StreamResponse:
        """What the phone asks again and again; the cases themselves only when the tag is another one."""
        actor = at_phone(request, self._peers)
        worker_id, wait_s = actor.worker_id or 0, query_int(request, "wait", default=0, least=0, most=LONGEST_S)
        known = query_text(request, "tag")
        if not wait_s:
            return answer(CaseNews(**await self._reading.news_of_worker(worker_id, actor)))
        with self._waiting.listen(worker_id) as heard:
            found = await self._reading.news_of_worker(worker_id, actor)
            if found["tag"] == known and await _is_set(heard, wait_s):
                found = await self._reading.news_of_worker(worker_id, actor)
        return answer(CaseNews(**found))

    async def mine(self, request: web.Request) -> web.StreamResponse:
        """The worker's work."""
        actor = at_phone(request, self._peers)
        todo, reported = await self._reading.of_worker(actor.worker_id or 0, actor)
        return answer(MyCases(todo=todo, reported=reported))

    async def change(self, request: web.Request) -> web.StreamResponse:
        """One of the worker's transitions."""
        case = await self._cases.change(
            path_id(request, "case"), decode(await request.read(), Change), at_phone(request, self._peers)
        )
        return answer((await self._reading.cards([case]))[0])


async def _is_set(heard: asyncio.Event, wait_s: float) -> bool:
    """Whether something came in this time."""
    try:
        await asyncio.wait_for(heard.wait(), wait_s)
    except TimeoutError:
        return False
    return True


def _check_workers(intake: Intake) -> None:
    if intake.channel != CHANNEL:
        raise BadValue(field="channel", value=intake.channel, allowed=CHANNEL)
    if intake.category is None:
        raise BadValue(field="category", value="", allowed="the code of a category in use")
    if intake.lat is None or intake.lon is None:
        raise BadValue(field="lat", value=intake.lat, allowed="where the worker stands")
    roles = {one.role for one in intake.media}
    if not intake.media:
        raise BadValue(field="media", value=0, allowed="at least one photo")
    if intake.self_handled and not {MediaRole.BEFORE, MediaRole.AFTER} <= roles:
        raise BadValue(field="media", value=sorted(roles), allowed="photos before and after what was solved")
