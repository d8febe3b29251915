"""The case room with its photos, posters and the Open311 door."""

from __future__ import annotations

from tracker.app.base import Base, Tasks, routes_of
from tracker.app.county import CountyRoom
from tracker.cases.doors import PhotoDoors
from tracker.cases.open311 import Open311Http
from tracker.cases.open311_keys import Open311KeysHttp
from tracker.cases.posters import PostersHttp
from tracker.cases.room import CaseRoom
from tracker.media.http import Doors, MediaHttp
from tracker.media.room import Media
from tracker.people.model import CASE_CHANGE, CASE_VIEW
from tracker.routes import Route


class CasesRoom:
    """`room` holds the case loop, `media` the photos that belong to it."""

    def __init__(self, base: Base, county: CountyRoom) -> None:
        self._base = base
        self._register = county.register
        self.room = CaseRoom(
            database=base.database,
            register=county.register,
            audit=base.audit,
            peers=base.peers,
            bus=base.bus,
            now_ms=base.now_ms,
        )
        self.media = Media(database=base.database, folder=base.settings.data / "media", now_ms=base.now_ms)

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {"case watch": self.room.watch.run(), "media": self.media.run()}

    def routes(self) -> list[Route]:
        """The desk, citizens' pages, phones, photos, Open311."""
        base = self._base
        keys = Open311KeysHttp(database=base.database, audit=base.audit, peers=base.peers, now_ms=base.now_ms)
        return routes_of(self.room, PostersHttp(peers=base.peers), self._media_http(), self._open311_http(), keys)

    def _media_http(self) -> MediaHttp:
        doors = PhotoDoors(database=self._base.database, gate=self.room.gate)
        return MediaHttp(
            media=self.media,
            doors=Doors(admit=doors.admit, account_sees=doors.account_sees, device_sees=doors.device_sees),
            peers=self._base.peers,
            now_ms=self._base.now_ms,
            view=CASE_VIEW,
            send=CASE_CHANGE,
        )

    def _open311_http(self) -> Open311Http:
        return Open311Http(
            database=self._base.database,
            cases=self.room.cases,
            books=self.room.books,
            register=self._register,
            peers=self._base.peers,
            now_ms=self._base.now_ms,
            contact=self._base.settings.data_contact,
        )
