"""Every Prometheus series of the server, in one place, in the order in which a fix flows."""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The series of one server; each server has its own registry, so that tests can run several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge, histogram = self._counter, self._gauge, self._histogram
        self.requests = counter("http_requests", "HTTP answers", "room", "status")
        self.request_seconds = histogram("http_request_seconds", "Time to answer", "room")
        self.uploads_received = counter("uploads_received", "Uploads from phones", "dialect")
        self.fixes_received = counter("fixes_received", "Fixes in uploads, as sent", "dialect")
        self.fixes_accepted = counter("fixes_accepted", "Fixes that passed screening")
        self.fixes_stored = counter("fixes_stored", "Fixes committed for the first time")
        self.fixes_duplicate = counter("fixes_duplicate", "Fixes sent again, already stored")
        self.fixes_off_duty = counter("fixes_off_duty", "Fixes dropped because the worker was off duty")
        self.fixes_quarantined = counter("fixes_quarantined", "Fixes or messages quarantined", "reason")
        self.fixes_flagged = counter("fixes_flagged", "Stored fixes by doubt", "flag")
        self.fixes_published = counter("fixes_published", "Committed fixes given to the bus")
        self.uploads_refused = counter("uploads_refused", "Uploads answered 503", "reason")
        self.ingest_queue = gauge("ingest_queue_fixes", "Fixes waiting for their commit")
        self.ingest_queue_bytes = gauge("ingest_queue_bytes", "Memory of the uploads waiting for their commit")
        self.ingest_queue_limit = gauge("ingest_queue_limit_fixes", "Most fixes that may wait")
        self.commit_seconds = histogram("commit_seconds", "Duration of one group commit")
        self.commit_fixes = histogram(
            "commit_fixes", "Fixes in one group commit", buckets=(1, 10, 100, 1000, 5000, 20000)
        )
        self.ack_seconds = histogram("ack_seconds", "From upload received to its answer, which follows the commit")
        self.database_up = gauge("database_up", "1 when the last commit or probe succeeded")
        self.bus_dropped = counter("bus_dropped_batches", "Committed batches on which a reader failed", "reader")
        self.bus_connected = gauge("bus_connected", "1 while NATS is reached; always 0 with one process")
        self.bus_buffer = gauge("bus_buffer_bytes", "Batches waiting to be sent to other processes")
        self.bus_unsent = counter("bus_unsent_batches", "Batches not sent to other processes, who read history")
        self.bus_received = counter("bus_received_batches", "Batches of other processes")
        self.marks_missed = counter("marks_missed", "Commits of other processes that were read from history")
        self.passed = counter("connections_passed", "Connections handed to another process", "to")
        self.live_sessions = gauge("live_sessions", "Open live sessions")
        self.live_records = counter("live_records", "Worker records written to live sessions")
        self.live_frames = counter("live_frames", "Frames written to live sessions", "kind")
        self.live_bytes = counter("live_bytes", "Bytes written to live sessions")
        self.live_behind = gauge("live_sessions_behind", "Live sessions waiting to catch up")
        self.live_closed = counter("live_closed", "Live sessions closed by the server", "reason")
        self.publish_lag = histogram("publish_lag_seconds", "From upload received to the live hub")
        self.deliver_lag = histogram("deliver_lag_seconds", "From commit to the frame written to viewers")
        self.loop_lag = gauge("loop_lag_seconds", "How late the event loop runs its timers")
        self.coverage_fold_seconds = histogram(
            "coverage_fold_seconds", "Duration of one fold of new fixes into coverage"
        )
        self.coverage_fixes = counter("coverage_fixes", "Fixes folded into coverage as they came")
        self.coverage_queue = gauge("coverage_queue_segments", "Stored segments waiting to be folded into coverage")
        self.coverage_stale = gauge("coverage_stale_workers", "Workers whose day is still to be folded from history")
        self.coverage_refolds = counter("coverage_refolds", "Folds from history, of up to 50 workers each")
        self.patrol_rounds = gauge("patrol_rounds", "Rounds of today by state", "state")
        self.workers_on_duty = gauge("workers_on_duty", "Workers on duty now")
        self.workers_seen = gauge("workers_seen_recently", "Workers with a fix in the last two minutes")
        self.partitions_ahead = gauge("partitions_ahead_days", "Days for which partitions exist ahead of today")
        self.compacted_fixes = counter("compacted_fixes", "Stored fixes packed by compaction")
        self.compaction_waiting = gauge("compaction_waiting_bytes", "Bytes of tracks that are not packed yet")
        self.case_outbox = gauge("case_outbox_waiting", "News of cases that nobody was told yet")
        self.case_outbox_oldest = gauge("case_outbox_oldest_seconds", "Age of the oldest of them")
        self.webhook_waiting = gauge("webhook_waiting", "Deliveries of webhooks that wait")
        self.webhook_dead = gauge("webhook_dead", "Deliveries that were given up")
        self.webhook_deliveries = counter("webhook_deliveries", "Tries to deliver to a webhook", "outcome")
        self.build_info = gauge("build_info", "Version of the program", "version")

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"sanxun_{name}", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"sanxun_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, *labels: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
        histogram = Histogram(f"sanxun_{name}", about, labels, buckets)
        self.registry.register(histogram)
        return histogram


class Observations:
    """One series of a histogram, for one thread: two are observed with every upload, so they take no locks."""

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def observe(self, amount: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, amount)] += 1
        self._total += amount

    @contextlib.contextmanager
    def time(self) -> Iterator[None]:
        """Count the seconds that the block takes."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.observe(time.perf_counter() - started)

    def read(self) -> tuple[list[tuple[str, float]], float]:
        """(counts up to each bound, sum of all values)."""
        names = [*map(floatToGoString, self._bounds), "+Inf"]
        return list(zip(names, map(float, accumulate(self._counts)), strict=True)), self._total


class Histogram(Collector):
    """As the library's, at a fifth of its cost; without labels it is its own only series."""

    def __init__(self, name: str, about: str, labels: Sequence[str], bounds: Sequence[float]) -> None:
        self._name = name
        self._about = about
        self._labels = labels
        self._bounds = bounds
        self._series: dict[tuple[str, ...], Observations] = {}
        if not labels:
            self.labels()

    def labels(self, *values: str) -> Observations:
        """The series of these labels; made with its first use."""
        found = self._series.get(values)
        if found is None:
            found = self._series[values] = Observations(self._bounds)
        return found

    def observe(self, amount: float) -> None:
        """Count one value in the series without labels."""
        self._series[()].observe(amount)

    def time(self) -> contextlib.AbstractContextManager[None]:
        """Count the seconds of a block in the series without labels."""
        return self._series[()].time()

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What Prometheus reads."""
        family = HistogramMetricFamily(self._name, self._about, labels=self._labels)
        for values, series in self._series.items():
            counts, total = series.read()
            family.add_metric(values, counts, total)
        yield family
