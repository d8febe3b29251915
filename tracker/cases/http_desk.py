"""Routes of the desk: lists, one case, every change of it, and what helps an operator."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from tracker.cases.answers import STAGE_NAMES, CaseCard, CaseDetail, CasePage
from tracker.cases.book import Books, Category, Channel, Template
from tracker.cases.cases import Cases, Created
from tracker.cases.dispatch import suggest
from tracker.cases.intake import Intake, checked
from tracker.cases.model import Actor, Change
from tracker.cases.reading import QUEUES, Reading, Wanted
from tracker.cases.records import AnswerBody, NoteBody, Records, ReplyBody, RevealBody, SuperviseBody, VisitBody
from tracker.cases.states import STATES, TRANSITIONS, Doer, State
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.errors import BadValue
from tracker.jsonio import answer, decode
from tracker.people.model import (
    ACCOUNT_KEY,
    CASE_CHANGE,
    CASE_INTAKE,
    CASE_REVEAL,
    CASE_SUPERVISE,
    CASE_VIEW,
)  # fmt: skip
from tracker.people.params import path_id, query_int, query_text
from tracker.people.peer import Peers
from tracker.routes import Param, Route

MOST_BODY = 64 * 1024  # a description of 4000 characters, an answer, nine references
MOST_SUGGESTED = 5
SIMILAR_DAYS = 30
_ID = (Param(name="id", about="case", where="path", type="integer", required=True),)
_AREA = Param(name="area", about="12-digit division or 15-digit grid code; default: one's own")
_LIST = (
    _AREA,
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
            ("cursor", "the `next` of an earlier answer"),
        )
    ),
    Param(name="limit", about="1..1000, default 100", type="integer"),
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


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """A field in clear text."""

    value: str


class CaseConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The tables that pages are drawn from."""

    states: list[dict[str, Any]]
    transitions: list[dict[str, Any]]
    stages: list[dict[str, Any]]
    categories: list[Category]
    channels: list[Channel]
    templates: list[Template]
    departments: list[dict[str, str]]
    queues: list[dict[str, Any]]
    levels: list[dict[str, str]]


LEVELS = [
    {"code": "normal", "zh": "一般督办", "en": "Normal"},
    {"code": "key", "zh": "重点督办", "en": "Key"},
    {"code": "listed", "zh": "挂牌督办", "en": "Listed"},
]


class DeskHttp:
    """The routes below /api/v1/cases and /api/v1/case-helpers."""

    def __init__(
        self,
        *,
        cases: Cases,
        records: Records,
        reading: Reading,
        books: Books,
        register: Register,
        peers: Peers,
        now_ms: NowMs,
    ) -> None:
        self._cases = cases
        self._records = records
        self._reading = reading
        self._books = books
        self._register = register
        self._peers = peers
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        view: dict[str, Any] = {"method": "GET", "room": "cases", "permission": CASE_VIEW}
        post: dict[str, Any] = {
            "method": "POST",
            "room": "cases",
            "params": _ID,
            "max_body": MOST_BODY,
            "returns": CaseDetail,
        }
        helper = "/api/v1/case-helpers"
        near = tuple(Param(name=name, about="degrees", type="number", required=True) for name in ("lat", "lon"))
        return [
            Route(
                path="/api/v1/cases/config",
                handler=self.config,
                summary="States, transitions, categories, channels",
                returns=CaseConfig,
                **view,
            ),
            Route(
                path="/api/v1/cases/queues",
                handler=self.queues,
                summary="The caller's queues with lights",
                params=(_AREA,),
                returns=QueueList,
                **view,
            ),
            Route(
                path="/api/v1/cases",
                handler=self.page,
                summary="Cases of a queue, or newest first",
                params=_LIST,
                returns=CasePage,
                **view,
            ),
            Route(path="/api/v1/cases/{id}", handler=self.detail, summary="One case in full", params=_ID, **view),
            Route(
                method="POST",
                path="/api/v1/cases",
                handler=self.create,
                summary="Take a report",
                room="cases",
                permission=CASE_INTAKE,
                body=Intake,
                returns=Created,
                status=201,
                max_body=MOST_BODY,
            ),
            Route(
                path="/api/v1/cases/{id}/changes",
                handler=self.change,
                summary="Any change of state",
                permission=CASE_CHANGE,
                body=Change,
                **post,
            ),
            Route(
                path="/api/v1/cases/{id}/notes",
                handler=self.note,
                summary="Internal note",
                permission=CASE_CHANGE,
                body=NoteBody,
                **post,
            ),
            Route(
                path="/api/v1/cases/{id}/replies",
                handler=self.reply,
                summary="Answer the reporters",
                permission=CASE_INTAKE,
                body=ReplyBody,
                **post,
            ),
            Route(
                path="/api/v1/cases/{id}/visits",
                handler=self.visit,
                summary="回访: a return visit",
                permission=CASE_INTAKE,
                body=VisitBody,
                **post,
            ),
            Route(
                path="/api/v1/cases/{id}/supervisions",
                handler=self.supervise,
                summary="催办, 督办",
                permission=CASE_SUPERVISE,
                body=SuperviseBody,
                **post,
            ),
            Route(
                path="/api/v1/cases/{id}/supervisions/{ordinal}",
                handler=self.answer,
                summary="Reply to 催办 or 督办",
                permission=CASE_CHANGE,
                body=AnswerBody,
                **post,
            ),
            Route(
                path="/api/v1/cases/{id}/reveal",
                handler=self.reveal,
                summary="One field in clear text, audited",
                permission=CASE_REVEAL,
                body=RevealBody,
                **(post | {"returns": Revealed}),
            ),
            Route(
                path=f"{helper}/caller",
                handler=self.caller,
                summary="Earlier cases of a phone number",
                returns=CaseList,
                params=(Param(name="phone", about="number", required=True),),
                **(view | {"permission": CASE_INTAKE}),
            ),
            Route(
                path=f"{helper}/category",
                handler=self.category,
                summary="What a text may be about",
                returns=SuggestedList,
                params=(Param(name="text", about="description", required=True),),
                **(view | {"permission": CASE_INTAKE}),
            ),
            Route(
                path=f"{helper}/similar",
                handler=self.similar,
                summary="Alike and near",
                returns=CaseList,
                params=(
                    *near,
                    Param(name="text", about="description"),
                    Param(name="category", about="code"),
                    Param(name="days", about="1..365, default 30", type="integer"),
                ),
                **view,
            ),
        ]

    async def config(self, _request: web.Request) -> web.StreamResponse:
        """The tables as data."""
        book = await self._books.get()
        departments = self._register.snapshot.departments.values()
        return answer(
            CaseConfig(
                states=[
                    {
                        "code": one.code,
                        "zh": one.zh,
                        "en": one.en,
                        "open": one.open,
                        "open311": one.open311,
                        "stage": one.stage,
                    }
                    for one in STATES.values()
                ],
                transitions=[
                    {
                        "no": one.no,
                        "from": one.source,
                        "to": one.target,
                        "zh": one.zh,
                        "en": one.en,
                        "roles": sorted(one.doers),
                        "needs": one.needs,
                        "guards": one.guards,
                    }
                    for one in TRANSITIONS.values()
                ],
                stages=[
                    {"code": code, "zh": zh, "en": en, "limit": book.limits[code][0], "unit": book.limits[code][1]}
                    for code, (zh, en) in STAGE_NAMES.items()
                ],
                categories=list(book.categories.values()),
                channels=list(book.channels.values()),
                templates=list(book.templates),
                departments=[{"code": one.code, "name": one.name, "area": one.area_code} for one in departments],
                queues=[{"key": one.key, "zh": one.zh, "en": one.en, "states": one.states} for one in QUEUES],
                levels=LEVELS,
            )
        )

    async def queues(self, request: web.Request) -> web.StreamResponse:
        """Counts and lights."""
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        found = await self._reading.queues(area, self._actor(request))
        return answer({"queues": found})

    async def page(self, request: web.Request) -> web.StreamResponse:
        """A page of a list."""
        return answer(await self._reading.page(_wanted(request), self._actor(request)))

    async def detail(self, request: web.Request) -> web.StreamResponse:
        """One case."""
        return await self._answer(path_id(request, "case"), self._actor(request))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A report that came by phone, letter or another system."""
        account, actor = request[ACCOUNT_KEY], self._actor(request)
        intake = decode(await request.read(), Intake)
        new = checked(intake, await self._books.get(), self._register.grid_at, self._now_ms())
        account.require_area(new.area_code)
        return answer(await self._cases.create(new, actor), status=201)

    async def change(self, request: web.Request) -> web.StreamResponse:
        """One change."""
        case_id, actor = path_id(request, "case"), self._actor(request)
        await self._cases.change(case_id, decode(await request.read(), Change), actor)
        return await self._answer(case_id, actor)

    async def note(self, request: web.Request) -> web.StreamResponse:
        """An internal note."""
        case_id, actor = path_id(request, "case"), self._actor(request)
        await self._records.note(case_id, decode(await request.read(), NoteBody), actor)
        return await self._answer(case_id, actor)

    async def reply(self, request: web.Request) -> web.StreamResponse:
        """An answer to reporters."""
        case_id, actor = path_id(request, "case"), self._actor(request)
        await self._records.reply(case_id, decode(await request.read(), ReplyBody), actor)
        return await self._answer(case_id, actor)

    async def visit(self, request: web.Request) -> web.StreamResponse:
        """A return visit."""
        case_id, actor = path_id(request, "case"), self._actor(request)
        await self._records.visit(case_id, decode(await request.read(), VisitBody), actor)
        return await self._answer(case_id, actor)

    async def supervise(self, request: web.Request) -> web.StreamResponse:
        """催办 or 督办."""
        case_id, actor = path_id(request, "case"), self._actor(request)
        await self._records.supervise(case_id, decode(await request.read(), SuperviseBody), actor)
        return await self._answer(case_id, actor)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The reply to it."""
        case_id, actor = path_id(request, "case"), self._actor(request)
        ordinal = _ordinal(request)
        await self._records.answer(case_id, ordinal, decode(await request.read(), AnswerBody), actor)
        return await self._answer(case_id, actor)

    async def reveal(self, request: web.Request) -> web.StreamResponse:
        """Clear text, audited."""
        body = decode(await request.read(), RevealBody)
        value = await self._records.reveal(path_id(request, "case"), body, self._actor(request))
        return answer(Revealed(value=value))

    async def caller(self, request: web.Request) -> web.StreamResponse:
        """A caller's history."""
        phone = query_text(request, "phone") or ""
        area = request[ACCOUNT_KEY].area
        return answer(CaseList(cases=await self._reading.of_caller(phone, area, self._actor(request))))

    async def category(self, request: web.Request) -> web.StreamResponse:
        """Suggestions from the text."""
        book = await self._books.get()
        found = suggest(query_text(request, "text") or "", book.categories.values())[:MOST_SUGGESTED]
        shown = [Suggested(code=one.code, name=one.name, icon=one.icon, score=score) for one, score in found]
        return answer(SuggestedList(categories=shown))

    async def similar(self, request: web.Request) -> web.StreamResponse:
        """Duplicates nearby."""
        cases = await self._reading.similar(
            self._actor(request),
            lat_e7=_degrees(request, "lat", 90),
            lon_e7=_degrees(request, "lon", 180),
            text=query_text(request, "text") or "",
            category=query_text(request, "category"),
            days=query_int(request, "days", default=SIMILAR_DAYS, least=1, most=365),
        )
        return answer(CaseList(cases=cases))

    def _actor(self, request: web.Request) -> Actor:
        account = request[ACCOUNT_KEY]
        return Actor(
            doer=Doer(account.role.value),
            area=account.area.code,
            account_id=account.id,
            department=account.department,
            address=self._peers.address(request),
        )

    async def _answer(self, case_id: int, actor: Actor) -> web.Response:
        return answer(await self._reading.detail(case_id, actor))


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


def _degrees(request: web.Request, name: str, most: int) -> int:
    text = request.query.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise BadValue(field=name, value=text, allowed=f"-{most}..{most}")
    return round(value * 1e7)


def _ordinal(request: web.Request) -> int:
    text = request.match_info["ordinal"]
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 32768):
        raise BadValue(field="ordinal", value=text, allowed="1..32767")
    return int(text)
