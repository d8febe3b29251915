"""Routes of the 民情码: the QR codes of villages, grids and places; short, without secrets, to be revoked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from tracker.cases.intake import QUERY_ALPHABET
from tracker.clock import NowMs, to_datetime, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, CASE_CONFIG, CASE_VIEW
from tracker.people.params import query_int, storable
from tracker.people.peer import Peers
from tracker.routes import AREA_PARAM, PAGE_PARAMS, Route, RouteTable, path_param

_SQL = Queries.beside(__file__, "reading.sql")
CODE_LENGTH = 6  # 800 million; a code opens nothing but a form
MOST_PLACE = 60


class NewCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a poster will hang."""

    area: str
    place: str = ""


class CodeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A 民情码."""

    code: str
    area: str
    area_name: str
    place: str
    url: str
    created_ms: int
    revoked_ms: int | None


class CodePage(msgspec.Struct, frozen=True, kw_only=True):
    """Codes by their text; `next` is the cursor of the following page, or None."""

    codes: list[CodeInfo]
    next: str | None


class CodesHttp:
    """The routes below /api/v1/case-codes."""

    def __init__(
        self,
        *,
        database: Database,
        register: Register,
        audit: Audit,
        peers: Peers,
        now_ms: NowMs,
        choice: Callable[[str], str] = secrets.choice,
    ) -> None:
        self._database = database
        self._register = register
        self._audit = audit
        self._peers = peers
        self._now_ms = now_ms
        self._choice = choice

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        path, code = "/api/v1/case-codes", (path_param("code", "民情码"),)
        view, config = RouteTable("cases", permission=CASE_VIEW), RouteTable("cases", permission=CASE_CONFIG)
        return [
            view.get(path, self.page, "民情码 of an area", params=(AREA_PARAM, *PAGE_PARAMS), returns=CodePage),
            config.post(path, self.create, "A new 民情码", body=NewCode, returns=CodeInfo, status=201),
            config.delete(f"{path}/{{code}}", self.revoke, "Revoke a 民情码", params=code),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Codes of an area."""
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        limit = query_int(request, "limit", default=100, least=1, most=1000)
        cursor = storable(request.query.get("cursor", ""), 40)
        rows = await self._database.fetch(_SQL.codes, area.prefix, cursor, limit + 1)
        codes = [self._info(row, request) for row in rows[:limit]]
        return answer(CodePage(codes=codes, next=codes[-1].code if len(rows) > limit else None))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A code for an area."""
        account, body = request[ACCOUNT_KEY], decode(await request.read(), NewCode)
        area = account.area_or_own(body.area).code
        if len(body.place) > MOST_PLACE or not (body.place == "" or body.place.isprintable()):
            raise BadValue(field="place", value=body.place, allowed=f"at most {MOST_PLACE} printable characters")
        code = "".join(self._choice(QUERY_ALPHABET) for _ in range(CODE_LENGTH))
        now = to_datetime(self._now_ms())
        async with self._database.transaction() as connection:
            await connection.execute(_SQL.insert_code, code, area, body.place.strip(), now, account.id)
            await self._audit.write(
                "case_code.create",
                subject=f"code:{code}",
                area_code=area,
                account_id=account.id,
                address=self._peers.address(request),
                connection=connection,
            )
        row = {"code": code, "area_code": area, "place": body.place.strip(), "created_at": now, "revoked_at": None}
        return answer(self._info(row, request), status=201)

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """The poster leads nowhere from now on."""
        account, code = request[ACCOUNT_KEY], storable(request.match_info["code"], 40)
        async with self._database.transaction() as connection:
            area = await connection.fetchval(_SQL.lock_code, code)
            if area is None or not account.area.contains(area):
                raise NotFound(kind="code", key=code)
            await connection.execute(_SQL.revoke_code, code, to_datetime(self._now_ms()))
            await self._audit.write(
                "case_code.revoke",
                subject=f"code:{code}",
                area_code=area,
                account_id=account.id,
                address=self._peers.address(request),
                connection=connection,
            )
        return web.Response(status=204)

    def _info(self, row: Row | dict[str, Any], request: web.Request) -> CodeInfo:
        created, revoked = row["created_at"], row["revoked_at"]
        return CodeInfo(
            code=row["code"],
            area=row["area_code"],
            area_name=self._register.area_name(row["area_code"]),
            place=row["place"],
            url=f"{self._peers.base_url(request)}/r/{row['code']}",
            created_ms=to_ms(created),
            revoked_ms=to_ms(revoked) if revoked else None,
        )
