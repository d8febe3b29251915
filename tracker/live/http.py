"""The live stream's routes: the websocket, and the newest positions as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tracker.errors import BadValue, Forbidden
from tracker.geo.area import Area
from tracker.jsonio import answer
from tracker.live import socket
from tracker.live.audiences import DepartmentAudience
from tracker.live.frames import MAX_U32
from tracker.live.hub import Hub, Resume
from tracker.live.latest import MAX_ROWS, LatestPage, latest_page
from tracker.live.session import Session
from tracker.people.model import ACCOUNT_KEY, CASE_VIEW, MAP_VIEW
from tracker.routes import Param, Route, RouteTable

DEFAULT_ROWS = 100
_AREA = Param(name="area", about="division or grid code inside the caller's own area, which is the default")
_RESUME = Param(name="resume", about="<epoch>:<seq> from before the connection was lost")
_LIMIT = Param(name="limit", about=f"rows, at most {MAX_ROWS}", type="integer")
_CURSOR = Param(name="cursor", about="`next` of the page before", type="integer")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class _SessionListener:
    hub: Hub
    session: Session

    def part(self) -> None:
        self.hub.hear_part(self.session)

    def message(self, text: bytes) -> None:
        self.hub.hear(self.session, text)

    def ended(self) -> None:
        self.hub.leave(self.session)


class LiveHttp:
    """Routes over one hub; give `hub.end_session` to whoever ends sign-in sessions."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        """The websocket and the list of newest positions."""
        table = RouteTable("live", permission=MAP_VIEW)
        stream: dict[str, Any] = {"params": (_AREA, _RESUME), "content": "application/octet-stream", "status": 101}
        own, page = "Live news of a department's own cases (websocket)", (_AREA, _LIMIT, _CURSOR)
        return [
            table.get("/api/v1/live", self.live, "Live stream of positions (websocket)", **stream),
            table.get("/api/v1/case-live", self.case_live, own, permission=CASE_VIEW, **stream),
            table.get(
                "/api/v1/latest",
                self.latest,
                "Newest positions, in the order of worker ids",
                params=page,
                returns=LatestPage,
            ),
        ]

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Upgrade to the websocket of docs/live.md."""
        return self._upgrade(request, request[ACCOUNT_KEY].area_or_own(request.query.get("area")))

    async def case_live(self, request: web.Request) -> web.StreamResponse:
        """The same stream for a department: its own cases, and no worker."""
        account = request[ACCOUNT_KEY]
        area = account.area_or_own(request.query.get("area"))
        if account.department is None:
            raise Forbidden("only a department has cases of its own; the stream of an area is /api/v1/live")
        return self._upgrade(request, DepartmentAudience(area.code, department=account.department))

    def _upgrade(self, request: web.Request, area: Area) -> web.StreamResponse:
        require_own_origin(request.headers.getall("Origin", []), request.host)
        account = request[ACCOUNT_KEY]
        resume = parse_resume(request.query.get("resume"))
        self._hub.check_room()

        def join(connection: socket.Connection) -> socket.Listener:
            session = self._hub.join(account=account, area=area, sink=connection, resume=resume)
            return _SessionListener(hub=self._hub, session=session)

        return socket.upgrade(request, join)

    async def latest(self, request: web.Request) -> web.StreamResponse:
        """One page of newest positions."""
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        limit = _number(request, "limit", default=DEFAULT_ROWS, least=1, most=MAX_ROWS)
        after = _number(request, "cursor", default=0, least=0, most=MAX_U32)
        return answer(latest_page(self._hub.board, area.prefix, after=after, limit=limit))


def require_own_origin(origins: list[str], host: str) -> None:
    """Raise Forbidden unless every Origin header that came names the host that was asked; absent is allowed."""
    for origin in origins:
        parts = urlsplit(origin)
        default = f":{_DEFAULT_PORTS.get(parts.scheme, '')}"
        own = {host.lower(), host.lower().removesuffix(default)}
        if not parts.netloc or parts.netloc.lower().removesuffix(default) not in own:
            raise Forbidden(f"origin {origin[:100]!r} is not this server")


def parse_resume(text: str | None) -> Resume | None:
    """Read `<epoch>:<seq>`; raises BadValue (field `resume`)."""
    if not text:
        return None
    epoch, _, number = text.rpartition(":")
    if not epoch or not (number.isascii() and number.isdigit()) or len(number) > 10 or int(number) > MAX_U32:
        raise BadValue(field="resume", value=text, allowed="<epoch>:<seq> as in the hello message")
    return Resume(epoch=epoch, seq=int(number))


def _number(request: web.Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise BadValue(field=name, value=text, allowed=f"{least}..{most}")
    return int(text)
