"""The whole room built from what it needs: for the application, and for tests of its routes."""

from __future__ import annotations

import secrets

from tracker.bus.model import Bus
from tracker.cases.book import Books
from tracker.cases.cases import Cases
from tracker.cases.gate import Gate
from tracker.cases.http_codes import CodesHttp
from tracker.cases.http_desk import DeskHttp
from tracker.cases.http_kpi import KpiHttp
from tracker.cases.http_phone import PhoneCasesHttp
from tracker.cases.http_public import PublicHttp
from tracker.cases.reading import Reading
from tracker.cases.records import Records
from tracker.cases.watch import Watch
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.people.audit import Audit
from tracker.people.peer import Peers
from tracker.routes import Route


class CaseRoom:
    """`routes()` for the web room, `watch.run()` as a background task."""

    def __init__(
        self, *, database: Database, register: Register, audit: Audit, peers: Peers, bus: Bus, now_ms: NowMs
    ) -> None:
        self.books = Books(database, now_ms)
        self.cases = Cases(database=database, books=self.books, register=register, audit=audit, now_ms=now_ms)
        self.records = Records(database=database, audit=audit, now_ms=now_ms)
        self.reading = Reading(database=database, books=self.books, register=register, cases=self.cases, now_ms=now_ms)
        self.watch = Watch(database=database, cases=self.cases, bus=bus, now_ms=now_ms)
        self.cases.poke = self.records.poke = self.watch.poke
        self.gate = Gate(key=secrets.token_bytes(32), now_ms=now_ms)
        self._desk = DeskHttp(
            cases=self.cases,
            records=self.records,
            reading=self.reading,
            books=self.books,
            register=register,
            peers=peers,
            now_ms=now_ms,
        )
        self._phone = PhoneCasesHttp(
            cases=self.cases, reading=self.reading, books=self.books, register=register, peers=peers, now_ms=now_ms
        )
        self._public = PublicHttp(
            database=database,
            cases=self.cases,
            records=self.records,
            books=self.books,
            register=register,
            gate=self.gate,
            peers=peers,
            now_ms=now_ms,
        )
        self._codes = CodesHttp(database=database, register=register, audit=audit, peers=peers, now_ms=now_ms)

        self._kpi = KpiHttp(database=database, reading=self.reading, now_ms=now_ms)

    def routes(self) -> list[Route]:
        """Every route of the room."""
        parts = (self._desk, self._phone, self._public, self._codes, self._kpi)
        return [route for part in parts for route in part.routes()]
