"""The case room with its photos, and the key file that opens reporters' names."""

from __future__ import annotations

from pathlib import Path

from tracker.app.base import Base, Tasks, routes_of
from tracker.app.county import CountyRoom
from tracker.app.duty import DutyRoom
from tracker.app.live import LiveRoom
from tracker.cases.doors import PhotoDoors
from tracker.cases.keyring import FILE, KeyFile
from tracker.cases.persons import Persons
from tracker.cases.room import CaseRoom, Outside
from tracker.media.http import Doors, MediaHttp
from tracker.media.room import Media
from tracker.people.model import CASE_CHANGE, CASE_VIEW
from tracker.routes import Route
from tracker.settings import Settings


def key_file(settings: Settings) -> KeyFile:
    """Where the keys of reporters' names and phones lie."""
    return KeyFile(Path(settings.person_keys) if settings.person_keys else settings.data / FILE)


class CasesRoom:
    """`room` holds the case loop, `media` the photos that belong to it."""

    def __init__(self, base: Base, *, county: CountyRoom, duty: DutyRoom, live: LiveRoom) -> None:
        self._base = base
        self._keys = key_file(base.settings)
        self.media = Media(database=base.database, folder=base.settings.data / "media", now_ms=base.now_ms)
        self.room = CaseRoom(
            database=base.database,
            register=county.register,
            audit=base.audit,
            peers=base.peers,
            bus=base.bus,
            now_ms=base.now_ms,
            persons=Persons(self._keys.read),
            metrics=base.metrics,
            outside=Outside(
                missing=self.media.missing,
                positions=live.positions,
                on_duty=duty.is_on_now,
                webhook_private=base.settings.webhook_private,
                contact=base.settings.data_contact,
                hotline=base.settings.hotline,
            ),
        )

    async def load(self) -> None:
        """Make the keys at the first start, or check that they are still the same."""
        await self._keys.load(self._base.database)

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {
            "case watch": self.room.watch.run(),
            "case figures": self.room.statistics.fold.run(),
            "webhooks": self.room.carrier.run(),
            "media": self.media.run(),
        }

    def routes(self) -> list[Route]:
        """The desk, citizens' pages, phones, other programs, photos."""
        return routes_of(self.room, self._media_http())

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
