"""The whole room built from what it needs: for the application, and for tests of its routes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from tracker.bus.model import Bus
from tracker.cases.book import Books
from tracker.cases.bulk import BulkHttp
from tracker.cases.cases import Cases, Missing, none_missing
from tracker.cases.county_admin import CountyAdmin
from tracker.cases.gate import Gate
from tracker.cases.http_changes import ChangesHttp
from tracker.cases.http_codes import CodesHttp
from tracker.cases.http_config import ConfigHttp
from tracker.cases.http_desk import DeskHttp
from tracker.cases.http_helpers import HelpersHttp
from tracker.cases.http_imports import ImportsHttp
from tracker.cases.http_intake import IntakeHttp
from tracker.cases.http_phone import PhoneCasesHttp
from tracker.cases.http_program_keys import ProgramKeysHttp
from tracker.cases.http_public import PublicHttp
from tracker.cases.http_settings import SettingsHttp
from tracker.cases.nearby import Nearby, OnDuty, Positions
from tracker.cases.open311 import CHANNEL, Open311Http
from tracker.cases.open311_updates import Updates
from tracker.cases.outbox.carrier import Carrier
from tracker.cases.outbox.hooks import Hooks
from tracker.cases.outbox.http import HooksHttp
from tracker.cases.outbox.teller import Teller
from tracker.cases.persons import Persons
from tracker.cases.posters import PostersHttp
from tracker.cases.program_keys import ProgramKeys
from tracker.cases.reading import Reading
from tracker.cases.records import Records
from tracker.cases.settings_rows import SettingsRows
from tracker.cases.stats_room import StatisticsRoom
from tracker.cases.waiting import Waiting
from tracker.cases.watch import Watch
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.metrics import Metrics
from tracker.people.audit import Audit
from tracker.people.peer import Peers
from tracker.routes import Route


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What other rooms answer: which photos are missing, where workers are, who is on duty; and three settings."""

    missing: Missing = none_missing
    positions: Positions = lambda _prefix: ()
    on_duty: OnDuty = lambda _worker_id: False
    webhook_private: bool = False
    contact: str = ""
    hotline: str = ""


class HasRoutes(Protocol):
    """A part of the room that people, phones or programs talk to."""

    def routes(self) -> list[Route]:
        """Every route of the part."""


class CaseRoom:
    """`routes()` for the web room; `watch.run()`, `carrier.run()` and `statistics.fold.run()` as background tasks."""

    def __init__(
        self, *, database: Database, register: Register, audit: Audit, peers: Peers, bus: Bus, now_ms: NowMs,
        persons: Persons, metrics: Metrics, outside: Outside | None = None,
    ) -> None:  # fmt: skip
        outside = outside or Outside()
        self.books = books = Books(database, now_ms)
        self.cases = Cases(
            database=database, books=books, register=register, audit=audit, persons=persons, now_ms=now_ms,
            missing=outside.missing,
        )  # fmt: skip
        self.records = Records(database=database, audit=audit, persons=persons, now_ms=now_ms)
        self.reading = reading = Reading(
            database=database, books=books, register=register, cases=self.cases, persons=persons, now_ms=now_ms
        )
        teller = Teller(database=database, bus=bus, now_ms=now_ms)
        self.watch = Watch(database=database, cases=self.cases, teller=teller, now_ms=now_ms)
        self.cases.poke = self.records.poke = self.watch.poke
        self.waiting = Waiting()
        bus.subscribe("phones of case workers", self.waiting.read)
        self.gate = Gate(key=secrets.token_bytes(32), now_ms=now_ms)
        private = outside.webhook_private
        self.carrier = Carrier(
            database=database, persons=persons, metrics=metrics, now_ms=now_ms, allow_private=private
        )
        hooks = Hooks(database=database, persons=persons, register=register, now_ms=now_ms, allow_private=private)
        admin = CountyAdmin(audit=audit, peers=peers)
        nearby = Nearby(
            database=database, register=register, positions=outside.positions, on_duty=outside.on_duty, now_ms=now_ms
        )
        open311_keys, intake_keys = (
            ProgramKeys(purpose=purpose, database=database, now_ms=now_ms) for purpose in ("open311", "intake")
        )
        self.statistics = StatisticsRoom(
            database=database, reading=reading, register=register, books=books, now_ms=now_ms
        )
        self._parts: list[HasRoutes] = [
            ConfigHttp(books=books, register=register),
            DeskHttp(
                cases=self.cases, reading=reading, books=books, register=register, peers=peers, now_ms=now_ms
            ),
            ChangesHttp(cases=self.cases, records=self.records, reading=reading, peers=peers),
            BulkHttp(cases=self.cases, records=self.records, audit=audit, peers=peers),
            HelpersHttp(reading=reading, books=books, nearby=nearby, peers=peers),
            PhoneCasesHttp(
                cases=self.cases, reading=reading, books=books, register=register, peers=peers,
                waiting=self.waiting, now_ms=now_ms,
            ),
            PublicHttp(
                database=database, cases=self.cases, records=self.records, books=books, register=register,
                gate=self.gate, peers=peers, now_ms=now_ms, hotline=outside.hotline,
            ),
            IntakeHttp(
                database=database, cases=self.cases, books=books, register=register, keys=intake_keys, peers=peers,
                now_ms=now_ms,
            ),
            ImportsHttp(
                cases=self.cases, books=books, register=register, audit=audit, peers=peers, now_ms=now_ms
            ),
            CodesHttp(database=database, register=register, audit=audit, peers=peers, now_ms=now_ms),
            PostersHttp(database=database, register=register, peers=peers, hotline=outside.hotline),
            self.statistics,
            SettingsHttp(
                database=database, rows=SettingsRows(database=database, now_ms=now_ms), books=books,
                register=register, admin=admin,
            ),
            HooksHttp(database=database, hooks=hooks, admin=admin, poke=self.carrier.poke),
            ProgramKeysHttp(
                path="/api/v1/open311-keys", about="for Open311", keys=open311_keys, channel=CHANNEL,
                database=database, books=books, admin=admin,
            ),
            ProgramKeysHttp(
                path="/api/v1/intake-keys", about="for the intake", keys=intake_keys, channel=None,
                database=database, books=books, admin=admin,
            ),
            Open311Http(
                database=database, cases=self.cases, books=books, register=register, keys=open311_keys, peers=peers,
                updates=Updates(database=database, audit=audit, now_ms=now_ms), now_ms=now_ms, contact=outside.contact,
            ),
        ]  # fmt: skip

    def routes(self) -> list[Route]:
        """Every route of the room."""
        return [route for part in self._parts for route in part.routes()]
