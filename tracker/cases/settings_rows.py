"""What a county sets up for its cases: read, changed and retired with a history, so that every past state is known.

A clock keeps the limit and the deadline that it was started with; a case keeps the limit that it was filed with.
What is changed here holds for clocks that begin afterwards, and for those that are paused or lengthened afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from tracker.cases.settings_bodies import CategoryBody, ChannelBody, LimitBody, PlanBody, TemplateBody
from tracker.cases.worktime import WorkCalendar, read_plan
from tracker.clock import NowMs, local_day, to_datetime, to_ms
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound

_SQL = Queries.beside(__file__, "settings.sql")


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history; `before` None: it was new, `after` None: it was retired."""

    id: int
    kind: str
    key: str
    at_ms: int
    account: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class SettingsRows:
    """Each writing call takes the connection of its caller's transaction and gives the row before and after."""

    def __init__(self, *, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms

    async def categories(self) -> list[Row]:
        """All of them, retired ones last."""
        return await self._database.fetch(_SQL.categories)

    async def channels(self) -> list[Row]:
        """All of them, retired ones last."""
        return await self._database.fetch(_SQL.channels)

    async def templates(self) -> list[Row]:
        """All of them, retired ones last."""
        return await self._database.fetch(_SQL.templates)

    async def plans(self) -> list[dict[str, Any]]:
        """The working hours, by the day from which they hold."""
        found: list[dict[str, Any]] = await self._database.fetchval(_SQL.plans)
        return sorted(found, key=lambda one: str(one["from"]))

    async def history(self, kind: str | None, key: str | None, before: int, limit: int) -> list[SettingChange]:
        """What was changed, newest first."""
        rows = await self._database.fetch(_SQL.history, kind, key, before, limit)
        names = ("id", "kind", "key", "account", "before", "after")
        return [SettingChange(at_ms=to_ms(row["at"]), **{name: row[name] for name in names}) for row in rows]

    async def put_category(self, connection: Connection, code: str, body: CategoryBody, account_id: int) -> bool:
        """Make or change one; whether it is new."""
        before = await connection.fetchrow(_SQL.one_category, code)
        after = await connection.fetchrow(_SQL.put_category, code, *body.values())
        await self._note(connection, "category", code, before, after, account_id)
        return before is None

    async def retire_category(self, connection: Connection, code: str, account_id: int) -> None:
        """Nobody chooses it any more; cases keep it."""
        await self._retire(connection, "category", code, (_SQL.one_category, _SQL.retire_category), account_id)

    async def put_channel(self, connection: Connection, code: str, body: ChannelBody, account_id: int) -> bool:
        """Make or change one; whether it is new."""
        before = await connection.fetchrow(_SQL.one_channel, code)
        after = await connection.fetchrow(_SQL.put_channel, code, *body.values())
        await self._note(connection, "channel", code, before, after, account_id)
        return before is None

    async def retire_channel(self, connection: Connection, code: str, account_id: int) -> None:
        """Nothing comes in by it any more."""
        await self._retire(connection, "channel", code, (_SQL.one_channel, _SQL.retire_channel), account_id)

    async def add_template(self, connection: Connection, body: TemplateBody, account_id: int) -> int:
        """A new one; its id."""
        after = await connection.fetchrow(_SQL.add_template, *body.values())
        await self._note(connection, "template", str(after["id"]), None, after, account_id)
        return int(after["id"])

    async def put_template(self, connection: Connection, template: int, body: TemplateBody, account_id: int) -> None:
        """Change one; raises NotFound."""
        before = await connection.fetchrow(_SQL.one_template, template)
        if before is None:
            raise NotFound(kind="template", key=template)
        after = await connection.fetchrow(_SQL.put_template, template, *body.values())
        await self._note(connection, "template", str(template), before, after, account_id)

    async def retire_template(self, connection: Connection, template: int, account_id: int) -> None:
        """Nobody begins with it any more."""
        await self._retire(connection, "template", template, (_SQL.one_template, _SQL.retire_template), account_id)

    async def put_limit(self, connection: Connection, stage: str, body: LimitBody, account_id: int) -> None:
        """The limit of a stage for clocks that begin from now on; raises NotFound."""
        before = await connection.fetchrow(_SQL.one_limit, stage)
        if before is None:
            raise NotFound(kind="stage", key=stage)
        after = await connection.fetchrow(_SQL.put_limit, stage, body.limit, body.unit.value)
        await self._note(connection, "limit", stage, before, after, account_id)

    async def put_plan(self, connection: Connection, body: PlanBody, account_id: int) -> None:
        """Working hours from a coming day on; the past stays as it was."""
        self._check_coming(body.from_day)
        row = body.row()
        plans: list[dict[str, Any]] = await connection.fetchval(_SQL.lock_plans)
        before = next((one for one in plans if one["from"] == row["from"]), None)
        rest = [one for one in plans if one["from"] != row["from"]]
        await self._save_plans(connection, [*rest, row])
        await self._note(connection, "plan", row["from"], before, row, account_id)

    async def drop_plan(self, connection: Connection, from_day: date, account_id: int) -> None:
        """Take back working hours that have not begun; raises NotFound."""
        self._check_coming(from_day)
        plans: list[dict[str, Any]] = await connection.fetchval(_SQL.lock_plans)
        before = next((one for one in plans if one["from"] == from_day.isoformat()), None)
        if before is None:
            raise NotFound(kind="plan", key=from_day)
        await self._save_plans(connection, [one for one in plans if one is not before])
        await self._note(connection, "plan", from_day.isoformat(), before, None, account_id)

    def _check_coming(self, day: date) -> None:
        if day <= local_day(self._now_ms()):
            raise BadValue(field="from", value=day, allowed="a coming day: the past is not changed").because(
                "plan.past"
            )

    async def _save_plans(self, connection: Connection, plans: Sequence[dict[str, Any]]) -> None:
        ordered = sorted(plans, key=lambda one: str(one["from"]))
        WorkCalendar(plans=tuple(read_plan(one) for one in ordered))  # refuses what is no calendar
        await connection.execute(_SQL.save_plans, ordered, to_datetime(self._now_ms()))

    async def _retire(
        self, connection: Connection, kind: str, key: str | int, statements: tuple[str, str], account_id: int
    ) -> None:
        one, retire = statements
        before = await connection.fetchrow(one, key)
        if before is None or not before["enabled"]:
            raise NotFound(kind=kind, key=key)
        await connection.execute(retire, key)
        await self._note(connection, kind, str(key), before, None, account_id)

    async def _note(
        self, connection: Connection, kind: str, key: str, before: Any, after: Any, account_id: int
    ) -> None:
        plain = [None if one is None else dict(one) for one in (before, after)]
        if plain[0] != plain[1]:
            now = to_datetime(self._now_ms())
            await connection.execute(_SQL.note, kind, key, now, account_id, *plain)
