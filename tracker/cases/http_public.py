"""Routes for citizens: report by a village's QR code, follow by a query code, rate, reopen; nobody signs in."""

from __future__ import annotations

from uuid import UUID

import msgspec
from aiohttp import web

from tracker.cases.answers import department_name
from tracker.cases.attributes import Answers
from tracker.cases.book import Books, Category
from tracker.cases.cases import Cases
from tracker.cases.gate import Challenge, Gate, Solution
from tracker.cases.intake import Intake, ReporterBody, checked, query_key
from tracker.cases.model import Change, MediaRef
from tracker.cases.records import CITIZEN, RatingBody, Records
from tracker.cases.rows import CaseFile, read
from tracker.cases.rules import MOST_REOPENS, REOPEN_DAYS
from tracker.cases.states import STATES, State
from tracker.cases.worktime import DAY_MS
from tracker.clock import NowMs, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode, lean
from tracker.people.params import storable
from tracker.people.peer import Peers
from tracker.routes import Access, Route, RouteTable, path_param

_SQL = Queries.beside(__file__, "reading.sql")
CHANNEL = "code"
MOST_BODY = 64 * 1024


class PublicReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/v1/public/reports; `website` is a field that people do not see."""

    client_id: UUID
    code: str
    description: str
    challenge: Solution
    category: str | None = None
    lat: float | None = None
    lon: float | None = None
    phone: str = ""
    name: str = ""
    secret: bool = False
    media: list[MediaRef] = []
    attributes: Answers = {}
    website: str = ""


class PublicCode(msgspec.Struct, frozen=True, kw_only=True):
    """What the report page needs."""

    code: str
    area_name: str
    place: str
    hotline: str
    categories: list[Category]
    challenge: Challenge


class PublicCreated(msgspec.Struct, frozen=True, kw_only=True):
    """The number and, once, the code to ask with."""

    number: str
    query_code: str | None
    again: bool


class PublicMoment(msgspec.Struct, frozen=True, kw_only=True):
    """One step that the reporter may read; `state` is empty where it is an answer."""

    at_ms: int
    state: str
    zh: str
    text: str


class PublicCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a reporter sees of their own report."""

    number: str
    state: str
    state_zh: str
    category_name: str
    description: str
    reported_ms: int
    due_ms: int | None
    department_name: str
    timeline: list[PublicMoment]
    answer: str | None
    answered_ms: int | None
    rating: int | None
    can_rate: bool
    can_reopen: bool


class ReopenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is not solved."""

    reason: str


class PublicHttp:
    """The routes below /api/v1/public."""

    def __init__(
        self,
        *,
        database: Database,
        cases: Cases,
        records: Records,
        books: Books,
        register: Register,
        gate: Gate,
        peers: Peers,
        now_ms: NowMs,
        hotline: str,
    ) -> None:
        self._database = database
        self._cases = cases
        self._records = records
        self._books = books
        self._register = register
        self._gate = gate
        self._peers = peers
        self._now_ms = now_ms
        self._hotline = hotline

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table = RouteTable("cases", access=Access.PUBLIC, max_body=MOST_BODY)
        path, one = "/api/v1/public/reports", "/api/v1/public/reports/{query_code}"
        code, query = (path_param("code", "民情码"),), (path_param("query_code", "query code"),)
        return [
            table.get("/api/v1/public/codes/{code}", self.code, "What the report page of a 民情码 needs", params=code),
            table.post(
                path, self.report, "A citizen's report", body=PublicReport, returns=PublicCreated, status=201
            ),
            table.get(one, self.look, "Progress and answer of a report", params=query),
            table.post(
                f"{one}/rating", self.rate, "Rate the answer", params=query, body=RatingBody, returns=PublicCase
            ),
            table.post(
                f"{one}/reopen", self.reopen, "It is not solved", params=query, body=ReopenBody, returns=PublicCase
            ),
        ]  # fmt: skip

    async def code(self, request: web.Request) -> web.StreamResponse:
        """A village's page."""
        row = await self._place(request.match_info["code"])
        book = await self._books.get()
        return lean(
            PublicCode(
                code=row["code"],
                area_name=self._register.area_name(row["area_code"]),
                place=row["place"],
                hotline=self._hotline,
                categories=[one for one in book.categories.values() if one.in_public],
                challenge=self._gate.challenge(),
            )
        )

    async def report(self, request: web.Request) -> web.StreamResponse:
        """A report: limits first, then the proof of work, then everything else."""
        body = decode(await request.read(), PublicReport)
        row = await self._place(body.code)
        self._gate.count_attempt(self._peers.address(request), row["code"])
        if body.website:
            raise BadValue(field="website", value=body.website, allowed="nothing")
        self._gate.check_solution(body.challenge, str(body.client_id))
        self._gate.count_report(row["code"])
        book = await self._books.get()
        area = row["area_code"]
        made = await self._cases.earlier(body.client_id)
        if made is None:
            new = checked(_intake(body), book, self._register.grid_at, self._now_ms(), fallback_area=area, asks=True)
            made = await self._cases.create(new, CITIZEN)
        shown = PublicCreated(number=made.number, query_code=made.query_code, again=made.again)
        return answer(shown, status=201)

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Progress and answer."""
        return answer(await self._shown(*await self._found(request)))

    async def rate(self, request: web.Request) -> web.StreamResponse:
        """A rating."""
        case_id, reporter = await self._found(request)
        await self._records.rate(case_id, reporter, decode(await request.read(), RatingBody), CITIZEN)
        return answer(await self._shown(case_id, reporter))

    async def reopen(self, request: web.Request) -> web.StreamResponse:
        """It is not solved: the case is taken up again."""
        case_id, reporter = await self._found(request)
        body = decode(await request.read(), ReopenBody)
        case = await self._case(case_id)
        change = Change(to=State.REOPENED, version=case.version, reason=body.reason)
        await self._cases.change(case_id, change, CITIZEN)
        return answer(await self._shown(case_id, reporter))

    async def _place(self, code: str) -> Row:
        row = await self._database.fetchrow(_SQL.one_code, storable(code, 40).upper())
        if row is None:
            raise NotFound(kind="code", key=code)
        return row

    async def _found(self, request: web.Request) -> tuple[int, int]:
        self._gate.count_look(self._peers.address(request))
        code = storable(request.match_info["query_code"], 40)
        row = await self._database.fetchrow(_SQL.find_key, "query", query_key(code))
        if row is None:
            raise NotFound(kind="report", key="(this query code)")
        return row["case_id"], row["reporter"]

    async def _case(self, case_id: int) -> CaseFile:
        row = await self._database.fetchrow(_SQL.public_case, case_id)
        if row is None:
            raise NotFound(kind="case", key=case_id)
        return read(CaseFile, row)

    async def _shown(self, case_id: int, ordinal: int) -> PublicCase:
        """A merged report shows where the case stands that it follows; the answer is the reporter's own."""
        case = await self._case(case_id)
        leader = await self._case(case.merged_into) if case.merged_into else case
        row = await self._database.fetchrow(_SQL.one_reporter, case_id, ordinal)
        if row is None:
            raise NotFound(kind="reporter", key=ordinal)
        book = await self._books.get()
        category = book.known.get(case.category_code or "")
        events = await self._database.fetch(_SQL.public_events, case_id)
        return PublicCase(
            number=case.number,
            state=leader.state.value,
            state_zh=STATES[leader.state].zh,
            category_name=category.name if category else "",
            description=case.description,
            reported_ms=case.reported_ms,
            due_ms=leader.due_ms,
            department_name=department_name(self._register, leader.department_code),
            timeline=[_moment(one) for one in events],
            answer=row["answer"],
            answered_ms=to_ms(row["answered_at"]) if row["answered_at"] else None,
            rating=row["rating"],
            can_rate=row["answer"] is not None and row["rating"] is None,
            can_reopen=self._can_reopen(case),
        )

    def _can_reopen(self, case: CaseFile) -> bool:
        is_closed = case.state is State.CLOSED and case.reopens < MOST_REOPENS
        return is_closed and self._now_ms() <= (case.closed_ms or 0) + REOPEN_DAYS * DAY_MS


def _intake(body: PublicReport) -> Intake:
    shared = {
        name: getattr(body, name)
        for name in ("client_id", "description", "category", "lat", "lon", "secret", "media", "attributes")
    }
    return Intake(channel=CHANNEL, reporter=ReporterBody(name=body.name, phone=body.phone), **shared)


def _moment(row: Row) -> PublicMoment:
    """What was answered is shown in words; of the other steps only that they were taken."""
    at_ms = to_ms(row["at"])
    if row["kind"] == "reply":
        return PublicMoment(at_ms=at_ms, state="", zh="答复", text=row["text"])
    state = State(row["to_state"])
    return PublicMoment(at_ms=at_ms, state=state.value, zh=STATES[state].zh, text="")
