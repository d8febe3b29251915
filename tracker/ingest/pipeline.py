"""The spine: an upload is screened, checked for duty, committed, published; only then is the phone answered."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections import OrderedDict
from collections.abc import Callable, Sequence

from tracker.bus.model import Batch, Bus, Committed, Stored
from tracker.clock import NowMs
from tracker.errors import SanxunError
from tracker.ingest.committer import Committer, NotStorable
from tracker.ingest.model import Receipt, Rejected, Upload
from tracker.ingest.screen import IsOnGrid, Screened, screen
from tracker.ingest.trail import NO_TAIL, Tail
from tracker.metrics import Metrics
from tracker.people.model import Device
from tracker.tracks.model import Fix, Flag, Position
from tracker.tracks.store import Entry, Quarantined, Written

MAX_TAILS = 50_000  # workers whose last fixes are remembered for the jump rule; about 1 KB each

IsOnDuty = Callable[[int, int], bool]  # (worker id, Unix ms)
CountDropped = Callable[[dict[int, int]], None]
Done = Callable[[Receipt | SanxunError], None]


class Pipeline:
    """Takes decoded uploads of known devices, one at a time or many at once."""

    def __init__(
        self,
        committer: Committer,
        bus: Bus,
        metrics: Metrics,
        now_ms: NowMs,
        *,
        is_on_duty: IsOnDuty,
        count_dropped: CountDropped,
        is_on_grid: IsOnGrid,
    ) -> None:
        self._committer = committer
        self._bus = bus
        self._metrics = metrics
        self._now_ms = now_ms
        self._is_on_duty = is_on_duty
        self._count_dropped = count_dropped
        self._is_on_grid = is_on_grid
        self._tails: OrderedDict[int, Tail] = OrderedDict()
        self._answers: set[asyncio.Task[None]] = set()

    def submit(self, device: Device, upload: Upload, received_at_ms: int, done: Done) -> None:
        """Take an upload; never raises. `done` is called once: with the receipt after the commit, or with the error."""
        task = asyncio.get_running_loop().create_task(self._answer(device, upload, received_at_ms, done))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, device: Device, upload: Upload, received_at_ms: int, done: Done) -> None:
        answer: Receipt | SanxunError
        try:
            answer = await self.take(device, upload, received_at_ms)
        except SanxunError as error:
            answer = error
        done(answer)

    async def take(self, device: Device, upload: Upload, received_at_ms: int) -> Receipt:
        """Store an upload; returns after the commit. Raises Unavailable: nothing was accepted."""
        self._count_received(upload)
        screened = screen(
            upload,
            received_at_ms=received_at_ms,
            tail=self._tails.get(device.worker_id, NO_TAIL),
            grid=device.grid_code,
            is_on_grid=self._is_on_grid,
        )
        on_duty = _where_on_duty(screened, device.worker_id, self._is_on_duty)
        readable = self._is_on_duty(device.worker_id, received_at_ms)
        entry = _entry(device, upload, screened, on_duty, received_at_ms, readable=readable)
        stored = await self._commit(entry)
        self._remember(device.worker_id, screened, on_duty)
        self._publish_current(device.worker_id, screened, received_at_ms)
        off_duty = len(screened.fixes) - len(entry.fixes)
        return self._receipt(device.worker_id, entry, screened.rejected, stored, off_duty)

    async def _commit(self, entry: Entry) -> int:
        if not entry.fixes and not entry.quarantined:
            return 0
        try:
            return await self._committer.commit(entry)
        except NotStorable:
            poison = [_unstorable(fix) for fix in entry.fixes]
            await self._committer.commit(_with(entry, quarantined=[*entry.quarantined, *poison]))
            return 0

    def _count_received(self, upload: Upload) -> None:
        dialect = upload.dialect.name.lower()
        self._metrics.uploads_received.labels(dialect).inc()
        self._metrics.fixes_received.labels(dialect).inc(len(upload.fixes) + upload.packed_fixes + len(upload.rejected))

    def _remember(self, worker_id: int, screened: Screened, on_duty: list[bool]) -> None:
        if not any(on_duty):
            return  # what is dropped must not be remembered either
        self._tails[worker_id] = screened.tail
        self._tails.move_to_end(worker_id)
        if len(self._tails) > MAX_TAILS:
            self._tails.popitem(last=False)

    def _publish_current(self, worker_id: int, screened: Screened, received_at_ms: int) -> None:
        """A position that stands for the present but is not history yet (Overland's `current`)."""
        current = screened.current
        if current is None or not self._is_on_duty(worker_id, current.recorded_at_ms):
            return
        position = Position(worker_id=worker_id, fix=current, received_at_ms=received_at_ms)
        self._bus.publish(Batch(committed_at_ms=self._now_ms(), fixes=0, newest=[_committed(position)]))

    def _receipt(self, worker_id: int, entry: Entry, rejected: list[Rejected], stored: int, off_duty: int) -> Receipt:
        metrics = self._metrics
        metrics.fixes_accepted.inc(len(entry.fixes) + off_duty)
        metrics.fixes_stored.inc(stored)
        metrics.fixes_duplicate.inc(len(entry.fixes) - stored)
        if off_duty:
            metrics.fixes_off_duty.inc(off_duty)
            self._count_dropped({worker_id: off_duty})
        for one in rejected:
            metrics.fixes_quarantined.labels(one.reason).inc()
        for name, count in _flag_counts(entry.fixes).items():
            metrics.fixes_flagged.labels(name).inc(count)
        duplicate = len(entry.fixes) - stored
        return Receipt(stored=stored, duplicate=duplicate, off_duty=off_duty, quarantined=rejected)


class Publisher:
    """Puts each commit on the bus; given to the committer as `on_commit`."""

    def __init__(self, bus: Bus, metrics: Metrics, now_ms: NowMs) -> None:
        self._bus = bus
        self._metrics = metrics
        self._now_ms = now_ms

    def __call__(self, _entries: Sequence[Entry], written: Written) -> None:
        """Publish the newest position of every worker whose dot moved."""
        fixes = sum(written.stored)
        if not fixes:
            return
        now_ms = self._now_ms()
        newest = [_committed(position) for position in written.newest]
        segments = [
            Stored(worker_id=worker_id, started_at_ms=started_at_ms, received_at_ms=received_at_ms, data=data)
            for worker_id, started_at_ms, received_at_ms, data in written.segments
        ]
        self._bus.publish(Batch(committed_at_ms=now_ms, fixes=fixes, newest=newest, segments=segments))
        self._metrics.fixes_published.inc(fixes)


def _where_on_duty(screened: Screened, worker_id: int, is_on_duty: IsOnDuty) -> list[bool]:
    return [is_on_duty(worker_id, fix.recorded_at_ms) for fix in screened.fixes]


def _entry(
    device: Device, upload: Upload, screened: Screened, on_duty: list[bool], received_at_ms: int, *, readable: bool
) -> Entry:
    fixes, raw = screened.fixes, screened.raw
    if not all(on_duty):
        fixes = [fix for fix, on in zip(fixes, on_duty, strict=True) if on]
        raw = None if raw is None else [pair for pair, on in zip(raw, on_duty, strict=True) if on]
    return Entry(
        worker_id=device.worker_id,
        device_id=device.id,
        dialect=upload.dialect,
        received_at_ms=received_at_ms,
        skew_ms=screened.skew_ms,
        fixes=fixes,
        raw=raw,
        crs=upload.crs,
        quarantined=[_quarantined(one, readable=readable) for one in screened.rejected],
    )


def _quarantined(one: Rejected, *, readable: bool) -> Quarantined:
    """A rejected part; of a worker off duty only the reason is kept, never a place."""
    if readable:
        return Quarantined(reason=one.reason, field=one.field, value=one.value, body=one.body)
    return Quarantined(reason=one.reason, field=one.field, value="", body=b"")


def _with(entry: Entry, *, quarantined: list[Quarantined]) -> Entry:
    return Entry(
        worker_id=entry.worker_id,
        device_id=entry.device_id,
        dialect=entry.dialect,
        received_at_ms=entry.received_at_ms,
        skew_ms=entry.skew_ms,
        fixes=[],
        raw=None,
        quarantined=quarantined,
    )


def _unstorable(fix: Fix) -> Quarantined:
    return Quarantined(reason="not_storable", field="", value="", body=repr(fix).encode())


def _committed(position: Position) -> Committed:
    fix = position.fix
    return Committed(
        worker_id=position.worker_id,
        recorded_at_ms=fix.recorded_at_ms,
        received_at_ms=position.received_at_ms,
        lat_e7=fix.lat_e7,
        lon_e7=fix.lon_e7,
        accuracy_dm=fix.accuracy_dm,
        speed_cms=fix.speed_cms,
        bearing_cdeg=fix.bearing_cdeg,
        battery=fix.battery,
        flags=fix.flags,
    )


def _flag_counts(fixes: Sequence[Fix]) -> Tally[str]:
    names: Tally[str] = Tally()
    for fix in fixes:
        if fix.flags:
            names.update(_names(fix.flags))
    return names


def _names(flags: int) -> list[str]:
    return [flag.name.lower() for flag in Flag if flag.value & flags and flag.name]
