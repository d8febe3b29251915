"""All rooms of one process: built in order of who needs whom, loaded, and asked for their routes and tasks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from tracker.app.base import VERSION, Base, Tasks, routes_of
from tracker.app.cases import CasesRoom
from tracker.app.county import CountyRoom
from tracker.app.duty import DutyRoom
from tracker.app.ingest import IngestRoom
from tracker.app.live import LiveRoom
from tracker.app.patrol import PatrolRoom
from tracker.app.people import PeopleRoom
from tracker.app.tracks import TracksRoom
from tracker.bus.model import Batch
from tracker.bus.nats import NatsBus
from tracker.county.http import CardParts
from tracker.db.migrate import pending
from tracker.errors import Unavailable
from tracker.ops.http import OpsHttp
from tracker.routes import Route
from tracker.tracks.marks import Marks
from tracker.web.openapi import openapi_route
from tracker.web.static import StaticFiles


class House:
    """`load()`, then run `tasks()` and `start()`; `routes()` may be asked for without either."""

    def __init__(self, base: Base, *, on_death: Callable[[BaseException], None]) -> None:
        self._base = base
        self.people = PeopleRoom(base)
        self.county = CountyRoom(base)
        self.duty = DutyRoom(base)
        self.tracks = TracksRoom(base)
        self.ingest = IngestRoom(base, tracks=self.tracks, duty=self.duty, county=self.county, people=self.people)
        self.patrol = PatrolRoom(base, county=self.county, duty=self.duty)
        self.live = LiveRoom(base, self.people, on_death=on_death)
        self.cases = CasesRoom(base, county=self.county, duty=self.duty, live=self.live)
        self._marks = self._hear_others(base.bus) if isinstance(base.bus, NatsBus) else None

    async def load(self) -> None:
        """Bring every room to what the database holds, in an order in which nothing is missed between two of them."""
        if self._marks is not None:
            await self._marks.begin()
        await self.tracks.load()
        await self.ingest.writer.mend()  # before the map reads the newest positions
        await self.county.load()
        await self.people.load()
        await self.live.load(self.county, self.tracks)
        await self.duty.load()
        await self.patrol.load()
        await self.cases.load()

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        rooms = (self.ingest, self.tracks, self.people, self.duty, self.patrol, self.cases)
        tasks = {name: work for room in rooms for name, work in room.tasks().items()}
        return tasks if self._marks is None else {**tasks, "marks": self._marks.run()}

    def start(self) -> None:
        """What runs by itself and closes itself."""
        self.county.start()
        self.live.start()

    async def say_goodbye(self) -> None:
        """Tell live sessions and waiting phones before the sockets close."""
        self.cases.room.waiting.close()
        await self.live.pulse.stop()

    async def write_rest(self) -> None:
        """Write what is only gathered in memory between two flushes; called when everything else has stopped."""
        with contextlib.suppress(Unavailable):
            await self.people.devices.flush_seen()
            await self.duty.store.flush_dropped()

    def routes(self) -> list[Route]:
        """Every route of every room, and the document that describes them."""
        parts = CardParts(
            duty_since_ms=self.duty.since_ms, device=self.people.device_card, latest=self.tracks.latest_card
        )
        probes = {"database": self._probe_database, "partitions": self.tracks.probe_partitions}
        routes = [
            *self.people.routes(self.county.register.area_name),
            *self.duty.routes(self.people, self.county),
            *self.ingest.http.routes(),
            *self.tracks.routes(self.county),
            *self.live.routes(),
            *self.patrol.routes(),
            *self.cases.routes(),
            *self.county.routes(parts),
            *routes_of(OpsHttp(self._base.metrics, probes, VERSION, self._base.siblings), StaticFiles()),
        ]
        return [*routes, openapi_route(routes, VERSION)]

    def _hear_others(self, bus: NatsBus) -> Marks:
        """Give commits of other processes to the live map and the patrol, by the bus or else from history."""

        def missed(batch: Batch, first_ms: int) -> None:
            self.live.hub.read(batch)
            self.patrol.engine.catch_up(first_ms)

        marks = Marks(self._base.database, self._base.metrics, missed)

        def hear(batch: Batch) -> None:
            self.live.hub.read(batch)
            self.patrol.engine.read(batch)
            marks.read(batch)  # last: what a reader fails on is read again from history

        bus.listen("house", hear)
        bus.subscribe("marks", marks.read)
        return marks

    async def _probe_database(self) -> str | None:
        missing = await pending(self._base.database)
        return f"migrations are missing: {', '.join(missing)}" if missing else None
