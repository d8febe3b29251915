"""The door for the county's other channels: a program with a key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from tracker.cases.answers import department_name
from tracker.cases.book import Books
from tracker.cases.cases import Cases
from tracker.cases.creating import external_key
from tracker.cases.intake import Intake, Report, checked
from tracker.cases.intake_rows import client_id_of
from tracker.cases.model import Actor
from tracker.cases.program_keys import ProgramKey, ProgramKeys
from tracker.cases.states import STATES, Doer, State
from tracker.clock import NowMs, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.people.credentials import Way, token_of
from tracker.people.params import storable
from tracker.people.peer import Peers
from tracker.routes import Access, Route, RouteTable, path_param

_SQL = Queries.beside(__file__, "reading.sql")
MOST_BODY = 64 * 1024


class ExternalReport(Report, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report of another system; its number there is what makes it one."""

    external_number: str
    client_id: UUID | None = None


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


class IntakeHttp:
    """The routes below /api/v1/intake."""

    def __init__(
        self, *, database: Database, cases: Cases, books: Books, register: Register, keys: ProgramKeys, peers: Peers,
        now_ms: NowMs,
    ) -> None:  # fmt: skip
        self._database = database
        self._cases = cases
        self._books = books
        self._register = register
        self._keys = keys
        self._peers = peers
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        program = RouteTable("cases", access=Access.PUBLIC, max_body=MOST_BODY)  # the handler checks the key
        path, number = "/api/v1/intake/reports", (path_param("number", "external number"),)
        return [
            program.post(
                path, self.report, "A report of another system, with a key of its channel", body=ExternalReport,
                returns=ExternalCreated, status=201,
            ),
            program.get(f"{path}/{{number}}", self.look, "How far a report of one's own channel is", params=number),
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

    async def _key(self, request: web.Request, *, reports: int = 1) -> ProgramKey:
        shown = token_of(request.headers.get(hdrs.AUTHORIZATION), {}, Way.BEARER) or ""
        return await self._keys.check(shown, self._peers.address(request), reports=reports)


def _check_inside(area: str, county: str) -> None:
    if area[:6] != county[:6]:
        raise BadValue(field="area", value=area, allowed=f"an area inside {county}")
