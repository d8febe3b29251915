"""What the county's own administrator sets up: who that is, and the audit line of what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tracker.db.pool import Connection
from tracker.errors import Forbidden
from tracker.geo.area import Level
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, Account
from tracker.people.peer import Peers


class CountyAdmin:
    """Checks and writes for every route that holds for the whole county."""

    def __init__(self, *, audit: Audit, peers: Peers) -> None:
        self._audit = audit
        self._peers = peers

    def require(self, request: web.Request) -> Account:
        """The signed-in administrator; raises Forbidden for one of a township: what is set here holds everywhere."""
        account = request[ACCOUNT_KEY]
        if account.area.level is not Level.COUNTY:
            raise Forbidden("this is set up for the whole county, by its own administrator").because("admin.county")
        return account

    async def write(
        self, request: web.Request, connection: Connection, action: str, subject: str,
        detail: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """The audit's line, in the same transaction."""
        account = request[ACCOUNT_KEY]
        await self._audit.write(
            action,
            subject=subject,
            area_code=account.area.code,
            account_id=account.id,
            detail=detail,
            address=self._peers.address(request),
            connection=connection,
        )
