"""The ingest room: from a phone's upload to its durable acknowledgement."""

from __future__ import annotations

from tracker.app.base import Base, Tasks
from tracker.app.county import CountyRoom
from tracker.app.duty import DutyRoom
from tracker.app.people import PeopleRoom
from tracker.app.tracks import TracksRoom
from tracker.ingest.committer import Committer
from tracker.ingest.http import IngestHttp
from tracker.ingest.pipeline import Pipeline, Publisher
from tracker.tracks.store import TrackWriter


class IngestRoom:
    """The spine: `http` decodes and answers, `pipeline` takes, `committer` makes durable."""

    def __init__(
        self, base: Base, *, tracks: TracksRoom, duty: DutyRoom, county: CountyRoom, people: PeopleRoom
    ) -> None:
        settings, metrics = base.settings, base.metrics
        self.committer = Committer(
            TrackWriter(base.database, tracks.partitions).write,
            Publisher(base.bus, metrics, base.now_ms),
            metrics,
            gap_s=settings.commit_gap_ms / 1000,
            max_waiting_fixes=settings.ingest_queue_fixes,
        )
        self.pipeline = Pipeline(
            self.committer,
            base.bus,
            metrics,
            base.now_ms,
            is_on_duty=duty.is_on,
            count_dropped=duty.store.count_dropped,
            is_on_grid=county.register.is_on_grid,
        )
        self.http = IngestHttp(
            self.pipeline,
            metrics,
            base.now_ms,
            on_duty_now=duty.is_on_now,
            seen=people.seen,
            max_body=settings.upload_limit_kib * 1024,
        )

    def tasks(self) -> Tasks:
        """What runs beside the requests, by name."""
        return {"committer": self.committer.run()}
