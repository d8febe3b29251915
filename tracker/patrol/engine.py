"""The patrol engine: keeps today's rounds as steps come in, opens and closes them, and answers what any round came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.bus.model import Bus, Message
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.geo.area import Area
from tracker.metrics import Metrics
from tracker.patrol.model import KeyPoint, Plan, RoundKey, RoundResult, RoundWindow, WalkResult

IsOnDuty = Callable[[int, int], bool]  # (worker, at_ms)


class PatrolEngine:
    """`await load()`, `bus.subscribe("patrol", engine.read)`, run `run()` as a task. Look-ups never wait unless async.

    After writing plans, calendar, key points, leaves or reachable cells, call `await reload()`.
    """

    def __init__(
        self, *, database: Database, register: Register, bus: Bus, metrics: Metrics, now_ms: NowMs, is_on_duty: IsOnDuty
    ) -> None:
        raise NotImplementedError

    async def load(self) -> None:
        """Read plans and today's ground; today's steps follow in the background. Raises Unavailable."""
        raise NotImplementedError

    async def run(self) -> None:
        """Fold, judge, publish and write, for ever."""
        raise NotImplementedError

    def read(self, message: Message) -> None:
        """Note what a commit stored; returns at once."""
        raise NotImplementedError

    async def reload(self) -> None:
        """Take changed plans, calendar, key points, leaves and reachable cells; today's rounds are folded anew."""
        raise NotImplementedError

    @property
    def day(self) -> date:
        """The local day that is kept in memory."""
        raise NotImplementedError

    @property
    def is_settled(self) -> bool:
        """Whether today's rounds hold all that is stored: false for a while after the start and after late uploads."""
        raise NotImplementedError

    def plan_of(self, code: str, day: date) -> Plan | None:
        """The plan that holds for a grid or division on a day."""
        raise NotImplementedError

    def windows_of(self, code: str, day: date) -> tuple[RoundWindow, ...]:
        """The rounds of a grid or division (by the plan that holds for it) on a day."""
        raise NotImplementedError

    def present(self, code: str) -> RoundWindow | None:
        """The open round of today, else the last one that was, else the first of today; None when today has none."""
        raise NotImplementedError

    def walkers_of(self, grid_code: str, day: date) -> list[int]:
        """Ids of the workers whose steps count for the grid."""
        raise NotImplementedError

    def grids_of(self, worker_id: int, day: date) -> list[str]:
        """The grids for which the worker's steps count, their own first."""
        raise NotImplementedError

    def key_points_of(self, grid_code: str, day: date) -> list[KeyPoint]:
        """The key points to visit, in the order of their ids."""
        raise NotImplementedError

    async def cells_of(self, grid_codes: Sequence[str], day: date) -> dict[str, NDArray[np.int64]]:
        """The reachable cells by grid, ascending: bit i of a bitmap is cell i."""
        raise NotImplementedError

    async def rounds_of(self, area: Area, day: date, ordinal: int) -> list[RoundResult]:
        """That round of every grid of the area, by code: today's from memory, past ones from the table."""
        raise NotImplementedError

    async def round_of(self, key: RoundKey) -> RoundResult | None:
        """One round."""
        raise NotImplementedError

    async def walks_of(self, key: RoundKey) -> list[WalkResult]:
        """What each worker gave to a round; workers without a step are left out."""
        raise NotImplementedError

    async def rounds_at(self, area: Area, time_ms: int) -> list[RoundResult]:
        """The rounds that were open (or last open) at a past instant, with what had been seen by then."""
        raise NotImplementedError

    def progress_of(self, worker_id: int, grid_code: str, ordinal: int) -> dict[str, Any] | None:
        """Today's own share of a worker in a round: `{"seen": bytes, "covered", "minutes", "visited": [ids]}`."""
        raise NotImplementedError
