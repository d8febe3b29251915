"""Open311's extension for updates: the steps of public requests, and what clients add to them."""

from __future__ import annotations

from datetime import datetime

from tracker.cases import store
from tracker.cases.model import Actor
from tracker.cases.open311_read import Update
from tracker.clock import NowMs
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import NotFound
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__, "open311.sql")
MOST = 1000


class Updates:
    """Only of cases that strangers may read of."""

    def __init__(self, *, database: Database, audit: Audit, now_ms: NowMs) -> None:
        self._database = database
        self._audit = audit
        self._now_ms = now_ms

    async def read(self, starts: datetime, ends: datetime) -> list[Row]:
        """Steps of a period, the oldest first, at most MOST."""
        return await self._database.fetch(_SQL.updates, starts, ends, MOST)

    async def add(self, update: Update, key_id: str, actor: Actor) -> None:
        """A note by the client's user, once for each key and update id; raises NotFound.

        A status is told to the desk with the words: what becomes of a case is decided along the table of states.
        """
        now_ms = self._now_ms()
        async with self._database.transaction() as connection:
            case_id = await connection.fetchval(_SQL.public_id, update.number)
            if case_id is None:
                raise NotFound(kind="service_request_id", key=update.number)
            if await connection.fetchval(_SQL.take_update, f"{key_id}:{update.update_id}", case_id) is None:
                return
            text = f"[{update.status}] {update.description}" if update.status else update.description
            event = store.event_of("note", actor, text=text, data={"update": update.update_id})
            case = await store.add_event(connection, await store.lock(connection, case_id), event, now_ms)
            await store.save(connection, case)
            await store.audited(connection, self._audit, "case.note", case, actor, {"update": update.update_id})
            await store.tell(connection, case, "note", now_ms)
