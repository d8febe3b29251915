"""What a commit may meet again of what is stored: found for uploads that reach back, before anything is written."""

from __future__ import annotations

import msgspec
import numpy as np

from tracker import clock
from tracker.db.pool import Connection
from tracker.db.queries import Queries
from tracker.tracks import segment
from tracker.tracks.group import Group, Ints, Mask, Segments

queries = Queries.beside(__file__)

Point = tuple[int, int, int]  # recorded_at_ms, lat_e7, lon_e7


class Known(msgspec.Struct, frozen=True):
    """What is stored already of the workers of a commit, as far as the commit may meet it."""

    last_ms: list[int]  # beside the uploads: the newest stored time of the worker
    is_fresh: Mask | None = None  # by fix; None: all are
    ordinals: dict[tuple[int, int], int] = {}  # (upload, first ms of a segment) -> next free ordinal

    def ordinals_of(self, segments: Segments) -> Ints:
        """The ordinal of each new segment."""
        numbers = np.zeros(len(segments.counts), np.int64)
        if self.ordinals:
            starts = zip(segments.upload.tolist(), segments.started_ms().tolist(), strict=True)
            numbers[:] = [self.ordinals.get(start, 0) for start in starts]
        return numbers


def reaching(group: Group, last_ms: list[int]) -> list[int]:
    """Uploads whose first fix is not later than the newest stored time of their worker."""
    filled = np.flatnonzero(group.counts)
    firsts = group.at_ms[(np.cumsum(group.counts) - group.counts)[filled]]
    back: list[int] = filled[firsts <= np.array(last_ms, np.int64)[filled]].tolist()
    return back


async def load(connection: Connection, group: Group, uploads: list[int], last_ms: list[int]) -> Known:
    """What is stored of these uploads' workers in the time that each upload spans."""
    if not uploads:
        return Known(last_ms)
    ends = np.cumsum(group.counts).tolist()
    begins = [end - count for end, count in zip(ends, group.counts.tolist(), strict=True)]
    firsts = [int(group.at_ms[begins[one]]) for one in uploads]
    lasts = [int(group.at_ms[ends[one] - 1]) for one in uploads]
    rows = await connection.fetch(
        queries.overlapping,
        [group.workers[one] for one in uploads],
        [clock.to_datetime(clock.day_start_ms(clock.local_day(first))) for first in firsts],
        [clock.to_datetime(first) for first in firsts],
        [clock.to_datetime(last) for last in lasts],
    )
    upload_of = {group.workers[one]: one for one in uploads}
    stored: dict[int, set[Point]] = {one: set() for one in uploads}
    ordinals: dict[tuple[int, int], int] = {}
    for row in rows:
        one, start = upload_of[row["worker_id"]], clock.to_ms(row["started_at"])
        ordinals[one, start] = max(ordinals.get((one, start), 0), row["ordinal"] + 1)
        stored[one].update((fix.recorded_at_ms, fix.lat_e7, fix.lon_e7) for fix in segment.unpack(start, row["data"]))
    is_fresh = np.ones(len(group.at_ms), np.bool_)
    for one in uploads:
        some = slice(begins[one], ends[one])
        is_fresh[some] = [point not in stored[one] for point in _points(group, some)]
    return Known(last_ms, is_fresh, ordinals)


def _points(group: Group, some: slice) -> list[Point]:
    records = group.records[some]
    return list(zip(group.at_ms[some].tolist(), records["lat"].tolist(), records["lon"].tolist(), strict=True))
