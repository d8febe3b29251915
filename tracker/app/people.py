"""The people room: accounts, sessions, phones, and the guard at every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracker.app.base import Base, Tasks, routes_of
from tracker.people.accounts import Accounts
from tracker.people.consents import Consents
from tracker.people.devices import Devices
from tracker.people.enrolment import Enrolments
from tracker.people.guard import Guard
from tracker.people.http import PeopleHttp
from tracker.people.http_phone import PhoneConfig, PhoneHttp
from tracker.people.passwords import Passwords
from tracker.people.sessions import Sessions
from tracker.people.sign_in import SignIn
from tracker.people.workers import WorkerBriefs
from tracker.routes import Route


class PeopleRoom:
    """`load()` reads the tokens of all phones; `guard` answers who calls."""

    def __init__(self, base: Base) -> None:
        self._base = base
        settings, database = base.settings, base.database
        passwords = Passwords()
        base.closing.callback(passwords.close)
        common: dict[str, Any] = {"database": database, "audit": base.audit, "now_ms": base.now_ms}
        sign_in = SignIn(passwords=passwords, **common)
        self.sessions = Sessions(
            sign_in=sign_in,
            longest_ms=settings.session_hours * 3_600_000,
            idle_ms=settings.session_idle_minutes * 60_000,
            **common,
        )
        self.accounts = Accounts(passwords=passwords, sign_in=sign_in, sessions=self.sessions, **common)
        self.devices = Devices(database=database, now_ms=base.now_ms)
        self.workers = WorkerBriefs(database)
        self.enrolments = Enrolments(devices=self.devices, workers=self.workers, **common)
        self.consents = Consents(**common)
        self.guard = Guard(
            sessions=self.sessions, devices=self.devices, peers=base.peers, ops_token=settings.ops_token or None
        )

    async def load(self) -> None:
        """Read what is kept in memory."""
        await self.devices.load()

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {"devices": self.devices.run(), "sessions": self.sessions.run()}

    def routes(self, area_name: Callable[[str], str]) -> list[Route]:
        """Sign-in, accounts, phones, audit; `area_name` gives the name of a division or grid."""
        people = PeopleHttp(
            sessions=self.sessions,
            accounts=self.accounts,
            devices=self.devices,
            enrolments=self.enrolments,
            workers=self.workers,
            audit=self._base.audit,
            peers=self._base.peers,
            area_name=area_name,
        )
        return routes_of(people, PhoneHttp(self._phone_config(), consents=self.consents, peers=self._base.peers))

    async def device_card(self, worker_id: int) -> dict[str, Any] | None:
        """The phone that a worker used last, for the worker's card; None without one."""
        phones = [one for one in await self.devices.of_worker(worker_id) if one.revoked_at_ms is None]
        if not phones:
            return None
        newest = max(phones, key=lambda one: one.last_seen_ms or 0)
        return {"app": newest.app, "last_seen_ms": newest.last_seen_ms, "count": len(phones)}

    def _phone_config(self) -> PhoneConfig:
        settings = self._base.settings
        return PhoneConfig(
            handler=settings.data_handler,
            contact=settings.data_contact,
            call_phone=settings.call_phone,
            retention_days=settings.retention_days,
        )
