"""The native dialect without HTTP: a body in, the answer's body or an error out; for the fast lane and the route."""

from __future__ import annotations

from collections.abc import Callable

from tracker.clock import NowMs
from tracker.errors import SanxunError
from tracker.ingest.dialects import native
from tracker.ingest.model import Receipt, Upload
from tracker.ingest.pipeline import Pipeline
from tracker.metrics import Metrics
from tracker.people.model import Device

INTERVAL_S = 15  # what our own page is told: 4,215 phones at 15 s are 281 fixes a second

OnDuty = Callable[[int, int], bool]  # (worker id, Unix ms): what the phone is told
Seen = Callable[[int, int, str, int | None], None]  # (device id, Unix ms, app, skew ms): remembered, not awaited
Done = Callable[[bytes | SanxunError], None]


class NativeDoor:
    """`seen` is told of every upload, so that the register shows which app a phone uses and when it last called."""

    def __init__(self, pipeline: Pipeline, metrics: Metrics, now_ms: NowMs, *, on_duty: OnDuty, seen: Seen) -> None:
        self._pipeline = pipeline
        self._metrics = metrics
        self._now_ms = now_ms
        self._on_duty = on_duty
        self._seen = seen

    def upload(self, device: Device, body: bytes, done: Done) -> None:
        """Take a body; `done` is called once after the commit.

        Raises BadValue, or Unavailable before the body is read, and `done` is never called then.
        """
        self._pipeline.check_room(device.worker_id)
        received_at_ms = self._now_ms()
        upload = native.decode(body, received_at_ms)

        def settled(receipt: Receipt | SanxunError) -> None:
            if isinstance(receipt, SanxunError):
                done(receipt)
                return
            now_ms = self.note(device, upload, received_at_ms)
            done(self.reply(receipt, device, now_ms))

        self._pipeline.submit(device, upload, received_at_ms, settled)

    def note(self, device: Device, upload: Upload, received_at_ms: int) -> int:
        """Remember which app called, and how long its answer took; gives the present time."""
        now_ms = self._now_ms()
        skew_ms = None if upload.sent_at_ms is None else received_at_ms - upload.sent_at_ms
        self._seen(device.id, now_ms, upload.app or upload.dialect.name.lower(), skew_ms)
        self._metrics.ack_seconds.observe((now_ms - received_at_ms) / 1000)
        return now_ms

    def reply(self, receipt: Receipt, device: Device, now_ms: int) -> bytes:
        """The JSON answer of the native dialect."""
        on_duty = self._on_duty(device.worker_id, now_ms)
        return native.reply(receipt, server_time_ms=now_ms, on_duty=on_duty, interval_s=INTERVAL_S)
