"""Enrolment: a supervisor shows a code once, a phone turns it into its own token."""

from __future__ import annotations

import io
from datetime import datetime

import msgspec
import segno

from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.people.audit import Audit
from tracker.people.devices import Devices
from tracker.people.limiter import AttemptLimiter, address_key
from tracker.people.model import Account, Device
from tracker.people.params import storable
from tracker.people.tokens import digest, looks_right, new_code, new_token
from tracker.people.workers import WorkerBrief, WorkerBriefs

_SQL = Queries.beside(__file__, "enrolment.sql")

GOOD_FOR_MS = 15 * 60_000
ATTEMPTS_PER_ADDRESS = 60  # a village's phones are enrolled in one meeting, behind one address
ADDRESS_WINDOW_MS = 10 * 60_000
MOST_NAME = 80  # characters
MOST_VERSION = 40  # characters
FIRST_CONSENT_MS = 1_577_836_800_000  # 2020: nobody can have read a notice of ours before
CLOCK_ERROR_MS = 86_400_000  # a phone may be a day ahead; further on it is no record of a consent


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh code; it is shown once and stored only as its hash."""

    id: int
    code: str
    url: str
    qr_svg: str
    expires_at_ms: int


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone gets: its token, shown once, and whose phone it now is."""

    token: str
    device_id: int
    worker: WorkerBrief


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """Which privacy notice the worker accepted on this phone, and when by its clock (Unix ms)."""

    notice_version: str
    at_ms: int


class Enrolments:
    """Hands out codes and takes them in; a worker's older phones stay good until they are revoked."""

    def __init__(
        self, *, database: Database, devices: Devices, workers: WorkerBriefs, audit: Audit, now_ms: NowMs
    ) -> None:
        self._database = database
        self._devices = devices
        self._workers = workers
        self._audit = audit
        self._now_ms = now_ms
        self._attempts = AttemptLimiter(limit=ATTEMPTS_PER_ADDRESS, window_ms=ADDRESS_WINDOW_MS)

    async def create(self, by: Account, worker_id: int, *, base_url: str, address: str) -> Enrolment:
        """A code for a phone of this worker; raises NotFound or Forbidden (outside the account's area)."""
        worker = await self._workers.get(worker_id)
        by.require_area(worker.grid)
        code, now_ms = new_code(), self._now_ms()
        times = (to_datetime(now_ms), to_datetime(now_ms + GOOD_FOR_MS))
        async with self._database.transaction() as connection:
            key = await connection.fetchval(_SQL.insert_enrolment, digest(code), worker_id, by.id, *times)
            await self._audit.write(
                "enrolment.create",
                subject=f"worker:{worker_id}",
                area_code=worker.grid,
                account_id=by.id,
                detail={"enrolment": key},
                address=address,
                connection=connection,
            )
        url = f"{base_url}/phone#enrol={code}"
        return Enrolment(id=key, code=code, url=url, qr_svg=qr_svg(url), expires_at_ms=now_ms + GOOD_FOR_MS)

    async def consume(self, code: str, device_name: str, *, address: str, consent: Consent | None = None) -> Enrolled:
        """Turn a code into a token; raises BadValue for a code that is wrong, used or too old, and TooMany.

        A `consent` that cannot be true raises BadValue before the code is used up.
        """
        key = address_key(address)
        self._attempts.check(key, self._now_ms())
        self._attempts.count(key, self._now_ms())
        if not looks_right(code):
            raise _bad_code()
        token = new_token()
        device = await self._store(code, token, storable(device_name, MOST_NAME), address, consent)
        self._devices.add(digest(token), device)
        return Enrolled(token=token, device_id=device.id, worker=await self._workers.get(device.worker_id))

    async def _store(self, code: str, token: str, name: str, address: str, consent: Consent | None) -> Device:
        version, consented_at = accepted(consent, self._now_ms())
        now = to_datetime(self._now_ms())
        async with self._database.transaction() as connection:
            # The update takes the row's lock: of two phones with one code the second finds it used.
            row: Row | None = await connection.fetchrow(_SQL.use_enrolment, digest(code), now)
            if row is None:
                raise _bad_code()
            made_by = (now, row["created_by"])
            values = (row["worker_id"], digest(token), name, *made_by, version, consented_at)
            device_id = await connection.fetchval(_SQL.insert_device, *values)
            await connection.execute(_SQL.note_device, row["id"], device_id)
            if version is not None:
                await connection.execute(_SQL.insert_consent, row["worker_id"], device_id, version, consented_at, now)
            await self._audit.write(
                "device.enrol",
                subject=f"worker:{row['worker_id']}",
                area_code=row["grid_code"],
                device_id=device_id,
                detail={"enrolment": row["id"], "name": name, "notice_version": version},
                address=address,
                connection=connection,
            )
        return Device(id=device_id, worker_id=row["worker_id"], grid_code=row["grid_code"])


def qr_svg(url: str) -> str:
    """The address as a QR code: an inline SVG that scales with its box."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    return out.getvalue().decode().strip()


def accepted(consent: Consent | None, now_ms: int) -> tuple[str | None, datetime | None]:
    """The two columns of a consent; raises BadValue."""
    if consent is None:
        return None, None
    version = storable(consent.notice_version, MOST_VERSION + 1)
    if not 0 < len(version) <= MOST_VERSION:
        allowed = f"1..{MOST_VERSION} characters"
        raise BadValue(field="notice_version", value=consent.notice_version, allowed=allowed)
    if not FIRST_CONSENT_MS <= consent.at_ms <= now_ms + CLOCK_ERROR_MS:
        raise BadValue(field="consented_at_ms", value=consent.at_ms, allowed="Unix ms since 2020, not in the future")
    return version, to_datetime(consent.at_ms)


def _bad_code() -> BadValue:
    return BadValue(field="code", value="(not shown)", allowed="a fresh enrolment code; it works once, for 15 minutes")
