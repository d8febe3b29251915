"""The tracks room and its keeper: history, its partitions, retention."""

from __future__ import annotations

from typing import Any

from tracker import clock
from tracker.app.base import Base, Tasks
from tracker.app.county import CountyRoom, Roster
from tracker.ops.keeper import Keeper
from tracker.routes import Route
from tracker.tracks.compact import Compactor
from tracker.tracks.http import TracksHttp, latest_card
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader


class TracksRoom:
    """`load()` makes the partitions that the first upload needs."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self.partitions = Partitions(base.database)
        self.reader = TrackReader(base.database)
        self.keeper = Keeper(
            self.partitions,
            self.reader,
            base.metrics,
            base.now_ms,
            ahead_days=base.settings.partitions_ahead_days,
            retention_days=base.settings.retention_days,
        )

        after_ms = base.settings.compact_after_minutes * 60_000
        self.compactor = Compactor(base.database, base.metrics, base.now_ms, after_ms=after_ms)

    async def load(self) -> None:
        """Make what is missing of the partitions."""
        await self.keeper.keep_once()

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {
            "keeper": self.keeper.run(),
            "compaction": self.compactor.run(),
            "loop watch": self.keeper.watch_loop(),
        }

    def routes(self, county: CountyRoom) -> list[Route]:
        """Positions, tracks, replay, export."""
        return TracksHttp(
            self.reader, Roster(county.register), self._base.audit.write, self._base.peers.address
        ).routes()

    async def latest_card(self, worker_id: int) -> dict[str, Any] | None:
        """A worker's newest position, for the worker's card."""
        position = await self.reader.latest_of(worker_id)
        return None if position is None else latest_card(position)

    async def probe_partitions(self) -> str | None:
        """What is wrong with tomorrow's partition, or None."""
        ahead = await self.partitions.days_ahead(clock.local_day(self._base.now_ms()))
        return None if ahead >= 1 else "there is no partition for tomorrow"
