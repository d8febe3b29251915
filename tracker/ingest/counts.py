"""What the spine counts: gathered in plain integers, given to Prometheus once a commit.

A labelled counter costs 1 to 2 µs a call, which per upload was more than decoding it.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable

import numpy as np

from tracker.ingest.model import Upload
from tracker.ingest.screen_columns import Sieved
from tracker.metrics import Metrics
from tracker.tracks.model import Dialect, Flag
from tracker.tracks.segment import Records

_NAMES = {int(flag): flag.name.lower() for flag in Flag if flag.name and flag}

CountDropped = Callable[[dict[int, int]], None]  # fixes dropped by worker


class Counts:
    """Counts uploads as they come, and commits."""

    def __init__(self, metrics: Metrics, count_dropped: CountDropped) -> None:
        self._metrics = metrics
        self._count_dropped = count_dropped
        self._uploads = [0] * (max(Dialect) + 1)
        self._fixes = [0] * (max(Dialect) + 1)

    def received(self, upload: Upload) -> None:
        """An upload has come."""
        self._uploads[upload.dialect] += 1
        self._fixes[upload.dialect] += upload.packed_fixes or len(upload.fixes) + len(upload.rejected)

    def committed(self, sieved: Sieved, stored: list[int]) -> None:
        """A group is durable; `stored` may be empty: nothing was."""
        metrics, group = self._metrics, sieved.group
        kept, new, dropped = len(group.at_ms), sum(stored), sum(sieved.off_duty)
        metrics.fixes_accepted.inc(kept + dropped)
        metrics.fixes_stored.inc(new)
        metrics.fixes_duplicate.inc(kept - new)
        metrics.fixes_published.inc(new)
        metrics.commit_fixes.observe(new)
        if dropped:
            metrics.fixes_off_duty.inc(dropped)
            drops = zip(group.workers, sieved.off_duty, strict=True)
            self._count_dropped({worker: count for worker, count in drops if count})
        reasons = Tally(one.reason for parts in sieved.rejected.values() for one in parts)
        for reason, count in reasons.items():
            metrics.fixes_quarantined.labels(reason).inc(count)
        self._flags(group.records)
        self._flush()

    def _flags(self, records: Records) -> None:
        flags = records["flags"].astype(np.int64)
        seen = int(np.bitwise_or.reduce(flags)) if len(flags) else 0
        for bit, name in _NAMES.items():
            if seen & bit:
                self._metrics.fixes_flagged.labels(name).inc(int(np.count_nonzero(flags & bit)))

    def _flush(self) -> None:
        for dialect in Dialect:
            if self._uploads[dialect]:
                name = dialect.name.lower()
                self._metrics.uploads_received.labels(name).inc(self._uploads[dialect])
                self._metrics.fixes_received.labels(name).inc(self._fixes[dialect])
                self._uploads[dialect] = self._fixes[dialect] = 0
