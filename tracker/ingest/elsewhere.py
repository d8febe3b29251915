"""What other processes stored of a worker, remembered until they upload here: doubts do not depend on where."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tracker.bus.model import Batch, Stored
from tracker.ingest.trail import TAIL_FIXES, Trail
from tracker.ingest.trail_columns import MAX_WORKERS, Memory
from tracker.tracks import segment
from tracker.tracks.model import Fix, Flag


class Elsewhere:
    """Keeps segments as they came, at most TAIL_FIXES of a worker; reading them is left to when they are needed."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._stored: dict[int, deque[Stored]] = {}

    def note(self, batch: Batch) -> None:
        """Keep what a batch of another process stored."""
        if len(self._stored) > MAX_WORKERS:
            self._stored.clear()
        for one in batch.segments:
            kept = self._stored.get(one.worker_id)
            if kept is None:
                kept = self._stored[one.worker_id] = deque(maxlen=TAIL_FIXES)
            kept.append(one)

    def take_in(self, workers: Iterable[int]) -> None:
        """Bring what is remembered of these workers up to date."""
        if not self._stored:
            return
        for worker in workers:
            for one in self._stored.pop(worker, ()):
                self._walk(worker, segment.unpack(one.started_at_ms, one.data))

    def _walk(self, worker: int, fixes: list[Fix]) -> None:
        walked = [fix for fix in fixes if not fix.flags & Flag.STALE_FIX]  # as screening does
        points = [(fix.recorded_at_ms, fix.lat_e7, fix.lon_e7) for fix in walked]
        trail = Trail(self._memory.one(worker), points)
        for point, fix in zip(points, walked, strict=True):
            trail.step(point, measured=fix.accuracy_dm is not None)
        self._memory.put_one(worker, trail.tail())
