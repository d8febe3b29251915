"""Webhooks as people set them up: kept, changed, retired, tested, and their dead letters sent again."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from tracker.cases.outbox.addresses import checked_url
from tracker.cases.outbox.model import KINDS, TEST, Hook, message, secret_about
from tracker.cases.outbox.signing import key_of, new_secret
from tracker.cases.outbox.teller import SQL
from tracker.cases.persons import Persons
from tracker.cases.program_keys import checked_name
from tracker.clock import LOCAL, NowMs, to_datetime, to_ms
from tracker.county.register import Register
from tracker.db.pool import Connection, Database, Row
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area
from tracker.jsonio import encode

MOST_ID = (1 << 63) - 1


class HookBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a webhook is; without `secret` a new one gets a fresh one, and a changed one keeps its own."""

    name: str
    url: str
    kinds: list[str] = []
    area: str | None = None
    department: str | None = None
    secret: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery with what became of it."""

    id: int
    event_id: str
    kind: str
    state: str
    attempts: int
    due_ms: int
    created_ms: int
    ended_ms: int | None
    status: int | None
    error: str


class Hooks:
    """Each writing call takes the connection of its caller's transaction."""

    def __init__(
        self, *, database: Database, persons: Persons, register: Register, now_ms: NowMs, allow_private: bool = False
    ) -> None:
        self._database = database
        self._persons = persons
        self._register = register
        self._now_ms = now_ms
        self._allow_private = allow_private

    async def all(self) -> list[Hook]:
        """Every webhook, newest first."""
        return [_hook(row) for row in await self._database.fetch(SQL.hooks)]

    async def add(self, connection: Connection, body: HookBody, own: Area, account_id: int) -> tuple[int, str]:
        """A new one; its id and, this once, its secret."""
        values = self._checked(body, own)
        secret = body.secret or new_secret()
        key_of(secret)
        hook_id = int(await connection.fetchval(SQL.next_hook))
        sealed = self._persons.seal(secret, secret_about(hook_id))
        name, url, kinds, area, department = values
        now = to_datetime(self._now_ms())
        await connection.execute(SQL.add_hook, hook_id, name, url, sealed, kinds, area, department, now, account_id)
        return hook_id, secret

    async def change(self, connection: Connection, hook_id: int, body: HookBody, own: Area) -> None:
        """Change all of one that is not retired; raises NotFound."""
        values = self._checked(body, own)
        if body.secret is not None:
            key_of(body.secret)
            sealed = self._persons.seal(body.secret, secret_about(hook_id))
            await connection.fetchval(SQL.change_secret, hook_id, sealed)
        _found(await connection.fetchval(SQL.change_hook, hook_id, *values), hook_id)

    async def retire(self, connection: Connection, hook_id: int) -> None:
        """It gets nothing from now on; raises NotFound."""
        now = to_datetime(self._now_ms())
        _found(await connection.fetchval(SQL.retire_hook, hook_id, now), hook_id)
        await connection.execute(SQL.drop_waiting, hook_id, now)

    async def test(self, connection: Connection, hook_id: int) -> str:
        """Send it a message of its own; the event's id; raises NotFound."""
        now, event_id = to_datetime(self._now_ms()), f"test-{secrets.token_hex(8)}"
        at = now.astimezone(LOCAL).isoformat(timespec="milliseconds")
        body = encode(message(TEST, at, {"webhook": hook_id})).decode()
        _found(await connection.fetchval(SQL.add_test, hook_id, event_id, TEST, body, now), hook_id)
        await connection.execute(SQL.wake_hook, hook_id)
        return event_id

    async def deliveries(self, hook_id: int, state: str | None, before: int, limit: int) -> list[Delivery]:
        """Newest first."""
        rows = await self._database.fetch(SQL.deliveries, hook_id, state, before, limit)
        return [_delivery(row) for row in rows]

    async def send_again(self, connection: Connection, hook_id: int, delivery_id: int | None) -> int:
        """Dead letters, one or all, from the first try on; how many."""
        rows = await connection.fetch(SQL.send_again, hook_id, delivery_id, to_datetime(self._now_ms()))
        await connection.execute(SQL.wake_hook, hook_id)
        return len(rows)

    def _checked(self, body: HookBody, own: Area) -> tuple[str, str, list[str], str, str | None]:
        wrong = [kind for kind in body.kinds if kind not in KINDS]
        if wrong:
            raise BadValue(field="kinds", value=wrong[0], allowed=", ".join(KINDS))
        area = Area.parse(body.area or own.code).code
        if not own.contains(area):
            raise BadValue(field="area", value=area, allowed="an area of this county")
        if body.department is not None and body.department not in self._register.snapshot.departments:
            raise BadValue(field="department", value=body.department, allowed="the code of a department")
        url = checked_url(body.url, allow_private=self._allow_private)
        return checked_name(body.name), url, list(dict.fromkeys(body.kinds)), area, body.department


def _found(found: object, hook_id: int) -> None:
    if found is None:
        raise NotFound(kind="webhook", key=hook_id)


def _hook(row: Row) -> Hook:
    names = ("id", "name", "url", "kinds", "failures", "waiting", "dead")
    return Hook(
        **{name: row[name] for name in names},
        area=row["area_code"],
        department=row["department_code"],
        created_ms=to_ms(row["created_at"]),
        retired_ms=to_ms(row["retired_at"]) if row["retired_at"] else None,
    )


def _delivery(row: Row) -> Delivery:
    values: dict[str, Any] = {
        name: row[name] for name in ("id", "event_id", "kind", "state", "attempts", "status", "error")
    }
    return Delivery(
        **values,
        due_ms=to_ms(row["due_at"]),
        created_ms=to_ms(row["created_at"]),
        ended_ms=to_ms(row["ended_at"]) if row["ended_at"] else None,
    )
