"""What the uploads of one commit want to store, in columns: one row an upload, and one row a fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracker import clock
from tracker.geo.datum import Crs
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.segment import RECORDS, Records, records_of

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Pair = tuple[int, int]  # lat_e7, lon_e7 as sent


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message kept for the operator instead of being stored."""

    reason: str
    field: str
    value: str
    body: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one upload wants to store, fix by fix; `raw` stands beside `fixes` where the datum was converted."""

    worker_id: int
    device_id: int
    dialect: Dialect
    received_at_ms: int
    skew_ms: int | None
    fixes: list[Fix]
    raw: list[Pair] | None
    crs: Crs = Crs.WGS84  # of `raw`
    quarantined: list[Quarantined]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Group:
    """Uploads of different workers: at most one of each, so that no two of a commit can overlap.

    The fixes stand upload after upload, each in the order of time and place. An upload may have none.
    """

    workers: list[int]
    devices: list[int]
    dialects: list[int]
    received_ms: list[int]
    skews_ms: list[int | None]
    counts: Ints  # fixes of each upload
    at_ms: Ints
    records: Records  # tracker/tracks/segment.py; `dt` is not filled in yet
    raw: dict[int, tuple[Crs, list[Pair]]] = field(default_factory=dict)  # by upload: coordinates as sent
    quarantined: list[tuple[int, Quarantined]] = field(default_factory=list)  # (upload, part)

    def __post_init__(self) -> None:
        """Refuse records whose bytes stand in another order than they are stored."""
        if self.records.dtype != RECORDS:
            raise ValueError(f"records of {self.records.dtype}, not of {RECORDS}")

    def upload_of(self) -> Ints:
        """The upload of each fix."""
        uploads: Ints = np.repeat(np.arange(len(self.counts)), self.counts)
        return uploads


def joined(groups: Sequence[Group]) -> Group:
    """One group of several that have no worker in common."""
    if len(groups) == 1:
        return groups[0]
    before = np.cumsum([0, *(len(one.workers) for one in groups)]).tolist()
    return Group(
        workers=[worker for one in groups for worker in one.workers],
        devices=[device for one in groups for device in one.devices],
        dialects=[dialect for one in groups for dialect in one.dialects],
        received_ms=[received for one in groups for received in one.received_ms],
        skews_ms=[skew for one in groups for skew in one.skews_ms],
        counts=np.concatenate([one.counts for one in groups]),
        at_ms=np.concatenate([one.at_ms for one in groups]),
        records=np.concatenate([one.records for one in groups], dtype=RECORDS),  # else numpy turns the bytes round
        raw={at + index: raw for at, one in zip(before, groups, strict=False) for index, raw in one.raw.items()},
        quarantined=[
            (at + index, part) for at, one in zip(before, groups, strict=False) for index, part in one.quarantined
        ],
    )


def without_fixes(group: Group, quarantined: list[tuple[int, Quarantined]]) -> Group:
    """The same uploads with nothing to store but parts for the quarantine."""
    return replace(
        group,
        counts=np.zeros(len(group.workers), np.int64),
        at_ms=group.at_ms[:0],
        records=group.records[:0],
        raw={},
        quarantined=quarantined,
    )


def of_entries(entries: Sequence[Entry]) -> Group:
    """Columns of uploads that were read fix by fix; each worker at most once."""
    orders = [sorted(range(len(one.fixes)), key=lambda at, fixes=one.fixes: _key(fixes[at])) for one in entries]  # type: ignore[misc]
    fixes = [one.fixes[at] for one, order in zip(entries, orders, strict=True) for at in order]
    return Group(
        workers=[one.worker_id for one in entries],
        devices=[one.device_id for one in entries],
        dialects=[int(one.dialect) for one in entries],
        received_ms=[one.received_at_ms for one in entries],
        skews_ms=[one.skew_ms for one in entries],
        counts=np.array([len(one.fixes) for one in entries], np.int64),
        at_ms=np.array([fix.recorded_at_ms for fix in fixes], np.int64),
        records=records_of(fixes),
        raw={
            index: (one.crs, [one.raw[at] for at in order])
            for index, (one, order) in enumerate(zip(entries, orders, strict=True))
            if one.raw
        },
        quarantined=[(index, part) for index, one in enumerate(entries) for part in one.quarantined],
    )


def waves(entries: Sequence[Entry]) -> list[list[int]]:
    """Places of the entries in groups with each worker once, in the order in which they came."""
    found: list[list[int]] = []
    turns: dict[int, int] = {}
    for place, entry in enumerate(entries):
        turn = turns.get(entry.worker_id, 0)
        turns[entry.worker_id] = turn + 1
        if turn == len(found):
            found.append([])
        found[turn].append(place)
    return found


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Segments:
    """What is really stored of a group: rows of fixes of one upload and one local day, columns beside one another."""

    upload: Ints  # the upload of each segment
    begins: Ints  # its first fix
    counts: Ints  # its fixes
    at_ms: Ints  # of each stored fix
    records: Records  # of each stored fix, `dt` filled in
    kept: Ints | None  # the place of each stored fix in the group; None: all are stored

    def started_ms(self) -> Ints:
        """Time of the first fix of each segment."""
        return self.at_ms[self.begins]

    def ended_ms(self) -> Ints:
        """Time of the last fix of each segment."""
        ended: Ints = self.at_ms[self.begins + self.counts - 1]
        return ended


def cut(group: Group, is_fresh: Mask | None = None) -> Segments:
    """Cut a group into segments: each fix once, only the fresh ones, none across a local midnight."""
    upload, at_ms, records = group.upload_of(), group.at_ms, group.records
    wanted = _once(upload, at_ms, records, is_fresh)
    kept = None
    if wanted is not None:
        kept = np.flatnonzero(wanted)
        upload, at_ms, records = upload[kept], at_ms[kept], records[kept]
    day = (at_ms + clock.LOCAL_AHEAD_MS) // clock.DAY_MS
    is_first: Mask = np.ones(len(at_ms), np.bool_)
    is_first[1:] = (upload[1:] != upload[:-1]) | (day[1:] != day[:-1])
    begins = np.flatnonzero(is_first)
    counts = np.diff(begins, append=len(at_ms))
    records = records.copy() if kept is None else records
    records["dt"] = at_ms - np.repeat(at_ms[begins], counts)
    return Segments(upload=upload[begins], begins=begins, counts=counts, at_ms=at_ms, records=records, kept=kept)


def _once(upload: Ints, at_ms: Ints, records: Records, is_fresh: Mask | None) -> Mask | None:
    """Which fixes to keep; None: all. One that is twice in an upload stands beside itself there."""
    later = at_ms[1:] > at_ms[:-1]
    if np.all(later | (upload[1:] != upload[:-1])):  # nearly always: every fix has its own time
        return is_fresh
    again = (upload[1:] == upload[:-1]) & (at_ms[1:] == at_ms[:-1])
    again &= (records["lat"][1:] == records["lat"][:-1]) & (records["lon"][1:] == records["lon"][:-1])
    wanted: Mask = np.ones(len(at_ms), np.bool_) if is_fresh is None else is_fresh.copy()
    wanted[1:] &= ~again
    return wanted


def _key(fix: Fix) -> tuple[int, int, int]:
    return fix.recorded_at_ms, fix.lat_e7, fix.lon_e7
