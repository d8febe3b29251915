"""Routes for the keys of programs: those of Open311, and those of the intake, one for each channel."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec
from aiohttp import web

from tracker.cases.book import Books
from tracker.cases.county_admin import CountyAdmin
from tracker.cases.program_keys import ProgramKeys, checked_name
from tracker.clock import to_ms
from tracker.db.pool import Database
from tracker.errors import NotFound
from tracker.jsonio import answer, decode
from tracker.people.model import CASE_ADMIN
from tracker.people.params import path_id
from tracker.routes import Route, RouteTable, path_param


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose key it will be; `channel` is fixed for Open311."""

    name: str
    channel: str | None = None


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key in clear text, this once."""

    id: int
    name: str
    channel: str
    api_key: str


class KeyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its text; `used_ms` to the hour."""

    id: int
    name: str
    channel: str
    created_ms: int
    used_ms: int | None
    revoked_ms: int | None


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """Every key, newest first."""

    keys: list[KeyInfo]


class ProgramKeysHttp:
    """The routes below `path`; `channel` is what every key of this purpose stands for, None where it is chosen."""

    def __init__(
        self, *, path: str, about: str, keys: ProgramKeys, channel: str | None, database: Database, books: Books,
        admin: CountyAdmin, new_key: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:  # fmt: skip
        self._path = path
        self._about = about
        self._keys = keys
        self._channel = channel
        self._database = database
        self._books = books
        self._admin = admin
        self._new_key = new_key

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table, key_id = RouteTable("cases", permission=CASE_ADMIN), (path_param("id", "key", "integer"),)
        return [
            table.get(self._path, self.list, f"Keys {self._about}", returns=KeyList),
            table.post(self._path, self.create, "A new key, shown once", body=NewKey, returns=MadeKey, status=201),
            table.delete(f"{self._path}/{{id}}", self.revoke, "Revoke a key", params=key_id),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        """Without their texts, which nobody has."""
        self._admin.require(request)
        keys = [
            KeyInfo(
                id=row["id"], name=row["name"], channel=row["channel"], created_ms=to_ms(row["created_at"]),
                used_ms=to_ms(row["used_at"]) if row["used_at"] else None,
                revoked_ms=to_ms(row["revoked_at"]) if row["revoked_at"] else None,
            )
            for row in await self._keys.list()
        ]  # fmt: skip
        return answer(KeyList(keys=keys))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A key for one program."""
        account = self._admin.require(request)
        body = decode(await request.read(), NewKey)
        name = checked_name(body.name)
        channel = self._channel or (await self._books.get()).channel(body.channel or "").code
        key = self._new_key()
        async with self._database.transaction() as connection:
            key_id = await self._keys.add(connection, key, name, channel, account.id)
            detail = {"name": name, "channel": channel}
            await self._admin.write(request, connection, "program_key.create", f"key:{key_id}", detail)
        return answer(MadeKey(id=key_id, name=name, channel=channel, api_key=key), status=201)

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """It opens nothing from now on."""
        self._admin.require(request)
        key_id = path_id(request, "key")
        async with self._database.transaction() as connection:
            if not await self._keys.revoke(connection, key_id):
                raise NotFound(kind="key", key=key_id)
            await self._admin.write(request, connection, "program_key.revoke", f"key:{key_id}")
        return web.Response(status=204)
