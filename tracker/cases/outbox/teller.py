"""Empties the outbox: tells live pages and makes the deliveries of webhooks, and only then marks what was told.

The rows are the queue: locked with `for update skip locked`, told, marked, all in one transaction. A process that dies
in the middle leaves them for the next one; a page may then hear of an event twice (it carries the case's version), a
webhook gets one delivery for certain (its key is the event).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.bus.model import AreaEvent, Bus, department_place
from tracker.cases.outbox.model import message
from tracker.cases.waiting import worker_place
from tracker.clock import LOCAL, NowMs, to_datetime
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.jsonio import encode

SQL = Queries.beside(__file__)
AT_ONCE = 50  # messages in one transaction


class Teller:
    """`send()` until nothing is left."""

    def __init__(self, *, database: Database, bus: Bus, now_ms: NowMs) -> None:
        self._database = database
        self._bus = bus
        self._now_ms = now_ms

    async def send(self) -> bool:
        """One batch; whether there may be more."""
        now = to_datetime(self._now_ms())
        async with self._database.transaction() as connection:
            rows = await connection.fetch(SQL.take_messages, now, AT_ONCE)
            if rows:
                await self._fan_out(connection, rows)
                self._publish(rows)
                await connection.execute(SQL.mark_sent, now, [r["case_id"] for r in rows], [r["id"] for r in rows])
        return len(rows) == AT_ONCE

    def _publish(self, rows: Sequence[Row]) -> None:
        parts: list[tuple[str, dict[str, Any]]] = []
        for row in rows:
            news = row["payload"]
            parts.append((news["area"], news))
            parts += [(department_place(code, news["area"]), news) for code in row["departments"]]
            parts += [(worker_place(worker_id), {}) for worker_id in row["workers"]]
        self._bus.publish(AreaEvent(kind="case", data={}, parts=parts))

    async def _fan_out(self, connection: Connection, rows: Sequence[Row]) -> None:
        values = (
            [event_id(row) for row in rows],
            [row["topic"] for row in rows],
            [row["payload"]["area"] for row in rows],
            ["\n".join(row["departments"]) for row in rows],
            [_body(row) for row in rows],
        )
        await connection.execute(SQL.fan_out, *values, to_datetime(self._now_ms()))


def event_id(row: Row) -> str:
    """The same whenever and by whomever the message is sent."""
    return f"case-{row['case_id']}-{row['id']}"


def _body(row: Row) -> str:
    at = row["created_at"].astimezone(LOCAL).isoformat(timespec="milliseconds")
    return encode(message(row["topic"], at, row["payload"])).decode()
