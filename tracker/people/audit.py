"""The audit: who did what, where and when; lines are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tracker.clock import to_ms
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.geo.area import Area, Level

_SQL = Queries.beside(__file__, "audit.sql")
DEFAULT_LIMIT = 100
MOST_LINES = 1000  # in one answer


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it is shown; `account` and `device_id` are None where nobody was signed in."""

    id: int
    at_ms: int
    account_id: int | None
    account: str | None  # name at the time of reading
    device_id: int | None
    action: str
    subject: str
    area_code: str
    detail: dict[str, Any]
    address: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest lines first; `next` is the cursor of the following page, or None."""

    lines: list[AuditLine]
    next: int | None


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines are asked for; empty fields do not narrow."""

    action: str | None = None
    subject: str | None = None
    account_id: int | None = None
    before_id: int | None = None
    limit: int = DEFAULT_LIMIT


class Audit:
    """Writes and reads the audit table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(
        self,
        action: str,
        *,
        subject: str = "",
        area_code: str = "",
        account_id: int | None = None,
        device_id: int | None = None,
        detail: Mapping[str, Any] | None = None,
        address: str = "",
        connection: Connection | None = None,
    ) -> None:
        """Add one line, in the transaction of `connection` if given; raises Unavailable.

        `action` is noun.verb (`track.read`), `subject` kind:key (`worker:17`).
        """
        runner = connection or self._database
        values = (account_id, device_id, action, subject, area_code, dict(detail or {}), address)
        await runner.execute(_SQL.write_line, *values)

    async def read(self, area: Area, wanted: AuditFilter) -> AuditPage:
        """Lines about places in the area; those without a place are shown to whoever sees a whole county."""
        limit = max(1, min(wanted.limit, MOST_LINES))
        rows = await self._database.fetch(
            _SQL.read_lines,
            area.prefix,
            area.level is Level.COUNTY,
            wanted.action,
            wanted.subject,
            wanted.account_id,
            wanted.before_id,
            limit + 1,
        )
        lines = [_line(row) for row in rows[:limit]]
        return AuditPage(lines=lines, next=lines[-1].id if len(rows) > limit else None)


def _line(row: Row) -> AuditLine:
    values = {name: row[name] for name in AuditLine.__struct_fields__ if name != "at_ms"}
    return AuditLine(at_ms=to_ms(row["at"]), **values)
