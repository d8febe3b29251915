"""Open311 GeoReport v2: public categories as services, public cases as requests, new ones from programs with a key."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from tracker.cases import open311_words as words
from tracker.cases.answers import department_name
from tracker.cases.book import Books, Category
from tracker.cases.cases import Cases
from tracker.cases.intake import Intake, ReporterBody, checked
from tracker.cases.model import Actor
from tracker.cases.open311_read import Asked, Sent, added, answers_of, asked, sent, span
from tracker.cases.open311_updates import Updates
from tracker.cases.open311_write import TYPES, written
from tracker.cases.program_keys import ProgramKeys
from tracker.cases.states import STATES, Doer
from tracker.clock import NowMs, local_day, to_datetime
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, Forbidden, NotFound, SanxunError, TooMany, Unavailable
from tracker.people.params import storable
from tracker.people.peer import Peers
from tracker.routes import Access, Handler, Param, Route, RouteTable

QUERIES = Queries.beside(__file__, "open311.sql")
BASE = "/open311/v2"
CHANNEL = "transfer"  # 部门转办: what other programs pass on
MOST_BODY = 64 * 1024
_FORMAT = Param(name="format", about="xml or json", where="path", required=True)
_JURISDICTION = Param(name="jurisdiction_id", about="the county's code, or nothing")
_ASKED = tuple(
    Param(name=name, about=about)
    for name, about in (
        ("service_request_id", "numbers, comma between; overrides everything else"), ("service_code", "codes"),
        ("start_date", "W3C date and time"), ("end_date", "at most 90 days later"), ("status", "open, closed"),
        ("page", "from 1"), ("page_size", "1..1000"),
    )
)  # fmt: skip


_TABLE = RouteTable("cases", access=Access.PUBLIC, max_body=MOST_BODY, content="*/*")
_RECENT = timedelta(days=1)  # clients ask every few minutes


class Open311Http:
    """The routes below /open311. `contact` is what discovery names."""

    def __init__(
        self, *, database: Database, cases: Cases, books: Books, register: Register, keys: ProgramKeys, peers: Peers,
        updates: Updates, now_ms: NowMs, contact: str = "",
    ) -> None:  # fmt: skip
        self._updates = updates
        self._database = database
        self._cases = cases
        self._books = books
        self._register = register
        self._peers = peers
        self._now_ms = now_ms
        self._contact = contact
        self._keys = keys

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        code = Param(name="code", about="service_code", where="path", required=True)
        number = Param(name="id", about="service_request_id", where="path", required=True)
        updates = f"{BASE}/servicerequestupdates"
        token = Param(name="token", about="token", where="path", required=True)
        return [
            self._get("/open311/discovery", self.discovery, "Open311 service discovery"),
            self._get(f"{BASE}/discovery", self.discovery, "Open311 service discovery"),
            self._get(f"{BASE}/services", self.services, "Open311 services"),
            self._get(f"{BASE}/services/{{code}}", self.service, "Open311 service definition", code),
            self._get(f"{BASE}/requests", self.requests, "Open311 requests", *_ASKED),
            self._get(f"{BASE}/requests/{{id}}", self.request, "One Open311 request", number),
            self._get(f"{BASE}/tokens/{{token}}", self.token, "The request of a token", token),
            self._get(updates, self.updates, "Steps of Open311 requests (extension)", *_ASKED[2:4]),
            self._post(f"{BASE}/requests", self.create, "A new Open311 request; a form with api_key"),
            self._post(updates, self.update, "What a client adds to a request (extension)"),
        ]

    def _get(self, path: str, handler: Handler, summary: str, *params: Param) -> Route:
        params = (_FORMAT, _JURISDICTION, *params)
        return _TABLE.get(f"{path}.{{format:xml|json}}", _in_their_words(handler), summary, params=params)

    def _post(self, path: str, handler: Handler, summary: str) -> Route:
        return _TABLE.post(f"{path}.{{format:xml|json}}", _in_their_words(handler), summary, params=(_FORMAT,))

    async def discovery(self, request: web.Request) -> web.StreamResponse:
        """Where the interface is."""
        return _answer(request, words.discovery(self._peers.base_url(request), self._contact), "discovery")

    async def services(self, request: web.Request) -> web.StreamResponse:
        """Every public category."""
        self._check_jurisdiction(request.query)
        book = await self._books.get()
        return _answer(request, words.services(book.categories.values()), "services")

    async def service(self, request: web.Request) -> web.StreamResponse:
        """The definition of one."""
        self._check_jurisdiction(request.query)
        category = await self._public_category(request.match_info["code"])
        if category is None:
            raise NotFound(kind="service_code", key=request.match_info["code"])
        return _answer(request, words.definition(category), "service_definition")

    async def requests(self, request: web.Request) -> web.StreamResponse:
        """Public cases."""
        self._check_jurisdiction(request.query)
        wanted = asked(request.query, to_datetime(self._now_ms()))
        return _answer(request, await self._shown(await self._rows(wanted)), "service_requests")

    async def request(self, request: web.Request) -> web.StreamResponse:
        """One public case, in a list of one."""
        self._check_jurisdiction(request.query)
        number = storable(request.match_info["id"], 40)
        rows = await self._database.fetch(QUERIES.requests_by_number, [number])
        if not rows:
            raise NotFound(kind="service_request_id", key=number)
        return _answer(request, await self._shown(rows), "service_requests")

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Numbers are given at once, so a token is the number itself."""
        number = storable(request.match_info["token"], 40)
        if not await self._database.fetch(QUERIES.requests_by_number, [number]):
            raise NotFound(kind="token", key=number)
        return _answer(request, [{"service_request_id": number, "token": number}], "service_requests")

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A report of another program's user; what it says in `description` is public from then on."""
        posted = await request.post()
        form = {key: value for key, value in posted.items() if isinstance(value, str)}
        self._check_jurisdiction({**request.query, **form})
        key = await self._check_key(request, form.get("api_key") or request.query.get("api_key", ""))
        now_ms = self._now_ms()
        one = sent(form, key, str(local_day(now_ms)), answers_of(posted.items()))
        category = await self._public_category(one.service_code)
        if category is None:
            raise BadValue(field="service_code", value=one.service_code, allowed="the code of a service")
        new = checked(
            self._intake(one, category), await self._books.get(), self._register.grid_at, now_ms,
            fallback_area=self._county() if one.address else None, asks=True,
        )  # fmt: skip
        made = await self._cases.create(new, Actor(doer=Doer.CITIZEN, address=self._peers.address(request)))
        told = words.notice(category, made.query_code, self._peers.base_url(request))
        reply = [{"service_request_id": made.number, "service_notice": told, "account_id": None}]
        return _answer(request, reply, "service_requests")

    async def updates(self, request: web.Request) -> web.StreamResponse:
        """Steps of public cases in a period, the oldest first."""
        self._check_jurisdiction(request.query)
        rows = await self._updates.read(*span(request.query, to_datetime(self._now_ms()), _RECENT))
        shown = [words.update(dict(row), department_name(self._register, row["department_code"])) for row in rows]
        return _answer(request, shown, "service_request_updates")

    async def update(self, request: web.Request) -> web.StreamResponse:
        """What a client adds becomes a note for the desk; sent again it is the same."""
        form = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        self._check_jurisdiction({**request.query, **form})
        key = await self._check_key(request, form.get("api_key") or request.query.get("api_key", ""))
        one = added(form)
        await self._updates.add(one, key, Actor(doer=Doer.CITIZEN, address=self._peers.address(request)))
        return _answer(request, [{"update_id": one.update_id}], "service_request_updates")

    def _intake(self, one: Sent, category: Category) -> Intake:
        text = one.description if len(one.description) > 1 else category.name
        return Intake(
            client_id=one.client_id, channel=CHANNEL, description=text, public_text=text, category=category.code,
            lat=one.lat, lon=one.lon, address=one.address, attributes=one.attributes,
            reporter=ReporterBody(name=one.name, phone=one.phone),
        )  # fmt: skip

    async def _rows(self, wanted: Asked) -> list[Row]:
        if wanted.numbers is not None:
            return await self._database.fetch(QUERIES.requests_by_number, wanted.numbers)
        states = None
        if wanted.statuses is not None:
            states = [one.code.value for one in STATES.values() if one.open311 in wanted.statuses]
        values = (wanted.starts, wanted.ends, wanted.services, states, wanted.page_size)
        return await self._database.fetch(QUERIES.requests, *values, (wanted.page - 1) * wanted.page_size)

    async def _shown(self, rows: list[Row]) -> list[dict[str, Any]]:
        book = await self._books.get()
        pairs = [(row, book.known.get(row["category_code"])) for row in rows]
        return [
            words.request(dict(row), category, department_name(self._register, row["department_code"]))
            for row, category in pairs
            if category is not None
        ]

    async def _public_category(self, code: str) -> Category | None:
        category = (await self._books.get()).categories.get(code)
        return category if category is not None and category.in_public else None

    async def _check_key(self, request: web.Request, key: str) -> str:
        try:
            return str((await self._keys.check(key, self._peers.address(request))).id)
        except Forbidden:
            raise Forbidden("api_key is missing or not valid") from None

    def _check_jurisdiction(self, query: Mapping[str, str]) -> None:
        asked_for = query.get("jurisdiction_id", "").strip()
        county = self._county() or ""
        if asked_for and asked_for not in {county, county[:6]}:
            raise NotFound(kind="jurisdiction_id", key=asked_for)

    def _county(self) -> str | None:
        codes = [one.code for one in self._register.snapshot.divisions.values() if one.level == 1]
        return min(codes, default=None)


def _answer(request: web.Request, value: Any, root: str, status: int = 200) -> web.Response:
    form = request.match_info["format"]
    headers = {"Access-Control-Allow-Origin": "*"}  # public data for public pages; nothing here looks at cookies
    body = written(value, form, root)
    return web.Response(body=body, status=status, headers=headers, content_type=TYPES[form], charset="utf-8")


def _in_their_words(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """Our errors as Open311 writes them; 400 for all that is not 403, 404 or a server that is busy."""

    @functools.wraps(handler)
    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SanxunError as error:
            is_known = isinstance(error, Forbidden | NotFound | TooMany | Unavailable)
            status = error.status if is_known else 400
            response = _answer(request, [{"code": status, "description": error.told}], "errors", status)
            if isinstance(error, TooMany | Unavailable):
                response.headers["Retry-After"] = str(error.retry_after_s)
            return response

    return wrapped
