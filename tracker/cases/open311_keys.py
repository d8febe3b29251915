"""Keys of other programs for Open311: made once, shown once, revoked at any time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

import msgspec
from aiohttp import web

from tracker.cases.open311 import QUERIES
from tracker.clock import NowMs, to_datetime, to_ms
from tracker.db.pool import Database
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, CASE_CONFIG
from tracker.people.params import path_id
from tracker.people.peer import Peers
from tracker.routes import Param, Route

MOST_NAME = 60


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose key it will be."""

    name: str


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key in clear text, this once."""

    id: int
    name: str
    api_key: str


class KeyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its text."""

    id: int
    name: str
    created_ms: int
    revoked_ms: int | None


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """Every key, newest first."""

    keys: list[KeyInfo]


class Open311KeysHttp:
    """The routes below /api/v1/open311-keys."""

    def __init__(
        self, *, database: Database, audit: Audit, peers: Peers, now_ms: NowMs,
        new_key: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:  # fmt: skip
        self._database = database
        self._audit = audit
        self._peers = peers
        self._now_ms = now_ms
        self._new_key = new_key

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        path, key_id = (
            "/api/v1/open311-keys",
            Param(name="id", about="key", where="path", type="integer", required=True),
        )
        return [
            Route(method="GET", path=path, handler=self.list, summary="Keys for Open311", room="cases",
                  permission=CASE_CONFIG, returns=KeyList),
            Route(method="POST", path=path, handler=self.create, summary="A new key, shown once", room="cases",
                  permission=CASE_CONFIG, body=NewKey, returns=MadeKey, status=201),
            Route(method="DELETE", path=f"{path}/{{id}}", handler=self.revoke, summary="Revoke a key", room="cases",
                  permission=CASE_CONFIG, params=(key_id,), status=204),
        ]  # fmt: skip

    async def list(self, _request: web.Request) -> web.StreamResponse:
        """Without their texts, which nobody has."""
        rows = await self._database.fetch(QUERIES.keys)
        keys = [
            KeyInfo(
                id=row["id"], name=row["name"], created_ms=to_ms(row["created_at"]),
                revoked_ms=to_ms(row["revoked_at"]) if row["revoked_at"] else None,
            )
            for row in rows
        ]  # fmt: skip
        return answer(KeyList(keys=keys))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A key for one program."""
        name = decode(await request.read(), NewKey).name.strip()
        if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
            raise BadValue(field="name", value=name, allowed=f"1..{MOST_NAME} printable characters")
        key = self._new_key()
        values = (hashlib.sha256(key.encode()).digest(), name, to_datetime(self._now_ms()), request[ACCOUNT_KEY].id)
        key_id = await self._database.fetchval(QUERIES.add_key, *values)
        await self._write(request, "open311_key.create", key_id)
        return answer(MadeKey(id=key_id, name=name, api_key=key), status=201)

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """It opens nothing from now on."""
        key_id = path_id(request, "key")
        if await self._database.fetchval(QUERIES.revoke_key, key_id, to_datetime(self._now_ms())) is None:
            raise NotFound(kind="key", key=key_id)
        await self._write(request, "open311_key.revoke", key_id)
        return web.Response(status=204)

    async def _write(self, request: web.Request, action: str, key_id: int) -> None:
        account = request[ACCOUNT_KEY]
        await self._audit.write(
            action, subject=f"open311_key:{key_id}", account_id=account.id, address=self._peers.address(request)
        )
