"""The patrol room: the coverage engine and all that people ask of it."""

from __future__ import annotations

from tracker.app.base import Base, Tasks
from tracker.app.county import CountyRoom
from tracker.app.duty import DutyRoom
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.rooms import PatrolRooms
from tracker.routes import Route


class PatrolRoom:
    """`load()` brings the engine to where history is, and lets it read the bus from there."""

    def __init__(self, base: Base, *, county: CountyRoom, duty: DutyRoom) -> None:
        self._bus = base.bus
        self.engine = PatrolEngine(
            database=base.database,
            register=county.register,
            bus=base.bus,
            metrics=base.metrics,
            now_ms=base.now_ms,
            is_on_duty=duty.is_on,
        )
        self.rooms = PatrolRooms(
            database=base.database,
            engine=self.engine,
            register=county.register,
            bus=base.bus,
            audit=base.audit,
            peers=base.peers,
            now_ms=base.now_ms,
        )

    async def load(self) -> None:
        """Read plans, ground and the days that are open."""
        await self.engine.load()
        self._bus.subscribe("patrol", self.engine.read)

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {"patrol": self.engine.run(), **self.rooms.tasks()}

    def routes(self) -> list[Route]:
        """Rounds, work list, plans, review, leaves, the worker's own."""
        return self.rooms.routes()
