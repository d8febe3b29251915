"""The spine: uploads are screened, checked for duty, committed, published; only then are the phones answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tracker.bus.model import Batch, Bus, Committed
from tracker.clock import NowMs
from tracker.errors import SanxunError, Unavailable
from tracker.ingest.committer import Committer
from tracker.ingest.counts import Counts
from tracker.ingest.elsewhere import Elsewhere
from tracker.ingest.model import Receipt, Upload
from tracker.ingest.screen_columns import Rules, Sieved, sieve
from tracker.ingest.trail_columns import Memory
from tracker.ingest.waiting import Done, Waiting
from tracker.metrics import Metrics
from tracker.people.model import Device
from tracker.tracks.group import Group, Quarantined, without_fixes
from tracker.tracks.model import Fix
from tracker.tracks.store import Written

log = logging.getLogger(__name__)

CountDropped = Callable[[dict[int, int]], None]  # fixes dropped by worker
BeforeDropping = Callable[[set[int]], Awaitable[None]]  # (worker ids): learn what other processes know of their duty
Write = Callable[[Group], Awaitable[Written]]
_NOTHING = Written(stored=[], newest=[], segments=[])


class Pipeline:
    """Takes decoded uploads of known devices; `run` commits them in groups."""

    def __init__(
        self,
        write: Write,
        bus: Bus,
        metrics: Metrics,
        now_ms: NowMs,
        *,
        rules: Rules,
        count_dropped: CountDropped,
        gap_s: float,
        max_waiting_fixes: int,
        before_dropping: BeforeDropping | None = None,
    ) -> None:
        self._write = write
        self._bus = bus
        self._now_ms = now_ms
        self._rules = rules
        self._counts = Counts(metrics, count_dropped)
        self._before_dropping = before_dropping
        self._memory = Memory()
        self._elsewhere = Elsewhere(self._memory)
        self._committer = Committer(self._commit, metrics, gap_s=gap_s, max_waiting_fixes=max_waiting_fixes)
        self.run = self._committer.run
        self.check_room = self._committer.check_room

    def submit(self, device: Device, upload: Upload, received_at_ms: int, done: Done) -> None:
        """Take an upload; never raises. `done` is called once: with the receipt after the commit, or with the error."""
        self._counts.received(upload)
        self._committer.add(Waiting(device, upload, received_at_ms, done))

    def hear(self, batch: Batch) -> None:
        """Remember what another process stored, as if it had come here; returns at once."""
        self._elsewhere.note(batch)

    async def take(self, device: Device, upload: Upload, received_at_ms: int) -> Receipt:
        """Store an upload; returns after the commit. Raises Unavailable: nothing was accepted."""
        answer: asyncio.Future[Receipt | SanxunError] = asyncio.get_running_loop().create_future()

        def done(given: Receipt | SanxunError) -> None:
            if not answer.done():  # the phone may have gone
                answer.set_result(given)

        self.submit(device, upload, received_at_ms, done)
        if isinstance(given := await answer, SanxunError):
            raise given
        return given

    async def _commit(self, uploads: list[Waiting]) -> None:
        try:
            sieved = await self._sieve(uploads)
            written = await self._store(sieved)
        except Unavailable:
            raise
        except Exception:
            log.exception("A group of %d uploads could not be stored", len(uploads), extra={"action": "commit_failed"})
            await (self._one_by_one(uploads) if len(uploads) > 1 else self._put_aside(uploads[0]))
        else:
            self._settle(sieved, written)

    async def _sieve(self, uploads: list[Waiting]) -> Sieved:
        """What may be stored; where another process may know of a duty that began, it is asked before a fix is lost."""
        self._elsewhere.take_in(one.device.worker_id for one in uploads)
        sieved = sieve(uploads, self._memory, self._rules)
        if self._before_dropping is None or not any(sieved.off_duty):
            return sieved
        lost = {one.device.worker_id for one, fixes in zip(sieved.uploads, sieved.off_duty, strict=True) if fixes}
        await self._before_dropping(lost)
        return sieve(uploads, self._memory, self._rules)

    async def _store(self, sieved: Sieved) -> Written:
        if not len(sieved.group.at_ms) and not sieved.group.quarantined:
            return _NOTHING
        return await self._write(sieved.group)

    async def _one_by_one(self, uploads: list[Waiting]) -> None:
        """One upload that cannot be stored must not hold back the others; who is answered is taken off the list."""
        while uploads:  # where the database fails meanwhile, only those left are refused
            await self._commit(uploads[:1])
            del uploads[0]

    async def _put_aside(self, upload: Waiting) -> None:
        """Quarantine what cannot be stored for its own sake; why is in the log: it is a bug."""
        try:
            sieved = await self._sieve([upload])
        except Unavailable:
            raise
        except Exception:
            log.exception("An upload could not be screened", extra={"action": "screen_failed"})
            upload.done(SanxunError("the upload could not be read"))
            return
        await self._write(without_fixes(sieved.group, _unstorable(sieved.group)))
        self._settle(sieved, _NOTHING)

    def _settle(self, sieved: Sieved, written: Written) -> None:
        """What follows from a commit, now that it is durable."""
        sieved.remember()
        self._publish(sieved, written)
        self._counts.committed(sieved, written.stored)
        self._answer(sieved, written.stored)

    def _publish(self, sieved: Sieved, written: Written) -> None:
        now_ms = self._now_ms()
        fixes = sum(written.stored)
        if fixes:
            self._bus.publish(
                Batch(
                    committed_at_ms=now_ms,
                    fixes=fixes,
                    newest=written.newest,
                    segments=written.segments,
                    mark=written.mark,
                )
            )
        for place, fix in sieved.current.items():
            one = sieved.uploads[place]
            position = _current(one.device.worker_id, one.received_at_ms, fix)
            self._bus.publish(Batch(committed_at_ms=now_ms, fixes=0, newest=[position]))

    def _answer(self, sieved: Sieved, stored: list[int]) -> None:
        counts = sieved.group.counts.tolist()
        rejected, off_duty = sieved.rejected, sieved.off_duty
        for place, one in enumerate(sieved.uploads):
            new = stored[place] if stored else 0
            one.done(
                Receipt(
                    stored=new,
                    duplicate=counts[place] - new,
                    off_duty=off_duty[place],
                    quarantined=rejected.get(place, []),
                )
            )


def _current(worker_id: int, received_ms: int, fix: Fix) -> Committed:
    """A position that stands for the present but is not history yet (Overland's `current`)."""
    readings = {name: getattr(fix, name) for name in Committed.__struct_fields__ if hasattr(fix, name)}
    return Committed(worker_id=worker_id, received_at_ms=received_ms, **readings)


def _unstorable(group: Group) -> list[tuple[int, Quarantined]]:
    """Every fix of a group of one as a part that cannot be stored."""
    fixes = zip(group.at_ms.tolist(), group.records.tolist(), strict=True)
    parts = [Quarantined(reason="not_storable", field="", value="", body=repr(fix).encode()) for fix in fixes]
    return [*group.quarantined, *((0, part) for part in parts)]
