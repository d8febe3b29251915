"""The register that other rooms ask: always the newest snapshot, reloaded when a version or a day changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from datetime import date

from tracker.clock import NowMs, local_day, now_ms
from tracker.county.model import Worker
from tracker.county.sheet import FenceSheet, Ints, Mask
from tracker.county.snapshot import Snapshot
from tracker.county.store import Contents, Version, decode, read_rows, read_version, shapes_key
from tracker.db.pool import Database, Row
from tracker.errors import Unavailable
from tracker.geo.area import Area

log = logging.getLogger(__name__)

POLL_S = 5.0  # how soon another process's change is seen here
Listener = Callable[[Snapshot], None]


class Register:
    """The read model of the county. `load` before use; `start` keeps it fresh until `stop`.

    Look-ups never wait and never touch the database. `listeners` are called after every reload, in the loop.
    """

    def __init__(self, database: Database, *, now: NowMs = now_ms, poll_s: float = POLL_S) -> None:
        self._database = database
        self._now = now
        self._poll_s = poll_s
        self._task: asyncio.Task[None] | None = None
        self._loading = asyncio.Lock()
        self.listeners: list[Listener] = []
        self._adopt(Snapshot.of(Contents(), version=Version(number=-1, synthetic=False), day=local_day(now())))

    async def load(self) -> Snapshot:
        """Read the register and make it the current one; raises Unavailable when the database is away."""
        async with self._loading:
            day = local_day(self._now())
            version, rows = await read_rows(self._database, day)
            snapshot = await asyncio.to_thread(_arranged, rows, version, day, self.snapshot)
            self._adopt(snapshot)
        log.info(
            "register version %d loaded: %d grids, %d workers", version.number, len(snapshot.grids),
            len(snapshot.workers), extra={"action": "register.loaded"},
        )  # fmt: skip
        for listener in self.listeners:
            listener(snapshot)
        return snapshot

    async def refresh(self) -> bool:
        """Reload if the version or the local day has changed; says whether it did."""
        version = await read_version(self._database)
        if version == self.snapshot.version and local_day(self._now()) == self.snapshot.day:
            return False
        await self.load()
        return True

    def start(self) -> None:
        """Begin to poll for changes that other processes make."""
        self._task = asyncio.create_task(self._poll(), name="county register poll")

    async def stop(self) -> None:
        """End polling."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _adopt(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._workers = snapshot.workers
        self._fences = snapshot.fences
        self._sheet = FenceSheet(snapshot.fences)
        self._locator = snapshot.locator

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("the register could not be checked: %s", error, extra={"action": "register.stale"})

    def worker(self, worker_id: int) -> Worker | None:
        """The worker with this id, also when no longer valid; None if there never was one."""
        return self._workers.get(worker_id)

    def grid_of(self, worker_id: int) -> str | None:
        """The 15-digit code of the worker's grid; None for an unknown worker."""
        worker = self._workers.get(worker_id)
        return worker.grid_code if worker else None

    def area_name(self, code: str) -> str:
        """The name of a division or grid; the code itself where it is unknown."""
        return self.snapshot.area_name(code)

    def workers_in(self, area: Area) -> list[Worker]:
        """The workers who serve in the area today."""
        return self.snapshot.workers_in(area)

    def grid_at(self, lat_e7: int, lon_e7: int) -> str | None:
        """The code of the grid at a point in degrees x 1e7; None outside all grids."""
        return self._locator.find(lat_e7, lon_e7)

    def is_on_grid(self, worker_grid_code: str, lat_e7: int, lon_e7: int) -> bool:
        """Whether a point is inside the village of the worker's grid, or within 60 m of it.

        True also where the grid is unknown: nobody is accused for a gap in the register.
        """
        fence = self._fences.get(worker_grid_code)
        return fence is None or fence.holds(lat_e7, lon_e7)

    def are_on_grid(self, grids: Sequence[str], counts: Ints, lat_e7: Ints, lon_e7: Ints) -> Mask:
        """The same for many workers at once: the fixes of each stand together, `counts` of each."""
        return self._sheet.hold(grids, counts, lat_e7, lon_e7)


def _arranged(rows: dict[str, list[Row]], version: Version, day: date, before: Snapshot) -> Snapshot:
    snapshot = Snapshot.of(decode(rows), version=version, day=day, shapes_key=shapes_key(rows))
    snapshot.prepare(before)
    return snapshot
