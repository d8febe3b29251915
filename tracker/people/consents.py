"""Renewed consent: a worker accepted another version of the privacy notice on a phone that is enrolled already."""

from __future__ import annotations

from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.people.audit import Audit
from tracker.people.enrolment import Consent, accepted
from tracker.people.model import Device

_SQL = Queries.beside(__file__, "consents.sql")


class Consents:
    """Keeps every consent; the newest stands beside the phone."""

    def __init__(self, *, database: Database, audit: Audit, now_ms: NowMs) -> None:
        self._database = database
        self._audit = audit
        self._now_ms = now_ms

    async def record(self, device: Device, consent: Consent, *, address: str) -> bool:
        """Whether it is news: a phone that heard no answer sends again. Raises BadValue for what cannot be true."""
        version, at = accepted(consent, self._now_ms())
        async with self._database.transaction() as connection:
            values = (device.worker_id, device.id, version, at, to_datetime(self._now_ms()))
            if await connection.fetchval(_SQL.insert, *values) is None:
                return False
            await connection.execute(_SQL.note, device.id, version, at)
            await self._audit.write(
                "consent.give",
                subject=f"worker:{device.worker_id}",
                area_code=device.grid_code,
                device_id=device.id,
                detail={"notice_version": version, "consented_at_ms": consent.at_ms},
                address=address,
                connection=connection,
            )
        return True
