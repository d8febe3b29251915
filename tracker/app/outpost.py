"""The rooms of a process that only takes uploads; what it must know of the others it keeps fresh from the database."""

from __future__ import annotations

import contextlib

from tracker.app.base import VERSION, Base, Tasks, routes_of
from tracker.app.county import CountyRoom
from tracker.app.duty import DutyRoom
from tracker.app.ingest import IngestRoom
from tracker.app.people import PeopleRoom
from tracker.app.tracks import TracksRoom
from tracker.db.listen import Changes
from tracker.errors import Unavailable
from tracker.ops.http import OpsHttp
from tracker.routes import Route


class Outpost:
    """As `House`, for one of the processes beside it: tokens, duty and the register are copies, history is written."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self.people = PeopleRoom(base)
        self.county = CountyRoom(base)
        self.duty = DutyRoom(base)
        self.tracks = TracksRoom(base)
        self.ingest = IngestRoom(
            base,
            tracks=self.tracks,
            duty=self.duty,
            county=self.county,
            people=self.people,
            before_dropping=self.duty.store.refresh_workers,
        )

    async def load(self) -> None:
        """Read what uploads are checked against."""
        await self.county.load()
        await self.people.load()
        await self.duty.load()
        self._base.metrics.database_up.set(1)  # all of that came from it

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        changes = Changes(
            self._base.database,
            {
                "devices": self.people.devices.refresh,
                "duty": self.duty.store.refresh,
                "schedules": self.duty.store.refresh,
                "register": self._refresh_register,
            },
        )
        return {
            **self.ingest.tasks(),
            **self.duty.tasks(),
            "devices": self.people.devices.run(),
            "loop watch": self.tracks.keeper.watch_loop(),
            "changes": changes.run(),
        }

    def start(self) -> None:
        """What runs by itself and closes itself."""
        self.county.start()

    async def say_goodbye(self) -> None:
        """Nobody watches here."""

    async def write_rest(self) -> None:
        """Write what is only gathered in memory between two flushes; called when everything else has stopped."""
        with contextlib.suppress(Unavailable):
            await self.people.devices.flush_seen()
            await self.duty.store.flush_dropped()

    def routes(self) -> list[Route]:
        """Uploads, and how this process is."""
        return [*self.ingest.http.routes(), *routes_of(OpsHttp(self._base.metrics, {}, VERSION))]

    async def _refresh_register(self) -> None:
        await self.county.register.refresh()
        await self.people.devices.refresh()  # a worker's grid goes with the token
