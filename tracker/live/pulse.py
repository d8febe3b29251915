"""The hub's heart: one watched task that ticks, and the orderly end of all sessions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from tracker.live.hub import Hub

STOP_TIMEOUT_S = 3.0  # for clients to answer the closing handshake

log = logging.getLogger(__name__)


class Pulse:
    """Ticks the hub when it is due, at most every `hub.rhythm.busy_tick_ms`.

    `on_death` is called if the task ends by an error.
    """

    def __init__(self, hub: Hub, *, on_death: Callable[[BaseException], None]) -> None:
        self._hub = hub
        self._on_death = on_death
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick; needs a running loop."""
        self._task = asyncio.create_task(self._run(), name="live-pulse")
        self._task.add_done_callback(self._watch)

    async def stop(self) -> None:
        """Close every session with 1001, wait briefly, stop ticking. Call it before the HTTP server stops."""
        emptied = asyncio.Event()
        self._hub.on_empty = emptied.set
        self._hub.close_all()
        if not self._hub.is_empty():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(emptied.wait(), STOP_TIMEOUT_S)
        self._hub.abort_all()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        period_s = min(self._hub.rhythm.busy_tick_ms, self._hub.rhythm.tick_ms) / 1000
        due = loop.time()
        while True:
            due = max(due + period_s, loop.time())  # a late tick is not made up for
            await asyncio.sleep(due - loop.time())
            if self._hub.is_due():
                for _ in self._hub.tick():
                    await asyncio.sleep(0)

    def _watch(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.critical("The live stream's task died", exc_info=error, extra={"action": "live_pulse_died"})
            self._on_death(error)
