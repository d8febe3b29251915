"""The people room built for tests: cheap hashes, a clock that the test owns, and a small register."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from argon2 import PasswordHasher

from tracker.clock import now_ms, to_datetime
from tracker.db.pool import Database
from tracker.errors import NotSignedIn
from tracker.geo.area import Area
from tracker.people.accounts import Accounts
from tracker.people.audit import Audit
from tracker.people.devices import Devices
from tracker.people.enrolment import Enrolments
from tracker.people.guard import Guard
from tracker.people.http import PeopleHttp
from tracker.people.model import Account, Role
from tracker.people.passwords import Passwords
from tracker.people.peer import Peers
from tracker.people.sessions import Sessions
from tracker.people.sign_in import SignIn
from tracker.people.workers import WorkerBriefs

COUNTY = "130523000000"
TOWNSHIP = "130523100000"
OTHER_TOWNSHIP = "130523101000"
VILLAGE = "130523100201"
GRID = "130523100201001"
OTHER_GRID = "130523101201001"
PASSWORD = "correct horse battery"
OPS_TOKEN = "ops-token-of-the-test"

_REGISTER = f"""
insert into division (code, name, level, parent_code, valid_from)
values ('{VILLAGE}', '柳林村', 3, '{TOWNSHIP}', '2020-01-01');
insert into grid (code, name, village_code, color, valid_from, boundary, lon, lat) values
  ('{GRID}', '第一网格', '{VILLAGE}', 1, '2020-01-01', '', 114.5, 37.3),
  ('{OTHER_GRID}', '东庞网格', '130523101201', 2, '2020-01-01', '', 114.6, 37.3);
insert into worker (id, number, name, role, grid_code, valid_from) values
  (17, 'W17', '王五', 'worker', '{GRID}', '2020-01-01'),
  (18, 'W18', '李四', 'leader', '{OTHER_GRID}', '2020-01-01');
"""


class House:
    """All parts of the room on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_ms = now_ms()
        self.passwords = Passwords(time_cost=1, memory_kib=64)
        self.old_cost_hash = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(PASSWORD)
        self.audit = Audit(database)
        self.peers = Peers()
        common: dict[str, Any] = {"database": database, "audit": self.audit, "now_ms": self.clock}
        sign_in = SignIn(passwords=self.passwords, **common)
        self.sessions = Sessions(sign_in=sign_in, **common)
        self.accounts = Accounts(passwords=self.passwords, sign_in=sign_in, sessions=self.sessions, **common)
        self.devices = Devices(database=database, now_ms=self.clock)
        self.workers = WorkerBriefs(database)
        self.enrolments = Enrolments(devices=self.devices, workers=self.workers, **common)
        self.guard = Guard(sessions=self.sessions, devices=self.devices, peers=self.peers, ops_token=OPS_TOKEN)
        self.http = PeopleHttp(
            sessions=self.sessions,
            accounts=self.accounts,
            devices=self.devices,
            enrolments=self.enrolments,
            workers=self.workers,
            audit=self.audit,
            peers=self.peers,
            area_name=lambda code: f"area {code}",
        )

    def clock(self) -> int:
        return self.now_ms

    def now(self) -> datetime:
        return to_datetime(self.now_ms)

    def pass_minutes(self, minutes: float) -> None:
        self.now_ms += int(minutes * 60_000)

    def close(self) -> None:
        self.passwords.close()

    async def register(self) -> None:
        """Two workers, 17 and 18, in two townships."""
        async with self.database.connection() as connection:
            await connection.execute(_REGISTER)

    async def account(self, name: str, role: Role = Role.SUPERVISOR, area: str = COUNTY) -> Account:
        """Insert an account whose password is PASSWORD."""
        hashed = await self.passwords.hash(PASSWORD)
        key = await self.database.fetchval(
            "insert into account (name, display_name, password_hash, role, area_code) values ($1, $1, $2, $3, $4) "
            "returning id",
            name,
            hashed,
            role,
            area,
        )
        return Account(id=key, name=name, display_name=name, role=role, area=Area.parse(area))

    async def sign_in(self, name: str, role: Role = Role.SUPERVISOR, area: str = COUNTY, *, create: bool = True) -> str:
        """The token of a fresh session."""
        if create:
            await self.account(name, role, area)
        return (await self.sessions.open(name, PASSWORD, "192.0.2.1", "test")).token

    async def fail(self, name: str, *, times: int) -> None:
        """Type a wrong password."""
        for _ in range(times):
            try:
                await self.sessions.open(name, "a wrong password", "192.0.2.1", "test")
            except NotSignedIn:
                continue
            raise AssertionError(f"{name} was let in")

    async def can_sign_in(self, name: str) -> bool:
        try:
            await self.sessions.open(name, PASSWORD, "198.51.100.1", "test")
        except NotSignedIn:
            return False
        return True
