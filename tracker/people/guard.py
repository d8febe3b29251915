"""The door: decides for every request whether its route is open to its caller, before any handler runs."""

from __future__ import annotations

import hmac

from aiohttp import hdrs, web

from tracker.errors import Forbidden, NotSignedIn
from tracker.people.credentials import Way, token_in_body, token_of, ways_of
from tracker.people.devices import Devices
from tracker.people.model import ACCOUNT_KEY, DEVICE_KEY, SESSION_COOKIE, Account
from tracker.people.peer import Peers
from tracker.people.sessions import Sessions
from tracker.routes import Access, Permission, Route

_GIVES_COOKIE = "/api/v1/session"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


class Guard:
    """Checks a request against its route; the caller is then at request[ACCOUNT_KEY] or request[DEVICE_KEY].

    `ops_token` lets Prometheus and the like in from other machines; None = only from this machine.
    """

    def __init__(self, *, sessions: Sessions, devices: Devices, peers: Peers, ops_token: str | None = None) -> None:
        self._sessions = sessions
        self._devices = devices
        self._peers = peers
        self._ops_token = ops_token

    async def check(self, request: web.Request, route: Route) -> None:
        """Let the request pass or raise NotSignedIn, Forbidden or Unavailable."""
        if route.permission is not None or route.access is Access.SIGNED_IN:
            await self._check_account(request, route.permission)
        elif route.access is Access.DEVICE:
            await self._check_device(request, route)
        elif route.access is Access.OPS:
            self._check_ops(request)
        elif route.path == _GIVES_COOKIE:
            self._check_not_foreign(request)

    async def _check_account(self, request: web.Request, permission: Permission | None) -> None:
        account = await self._account(request)
        if permission is not None and not account.may(permission):
            raise Forbidden(f"your role {account.role} lacks the permission {permission}")
        request[ACCOUNT_KEY] = account

    async def _account(self, request: web.Request) -> Account:
        token = token_of(request.headers.get(hdrs.AUTHORIZATION), {}, Way.BEARER)
        if token is not None:  # a program: no browser sends this header by itself
            return await self._sessions.account_of(token)
        cookie = request.cookies.get(SESSION_COOKIE)
        if not cookie:
            raise NotSignedIn("sign in first")
        self._check_same_origin(request)
        return await self._sessions.account_of(cookie)

    def _check_same_origin(self, request: web.Request) -> None:
        """A browser sends the cookie by itself, so what changes something must come from our own pages."""
        origin = request.headers.get(hdrs.ORIGIN)
        upgrades = hdrs.UPGRADE in request.headers
        if request.method in _SAFE and not upgrades:
            return
        site = request.headers.get("Sec-Fetch-Site")  # only sent over https and on localhost
        if site in ("same-origin", "none") or (origin is not None and self._peers.is_own_origin(request, origin)):
            return
        if upgrades and origin is None and site is None:
            return  # not a browser; browsers always name their origin when they open a stream
        raise Forbidden("this request does not come from one of our own pages")

    def _check_not_foreign(self, request: web.Request) -> None:
        """Nobody is signed in by a foreign page, into an account of that page's choice; programs name no origin."""
        origin, site = request.headers.get(hdrs.ORIGIN), request.headers.get("Sec-Fetch-Site", "none")
        is_own = self._peers.is_own_origin(request, origin) if origin is not None else site in ("same-origin", "none")
        if not is_own:
            raise Forbidden("sign in on our own page")

    async def _check_device(self, request: web.Request, route: Route) -> None:
        ways = ways_of(route.path)
        token = token_of(request.headers.get(hdrs.AUTHORIZATION), request.query, ways)
        if token is None and Way.IDENTIFIER in ways and request.can_read_body:
            token = token_in_body(request.content_type, await request.read())
        if token is None:
            raise NotSignedIn("the phone's token is missing")
        request[DEVICE_KEY] = await self._devices.by_token(token)

    def _check_ops(self, request: web.Request) -> None:
        token = token_of(request.headers.get(hdrs.AUTHORIZATION), {}, Way.BEARER)
        if token is None:
            if self._peers.is_local(request):
                return
            raise NotSignedIn("the ops token is missing")
        if not self._ops_token or not hmac.compare_digest(token.encode(), self._ops_token.encode()):
            raise NotSignedIn("the ops token is wrong")
