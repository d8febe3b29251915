"""Routes for signing in and out and for one's own password."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aiohttp import hdrs, web

from tracker.jsonio import answer, decode
from tracker.people.accounts import Accounts
from tracker.people.model import ACCOUNT_KEY, PERMISSIONS, SESSION_COOKIE, Account
from tracker.people.peer import Peers
from tracker.people.sessions import Sessions
from tracker.routes import Access, Route

AreaName = Callable[[str], str]


class SignInBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/v1/session."""

    name: str
    password: str


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/v1/session/password."""

    old: str
    new: str


class MyArea(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person's area; level 1 county, 2 township, 3 village, 4 grid."""

    code: str
    name: str
    level: int


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person."""

    name: str
    display_name: str
    role: str
    area: MyArea
    permissions: list[str]
    department: str | msgspec.UnsetType = msgspec.UNSET  # code; only where the account has one


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that says only that it was done."""

    ok: bool = True


class SessionHttp:
    """The routes below /api/v1/session."""

    def __init__(self, *, sessions: Sessions, accounts: Accounts, peers: Peers, area_name: AreaName) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._peers = peers
        self._area_name = area_name

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        path = "/api/v1/session"
        return [
            Route(
                method="POST",
                path=path,
                handler=self.sign_in,
                summary="Sign in",
                room="people",
                access=Access.PUBLIC,
                body=SignInBody,
                returns=Me,
                max_body=4096,
            ),
            Route(method="GET", path=path, handler=self.me, summary="Who is signed in", room="people", returns=Me),
            Route(method="DELETE", path=path, handler=self.sign_out, summary="Sign out", room="people", returns=Done),
            Route(
                method="POST",
                path=f"{path}/password",
                handler=self.change_password,
                summary="Change one's own password; all other sessions end",
                room="people",
                body=PasswordBody,
                returns=Done,
                max_body=4096,
            ),
        ]

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Set the cookie and answer the `me` object."""
        body = decode(await request.read(), SignInBody)
        agent = request.headers.get(hdrs.USER_AGENT, "")
        opened = await self._sessions.open(body.name, body.password, self._peers.address(request), agent)
        response = answer(self._me(opened.account), headers={hdrs.CACHE_CONTROL: "no-store"})
        response.set_cookie(
            SESSION_COOKIE,
            opened.token,
            max_age=self._sessions.longest_ms // 1000,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self._peers.is_secure(request),
        )
        return response

    async def me(self, request: web.Request) -> web.StreamResponse:
        """The `me` object."""
        return answer(self._me(request[ACCOUNT_KEY]), headers={hdrs.CACHE_CONTROL: "no-store"})

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session and take the cookie back."""
        await self._sessions.close(request[ACCOUNT_KEY], self._peers.address(request))
        response = answer(Done())
        secure = self._peers.is_secure(request)
        response.del_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Strict", secure=secure)
        return response

    async def change_password(self, request: web.Request) -> web.StreamResponse:
        """Change one's own password."""
        body = decode(await request.read(), PasswordBody)
        address = self._peers.address(request)
        await self._accounts.change_own_password(request[ACCOUNT_KEY], body.old, body.new, address)
        return answer(Done())

    def _me(self, account: Account) -> Me:
        code = account.area.code
        area = MyArea(code=code, name=self._area_name(code), level=int(account.area.level))
        permissions = sorted(PERMISSIONS[account.role])
        return Me(
            name=account.name,
            display_name=account.display_name,
            role=account.role,
            area=area,
            department=account.department or msgspec.UNSET,
            permissions=[str(permission) for permission in permissions],
        )
