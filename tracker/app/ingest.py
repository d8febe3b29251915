"""The ingest room: from a phone's upload to its durable acknowledgement."""

from __future__ import annotations

from tracker.app.base import Base, Tasks
from tracker.app.county import CountyRoom
from tracker.app.duty import DutyRoom
from tracker.app.people import PeopleRoom
from tracker.app.tracks import TracksRoom
from tracker.bus.nats import NatsBus
from tracker.ingest.http import IngestHttp
from tracker.ingest.pipeline import BeforeDropping, Pipeline
from tracker.ingest.screen_columns import Rules
from tracker.tracks.store import TrackWriter


class IngestRoom:
    """The spine: `http` decodes and answers, `pipeline` takes, `committer` makes durable."""

    def __init__(
        self,
        base: Base,
        *,
        tracks: TracksRoom,
        duty: DutyRoom,
        county: CountyRoom,
        people: PeopleRoom,
        before_dropping: BeforeDropping | None = None,
    ) -> None:
        settings, metrics = base.settings, base.metrics
        self.writer = TrackWriter(
            base.database, tracks.partitions, takes_seat=True, marks=isinstance(base.bus, NatsBus)
        )
        self.pipeline = Pipeline(
            self.writer.write_group,
            base.bus,
            metrics,
            base.now_ms,
            rules=Rules(
                is_on_duty=duty.is_on,
                is_on_duty_throughout=duty.is_on_throughout,
                is_on_grid=county.register.is_on_grid,
                are_on_grid=county.register.are_on_grid,
            ),
            count_dropped=duty.store.count_dropped,
            gap_s=settings.commit_gap_ms / 1000,
            max_waiting_fixes=settings.ingest_queue_fixes,
            before_dropping=before_dropping,
        )
        if isinstance(base.bus, NatsBus):
            base.bus.listen("tails", self.pipeline.hear)
        self.http = IngestHttp(
            self.pipeline,
            metrics,
            base.now_ms,
            on_duty=duty.is_told_on,
            seen=people.devices.seen,
            max_body=settings.upload_limit_kib * 1024,
        )

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {"writer": self.writer.run(), "committer": self.pipeline.run()}  # stopped in the other order
