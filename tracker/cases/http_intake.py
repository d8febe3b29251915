"""Doors for the county's other channels: a program with a key, and a file that an operator uploads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from tracker.cases import callers, intake_rows
from tracker.cases.answers import department_name
from tracker.cases.attributes import Answers
from tracker.cases.book import Books
from tracker.cases.cases import Cases
from tracker.cases.creating import external_key
from tracker.cases.intake import Intake, NewCase, ReporterBody, checked
from tracker.cases.intake_rows import MOST_PROBLEMS, Problem, client_id_of
from tracker.cases.model import Actor, MediaRef
from tracker.cases.program_keys import ProgramKey, ProgramKeys
from tracker.cases.states import STATES, Doer, State
from tracker.clock import NowMs, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.people.audit import Audit
from tracker.people.credentials import Way, token_of
from tracker.people.model import ACCOUNT_KEY, CASE_INTAKE
from tracker.people.params import storable
from tracker.people.peer import Peers
from tracker.routes import Access, Param, Route, RouteTable, path_param

_SQL = Queries.beside(__file__, "reading.sql")
MOST_BODY = 64 * 1024
MOST_FILE = 4 * 1024 * 1024
SHOWN = 20  # rows of a preview


class ExternalReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report of another system; its number there is what makes it one."""

    external_number: str
    description: str
    client_id: UUID | None = None
    category: str | None = None
    lat: float | None = None
    lon: float | None = None
    area: str | None = None
    address: str = ""
    urgent: bool = False
    secret: bool = False
    complained_of: str | None = None
    reporter: ReporterBody = ReporterBody()
    media: list[MediaRef] = []
    attributes: Answers = {}
    at_ms: int | None = None


class ExternalCreated(msgspec.Struct, frozen=True, kw_only=True):
    """Our number for it, and once the query code for its reporter."""

    external_number: str
    number: str
    query_code: str | None
    again: bool


class ExternalCase(msgspec.Struct, frozen=True, kw_only=True):
    """How far a report has come, for the system that sent it."""

    external_number: str
    number: str
    state: str
    state_zh: str
    open: bool
    department_name: str
    due_ms: int | None
    closed_ms: int | None
    answer: str | None
    answered_ms: int | None


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was understood."""

    line: int
    external_number: str
    description: str
    category_name: str
    area: str
    area_name: str
    reported_ms: int
    urgent: bool


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`created` and `again` are 0 in a preview, and wherever there is a problem: nothing is imported by halves."""

    rows: int
    good: int
    created: int
    again: int
    problems: list[Problem]
    more_problems: int
    preview: list[PreviewRow]


class IntakeHttp:
    """The routes below /api/v1/intake and /api/v1/case-imports."""

    def __init__(
        self, *, database: Database, cases: Cases, books: Books, register: Register, keys: ProgramKeys, audit: Audit,
        peers: Peers, now_ms: NowMs,
    ) -> None:  # fmt: skip
        self._database = database
        self._cases = cases
        self._books = books
        self._register = register
        self._keys = keys
        self._audit = audit
        self._peers = peers
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        program = RouteTable("cases", access=Access.PUBLIC, max_body=MOST_BODY)  # the handler checks the key
        desk = RouteTable("cases", permission=CASE_INTAKE)
        path, number = "/api/v1/intake/reports", (path_param("number", "external number"),)
        asked = (
            Param(name="channel", about="code of a channel", required=True),
            Param(name="dry_run", about="true: only check and show", type="boolean"),
        )
        return [
            program.post(
                path, self.report, "A report of another system, with a key of its channel", body=ExternalReport,
                returns=ExternalCreated, status=201,
            ),
            program.get(f"{path}/{{number}}", self.look, "How far a report of one's own channel is", params=number),
            desk.post(
                "/api/v1/case-imports", self.upload, "Reports of a channel as CSV, all or none", params=asked,
                returns=ImportAnswer, max_body=MOST_FILE,
            ),
        ]  # fmt: skip

    async def report(self, request: web.Request) -> web.StreamResponse:
        """The key says the channel; what is no part of this county is refused."""
        key = await self._key(request)
        body = decode(await request.read(), ExternalReport)
        book = await self._books.get()
        fields: dict[str, Any] = {name: getattr(body, name) for name in body.__struct_fields__}
        if not body.external_number.strip():
            raise BadValue(field="external_number", value="", allowed="the number of the report in the sending system")
        fields["client_id"] = body.client_id or client_id_of(key.channel, body.external_number.strip())
        intake = Intake(channel=key.channel, **fields)
        new = checked(intake, book, self._register.grid_at, self._now_ms(), old=True)
        if county := self._register.snapshot.county:
            _check_inside(new.area_code, county.code)
        made = await self._cases.create(new, Actor(doer=Doer.CITIZEN, address=self._peers.address(request)))
        shown = {name: getattr(made, name) for name in ("number", "query_code", "again")}
        return answer(ExternalCreated(external_number=body.external_number.strip(), **shown), status=201)

    async def look(self, request: web.Request) -> web.StreamResponse:
        """State and answer; nothing about who else reported it."""
        key = await self._key(request, reports=0)
        number = storable(request.match_info["number"], 100)
        row = await self._database.fetchrow(_SQL.external_case, external_key(key.channel, number))
        if row is None:
            raise NotFound(kind="report", key=number)
        state = State(row["state"])
        return answer(
            ExternalCase(
                external_number=number,
                number=row["number"],
                state=state.value,
                state_zh=STATES[state].zh,
                open=STATES[state].open,
                department_name=department_name(self._register, row["department_code"]),
                due_ms=to_ms(row["due_at"]) if row["due_at"] else None,
                closed_ms=to_ms(row["closed_at"]) if row["closed_at"] else None,
                answer=row["answer"],
                answered_ms=to_ms(row["answered_at"]) if row["answered_at"] else None,
            )
        )

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Check every row; import all of them, or with any problem none."""
        account, book = request[ACCOUNT_KEY], await self._books.get()
        channel = book.channel(request.query.get("channel", "")).code
        data = await request.read()
        table = intake_rows.read(data, channel, book, self._register.grid_at, self._now_ms(), own=account.area)
        is_preview = request.query.get("dry_run", "").lower() in ("true", "1") or bool(table.problems)
        made = []
        if not is_preview:
            actor = callers.at_desk(request, self._peers)
            made = await self._cases.create_all([one.new for one in table.good], actor)
            await self._audit.write(
                "case.import",
                subject=f"channel:{channel}",
                area_code=account.area.code,
                account_id=account.id,
                detail={"rows": table.rows, "created": sum(not one.again for one in made)},
                address=actor.address,
            )
        again = sum(one.again for one in made)
        preview = [self._preview(one.line, one.new) for one in table.good[:SHOWN]]
        return answer(
            ImportAnswer(
                rows=table.rows,
                good=len(table.good),
                created=len(made) - again,
                again=again,
                problems=table.problems[:MOST_PROBLEMS],
                more_problems=max(0, len(table.problems) - MOST_PROBLEMS),
                preview=preview,
            )
        )

    def _preview(self, line: int, new: NewCase) -> PreviewRow:
        return PreviewRow(
            line=line,
            external_number=new.intake.external_number,
            description=new.intake.description[:60],
            category_name=new.category_name,
            area=new.area_code,
            area_name=self._register.area_name(new.area_code),
            reported_ms=new.reported_ms,
            urgent=new.urgent,
        )

    async def _key(self, request: web.Request, *, reports: int = 1) -> ProgramKey:
        shown = token_of(request.headers.get(hdrs.AUTHORIZATION), {}, Way.BEARER) or ""
        return await self._keys.check(shown, self._peers.address(request), reports=reports)


def _check_inside(area: str, county: str) -> None:
    if area[:6] != county[:6]:
        raise BadValue(field="area", value=area, allowed=f"an area inside {county}")
