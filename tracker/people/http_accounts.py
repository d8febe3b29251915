"""Routes for managing accounts and for reading the audit."""

from __future__ import annotations

import msgspec
from aiohttp import hdrs, web

from tracker.jsonio import answer, decode
from tracker.people.accounts import MOST_LISTED, AccountChange, AccountInfo, Accounts, NewAccount
from tracker.people.audit import DEFAULT_LIMIT, MOST_LINES, Audit, AuditFilter, AuditPage
from tracker.people.model import ACCOUNT_KEY, ACCOUNT_MANAGE, AUDIT_VIEW
from tracker.people.params import path_id, query_int, query_text
from tracker.people.peer import Peers
from tracker.routes import Param, Route

_MOST_CURSOR = (1 << 63) - 1
_LIMIT = Param(name="limit", about="most entries in the answer", type="integer")
_CURSOR = Param(name="cursor", about="`next` of the page before", type="integer")


class AccountList(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts by id; `next` is the cursor of the following page, or None."""

    accounts: list[AccountInfo]
    next: int | None


class AccountsHttp:
    """The routes below /api/v1/accounts, and /api/v1/audit."""

    def __init__(self, *, accounts: Accounts, audit: Audit, peers: Peers) -> None:
        self._accounts = accounts
        self._audit = audit
        self._peers = peers

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        path = "/api/v1/accounts"
        return [
            Route(
                method="GET",
                path=path,
                handler=self.list_accounts,
                summary="Accounts inside one's own area",
                room="people",
                permission=ACCOUNT_MANAGE,
                params=(_LIMIT, _CURSOR),
                returns=AccountList,
            ),
            Route(
                method="POST",
                path=path,
                handler=self.create,
                summary="Make an account; without a password one is generated and shown once",
                room="people",
                permission=ACCOUNT_MANAGE,
                body=NewAccount,
                returns=AccountInfo,
                status=201,
            ),
            Route(
                method="PATCH",
                path=f"{path}/{{id}}",
                handler=self.change,
                summary="Change, disable or reset an account; its sessions end",
                room="people",
                permission=ACCOUNT_MANAGE,
                params=(Param(name="id", about="account", where="path", type="integer", required=True),),
                body=AccountChange,
                returns=AccountInfo,
            ),
            Route(
                method="GET",
                path="/api/v1/audit",
                handler=self.read_audit,
                summary="Who did what, newest first",
                room="people",
                permission=AUDIT_VIEW,
                params=(
                    Param(name="area", about="division or grid code"),
                    Param(name="action", about="such as track.read"),
                    Param(name="subject", about="such as worker:17"),
                    Param(name="account_id", about="who did it", type="integer"),
                    _LIMIT,
                    _CURSOR,
                ),
                returns=AuditPage,
            ),
        ]

    async def list_accounts(self, request: web.Request) -> web.StreamResponse:
        """A page of accounts."""
        limit = query_int(request, "limit", default=DEFAULT_LIMIT, least=1, most=MOST_LISTED)
        after = query_int(request, "cursor", default=0, least=0, most=(1 << 31) - 1)
        found = await self._accounts.page(request[ACCOUNT_KEY], after_id=after, limit=limit)
        return answer(AccountList(accounts=found, next=found[-1].id if len(found) == limit else None))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Make an account."""
        body = decode(await request.read(), NewAccount)
        made = await self._accounts.create(request[ACCOUNT_KEY], body, self._peers.address(request))
        return answer(made, status=201, headers={hdrs.CACHE_CONTROL: "no-store"})

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Change an account."""
        account_id = path_id(request, "account")
        body = decode(await request.read(), AccountChange)
        address = self._peers.address(request)
        changed = await self._accounts.change(request[ACCOUNT_KEY], account_id, body, address)
        return answer(changed, headers={hdrs.CACHE_CONTROL: "no-store"})

    async def read_audit(self, request: web.Request) -> web.StreamResponse:
        """A page of the audit."""
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        wanted = AuditFilter(
            action=query_text(request, "action"),
            subject=query_text(request, "subject"),
            account_id=query_int(request, "account_id", default=0, least=0, most=(1 << 31) - 1) or None,
            before_id=query_int(request, "cursor", default=0, least=0, most=_MOST_CURSOR) or None,
            limit=query_int(request, "limit", default=DEFAULT_LIMIT, least=1, most=MOST_LINES),
        )
        return answer(await self._audit.read(area, wanted))
