"""Refusals that are sent late, so that who comes again at once, whatever Retry-After says, has to wait all the same.

A refusal costs a third of a stored upload: thousands of phones that repeat theirs as fast as they are refused leave no
CPU for storing. While its answer is due a phone says nothing, and its connection costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tracker.errors import Unavailable

if TYPE_CHECKING:
    from tracker.web.lane.connection import Connection

LATE_S = 1.0  # 10,000 phones that never wait are then 10,000 refusals a second at the most
STEP_S = 0.02


class Late:
    """What is to be told to whom, and when: in the order in which it came, for all wait the same time."""

    def __init__(self) -> None:
        self._due: deque[tuple[float, Connection, Unavailable]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Connection, error: Unavailable) -> None:
        """Tell it after LATE_S."""
        loop = asyncio.get_running_loop()
        self._due.append((loop.time() + LATE_S, connection, error))
        if self._timer is None:
            self._timer = loop.call_later(LATE_S, self._tell)

    def close(self) -> None:
        """Tell everybody now."""
        if self._timer is not None:
            self._timer.cancel()
        while self._due:
            _, connection, error = self._due.popleft()
            connection.settle(error)

    def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        while self._due and self._due[0][0] <= now_s:
            _, connection, error = self._due.popleft()
            connection.settle(error)
        self._timer = loop.call_at(max(self._due[0][0], now_s + STEP_S), self._tell) if self._due else None
