"""Routes of photos: uploads of accounts, phones and citizens, and the pictures for whoever may see their case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web

from tracker.clock import NowMs
from tracker.errors import BadValue, NotFound, SanxunError
from tracker.jsonio import answer
from tracker.media.model import MOST_BYTES, Sender, Stored
from tracker.media.room import Media
from tracker.people.limiter import AttemptLimiter, address_key
from tracker.people.model import ACCOUNT_KEY, DEVICE_KEY, Account, Device
from tracker.people.peer import Peers
from tracker.routes import Access, Param, Permission, Route

RECEIVE_S = 90.0  # half a megabyte over a bad line of a village
HOUR_MS = 3_600_000
ADDRESS_LIMIT = 40  # public photos an hour from one address: ten reports of four
CODE_LIMIT = 240  # and for one village code
_REF = Param(name="ref", about="the photo's ref", where="path", required=True)
_SIZE = Param(name="size", about="full (at most 1600 px, default) or thumb (320 px)")
_HEADERS = {
    "Cache-Control": "private, max-age=86400, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="photo.jpg"',
}


class SlowPhoto(SanxunError):
    """The photo did not arrive in time; the connection is given back."""

    code = "slow_body"
    status = 408


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """What the case room decides. `admit` takes (code, client_id, salt, nonce) and raises NotFound or BadValue."""

    admit: Callable[[str, str, str, str], Awaitable[None]]
    account_sees: Callable[[Account, int], Awaitable[bool]]  # a case by its id
    device_sees: Callable[[Device, int], Awaitable[bool]]


class MediaHttp:
    """The routes; `view` lets accounts see photos, `send` lets them upload."""

    def __init__(
        self, *, media: Media, doors: Doors, peers: Peers, now_ms: NowMs, view: Permission, send: Permission
    ) -> None:
        self._media = media
        self._doors = doors
        self._peers = peers
        self._now_ms = now_ms
        self._view = view
        self._send = send
        self._by_address = AttemptLimiter(limit=ADDRESS_LIMIT, window_ms=HOUR_MS)
        self._by_code = AttemptLimiter(limit=CODE_LIMIT, window_ms=HOUR_MS)

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        proof = [
            Param(name=name, about=about, required=True)
            for name, about in (
                ("code", "the village's code"), ("client_id", "uuid of the report that the photo belongs to"),
                ("salt", "of the challenge"), ("nonce", "that solves it, as for the report"),
            )
        ]  # fmt: skip
        return [
            _upload("/api/v1/media", self.from_account, "An account's photo", permission=self._send),
            _upload("/api/v1/my/media", self.from_device, "A phone's photo", access=Access.DEVICE),
            _upload("/api/v1/public/media", self.from_citizen, "A citizen's photo", access=Access.PUBLIC, params=proof),
            _picture("/api/v1/media/{ref}", self.show, "A photo of a case", permission=self._view),
            _picture("/api/v1/my/media/{ref}", self.show_worker, "A photo of one's case", access=Access.DEVICE),
        ]

    async def from_account(self, request: web.Request) -> web.StreamResponse:
        """Keep a photo of somebody who is signed in."""
        return await self._keep(request, Sender(account_id=request[ACCOUNT_KEY].id))

    async def from_device(self, request: web.Request) -> web.StreamResponse:
        """Keep a worker's photo."""
        return await self._keep(request, Sender(worker_id=request[DEVICE_KEY].worker_id))

    async def from_citizen(self, request: web.Request) -> web.StreamResponse:
        """Keep a citizen's photo: bound to a village's code by the proof of work of its report."""
        now_ms, query = self._now_ms(), request.query
        code, client_id = query.get("code", ""), _uuid(query.get("client_id", ""))
        checks = ((self._by_address, address_key(self._peers.address(request))), (self._by_code, code))
        for limiter, key in checks:
            limiter.check(key, now_ms)
            limiter.count(key, now_ms)
        await self._doors.admit(code, str(client_id), query.get("salt", ""), query.get("nonce", ""))
        return await self._keep(request, Sender(client_id=client_id))

    async def _keep(self, request: web.Request, sender: Sender) -> web.StreamResponse:
        try:
            async with asyncio.timeout(RECEIVE_S):
                data = await request.read()
        except TimeoutError:
            raise SlowPhoto(f"the photo did not arrive within {RECEIVE_S:.0f} s") from None
        if not data:
            raise BadValue(field="photo", value="", allowed="a picture as the body of the request")
        return answer(await self._media.keep(data, sender), status=201)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """A photo that the account sent, or that belongs to a case that it may see; NotFound otherwise."""
        account, row = request[ACCOUNT_KEY], await self._media.find(request.match_info["ref"])
        if row["account_id"] == account.id or await self._any(self._doors.account_sees, account, row["ref"]):
            return await self._picture(request, row["sha256"])
        raise NotFound(kind="photo", key=row["ref"])

    async def show_worker(self, request: web.Request) -> web.StreamResponse:
        """The same for a phone."""
        device, row = request[DEVICE_KEY], await self._media.find(request.match_info["ref"])
        if row["worker_id"] == device.worker_id or await self._any(self._doors.device_sees, device, row["ref"]):
            return await self._picture(request, row["sha256"])
        raise NotFound(kind="photo", key=row["ref"])

    async def _any(self, sees: Callable[[Any, int], Awaitable[bool]], who: Account | Device, ref: str) -> bool:
        for case_id in await self._media.cases_of(ref):
            if await sees(who, case_id):
                return True
        return False

    async def _picture(self, request: web.Request, sha256: bytes) -> web.StreamResponse:
        size = request.query.get("size", "full")
        if size not in {"full", "thumb"}:
            raise BadValue(field="size", value=size, allowed="full or thumb")
        body = await self._media.read(sha256, size)
        return web.Response(body=body, content_type="image/jpeg", headers=_HEADERS)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadValue(field="client_id", value=text, allowed="a uuid") from None


def _upload(path: str, handler: Any, summary: str, **more: Any) -> Route:
    return Route(
        method="POST", path=path, handler=handler, summary=summary, room="media", returns=Stored, status=201,
        max_body=MOST_BYTES, content="stream", **more,
    )  # fmt: skip


def _picture(path: str, handler: Any, summary: str, **more: Any) -> Route:
    return Route(
        method="GET", path=path, handler=handler, summary=summary, room="media", params=(_REF, _SIZE),
        content="image/jpeg", **more,
    )  # fmt: skip
