"""Housekeeping in the background: partitions ahead of time, retention, and how late the event loop runs."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from tracker import clock
from tracker.clock import NowMs
from tracker.errors import Unavailable
from tracker.metrics import Metrics
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader

log = logging.getLogger(__name__)

EVERY_S = 600.0
RETRY_S = 10.0
LAG_EVERY_S = 0.5


class Keeper:
    """Keeps `ahead_days` of partitions ready and drops what is older than `retention_days`."""

    def __init__(
        self,
        partitions: Partitions,
        reader: TrackReader,
        metrics: Metrics,
        now_ms: NowMs,
        *,
        ahead_days: int,
        retention_days: int,
    ) -> None:
        self._partitions = partitions
        self._reader = reader
        self._metrics = metrics
        self._now_ms = now_ms
        self._ahead_days = ahead_days
        self._retention_days = retention_days

    async def keep_once(self) -> None:
        """Make and drop partitions for the present day; raises Unavailable."""
        now_ms = self._now_ms()
        today = clock.local_day(now_ms)
        oldest = today - timedelta(days=self._retention_days)
        await self._partitions.ensure_ahead(today, self._ahead_days)
        dropped = await self._partitions.drop_before(oldest)
        await self._reader.forget_quarantine(clock.day_start_ms(oldest))
        self._metrics.partitions_ahead.set(await self._partitions.days_ahead(today))
        if dropped:
            extra = {"action": "retention", "dropped": dropped}
            log.info("Dropped %d partitions older than %s", len(dropped), oldest, extra=extra)

    async def run(self) -> None:
        """Keep house until cancelled; a database that is away is tried again soon."""
        while True:
            try:
                await self.keep_once()
            except Unavailable as error:
                log.warning("Housekeeping waits: %s", error, extra={"action": "keeper_waits"})
                await asyncio.sleep(RETRY_S)
            else:
                await asyncio.sleep(EVERY_S)

    async def watch_loop(self) -> None:
        """Measure how late a timer fires: a busy loop delays every phone and every map."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self._metrics.loop_lag.set(max(0.0, loop.time() - due))
