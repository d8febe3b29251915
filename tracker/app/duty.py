"""The duty room: who is on duty, now and at any past moment."""

from __future__ import annotations

from tracker.app.base import Base, Tasks
from tracker.app.county import CountyRoom
from tracker.app.people import PeopleRoom
from tracker.duty.book import DutyBook
from tracker.duty.http import DutyHttp
from tracker.duty.store import DutyStore
from tracker.routes import Route


class DutyRoom:
    """With `duty_required` off everyone counts as on duty."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._required = base.settings.duty_required
        self.book = DutyBook()
        self.store = DutyStore(
            database=base.database,
            book=self.book,
            bus=base.bus,
            metrics=base.metrics,
            audit=base.audit,
            now_ms=base.now_ms,
        )

    async def load(self) -> None:
        """Read the open and recent duties."""
        await self.store.load()

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {"duty": self.store.run()}

    def routes(self, people: PeopleRoom, county: CountyRoom) -> list[Route]:
        """Going on and off duty, and who is."""
        return DutyHttp(
            store=self.store,
            book=self.book,
            workers=people.workers,
            peers=self._base.peers,
            grid_of=county.register.grid_of,
            now_ms=self._base.now_ms,
        ).routes()

    def is_on(self, worker_id: int, at_ms: int) -> bool:
        """Whether a worker was on duty at a moment."""
        return not self._required or self.book.is_on(worker_id, at_ms)

    def is_on_throughout(self, worker_id: int, first_ms: int, last_ms: int) -> bool:
        """Whether a worker was on duty from one moment to another for certain."""
        return not self._required or self.book.is_on_throughout(worker_id, first_ms, last_ms)

    def is_told_on(self, worker_id: int, now_ms: int) -> bool:
        """Whether a worker is told to be on duty."""
        return not self._required or self.book.is_told_on(worker_id, now_ms)

    def is_on_now(self, worker_id: int) -> bool:
        """Whether a worker is on duty now."""
        return self.is_told_on(worker_id, self._base.now_ms())

    async def since_ms(self, worker_id: int) -> int | None:
        """Since when a worker is on duty; None when off."""
        return self.book.state(worker_id, self._base.now_ms()).since_ms
