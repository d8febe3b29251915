"""Once a night: learn from yesterday's accepted rounds where people walk, and bring worked out cells up to the plan.

Cells that were walked on several days are proposed to the supervisor where the plan has lanes or houses: one eager walk
through the fields must not become everybody's duty. Where it has neither, they are added by themselves. Whatever
changes holds from tomorrow on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from tracker.clock import NowMs, day_start_ms, local_day, to_ms
from tracker.county.model import Grid
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.errors import Unavailable
from tracker.geo.cells import cells_of_polygon
from tracker.patrol import reach, store
from tracker.patrol.footsteps import footsteps
from tracker.patrol.learned import walked_cells
from tracker.patrol.model import MINUTE_MS
from tracker.patrol.reach import Version
from tracker.patrol.reachable import Reach, Why

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
AFTER_MIDNIGHT_MS = 60 * MINUTE_MS  # late uploads have come, and signals were looked for
UNTIL_MS = 7 * 60 * MINUTE_MS  # a server that starts later leaves it to the next night
KEPT_DAYS = 60  # a way that nobody took for two months is no way
BREATH_S = 0.05  # between two villages: requests go first

Walks = dict[str, dict[int, list[tuple[int, int]]]]  # spans in ms by grid and worker
Segments = dict[int, list[tuple[int, bytes]]]  # (start in ms, packed) by worker


class GroundJob:
    """`run()` is the background job; `learn` and `renew` are its two halves."""

    def __init__(self, *, database: Database, register: Register, now_ms: NowMs) -> None:
        self._database = database
        self._register = register
        self._now_ms = now_ms
        self._done: date | None = None
        self._print = ""  # of the plan that the cells were last worked out from

    async def run(self) -> None:
        """Do it each night."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_ms = self._now_ms()
            today = local_day(now_ms)
            if self._done == today or not AFTER_MIDNIGHT_MS <= now_ms - day_start_ms(today) < UNTIL_MS:
                continue
            try:
                walked = await self.learn(today - timedelta(days=1))
                changed = await self.renew(today)
                self._done = today
                extra = {"action": "patrol.ground", "walked": walked, "changed": changed}
                _log.info("%d walked cells noted, reachable cells of %d grids changed", walked, changed, extra=extra)
            except Unavailable as error:
                _log.warning("learning of ways waits: %s", error, extra={"action": "patrol.ground_waits"})

    async def learn(self, day: date) -> int:
        """Note the cells that were walked beside the known ones in a day's accepted rounds; returns how many.

        The known cells are those of today, so that what was added yesterday is not noted again.
        """
        versions = await reach.read_versions(self._database, local_day(self._now_ms()) + timedelta(days=1))
        walks = _by_grid(await reach.read_accepted(self._database, day))
        grids = self._register.snapshot.grids
        noted = 0
        for _, village in groupby(sorted(walks), key=lambda code: code[:12]):
            codes = [code for code in village if code in grids and code in versions]
            noted += await self._learn([grids[code] for code in codes], walks, versions, day)
            await asyncio.sleep(BREATH_S)
        await reach.drop_walked(self._database, day - timedelta(days=KEPT_DAYS))
        return noted

    async def renew(self, today: date) -> int:
        """Give grids whose worked out cells are no longer the plan's a version from tomorrow on; returns how many."""
        tomorrow = today + timedelta(days=1)
        versions = await reach.read_versions(self._database, tomorrow)
        ours = [
            grid
            for code, grid in sorted(self._register.snapshot.grids.items())
            if code in versions and versions[code].reach.source != "drawn"
        ]
        fresh = await self._as_planned(ours, versions, tomorrow)
        learned = await reach.read_walked(self._database, [one.code for one in ours if _is_open(fresh[one.code])])
        drawn = await reach.read_drawn(self._database, tomorrow) if learned else None
        changed = []
        for grid in ours:
            cells = [int(one.cell, 16) for one in learned.get(grid.code, ())]
            found = reach.with_tracks(fresh[grid.code], cells, drawn.closed if drawn else None)
            if not reach.is_same(found, versions[grid.code].reach):
                changed.append((grid.code, tomorrow, found))
        await reach.put_versions(self._database, changed)
        return len(changed)

    async def _as_planned(self, grids: Sequence[Grid], versions: Mapping[str, Version], day: date) -> dict[str, Reach]:
        """What the plan of now gives, with what was learned before; as it is where the plan has not changed."""
        now = await reach.print_of_drawn(self._database, day)
        if now == self._print or not grids:
            return {grid.code: versions[grid.code].reach for grid in grids}
        fresh = await reach.work_out(self._database, grids, day)
        self._print = now
        return {grid.code: _with_learned(fresh[grid.code], versions[grid.code].reach) for grid in grids}

    async def _learn(self, grids: Sequence[Grid], walks: Walks, versions: Mapping[str, Version], day: date) -> int:
        """One village."""
        workers = sorted({worker for grid in grids for worker in walks[grid.code]})
        segments: Segments = defaultdict(list)
        for worker_id, started_ms, data in await store.read_segments(self._database, workers, day):
            segments[worker_id].append((started_ms, data))
        found = await asyncio.to_thread(_look, grids, walks, versions, segments)
        for (code, worker_id), cells in found.items():
            await reach.write_walked(self._database, code, worker_id, day, sorted(cells))
        return sum(len(cells) for cells in found.values())


def _look(
    grids: Sequence[Grid],
    walks: Walks,
    versions: Mapping[str, Version],
    segments: Mapping[int, list[tuple[int, bytes]]],
) -> dict[tuple[str, int], set[int]]:
    """The cells by grid and worker; for a thread."""
    tracks = {worker_id: footsteps(worker_id, parts) for worker_id, parts in segments.items()}
    found = {}
    for grid in grids:
        known = set(versions[grid.code].reach.cells.tolist())
        wanted: set[int] = {int(cell) for cell in cells_of_polygon(grid.boundary)} - known
        for worker_id, spans in walks[grid.code].items():
            if wanted and worker_id in tracks and (cells := walked_cells(tracks[worker_id], spans, wanted)):
                found[grid.code, worker_id] = cells
    return found


def _by_grid(rows: Sequence[Row]) -> Walks:
    walks: Walks = {}
    for row in rows:
        span = to_ms(row["starts_at"]), to_ms(row["ends_at"])
        walks.setdefault(row["grid_code"], {}).setdefault(row["worker_id"], []).append(span)
    return walks


def _with_learned(fresh: Reach, before: Reach) -> Reach:
    kept = before.cells[(before.why & int(Why.TRACK)) > 0] if _is_open(fresh) else before.cells[:0]
    return reach.with_tracks(fresh, kept.tolist())


def _is_open(one: Reach) -> bool:
    """Whether learned cells are added without asking: the plan shows no way at all."""
    return one.source != "lanes"
