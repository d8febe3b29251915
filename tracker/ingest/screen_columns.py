"""The rules of screen.py for all uploads of a commit at once: 0.3 µs a fix instead of 5 with duty and the own grid.

Columns are for plain uploads: packed by their dialect, every fix possible, in the order of time, and later than all
that is remembered of the worker. The others are screened fix by fix by screen.py, whose rules these are; a property
test holds both to the same fixes, flags, rejected parts and counts (tests/unit/ingest/test_ingest_screen_columns.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.geo.datum import Crs
from tracker.ingest.columns import Columns, Floats, Ints, Mask, joined
from tracker.ingest.model import Form, Rejected
from tracker.ingest.screen import (
    CLOCK_MS,
    FUTURE_MS,
    INACCURATE_M,
    LATE_MS,
    MAX_ACCURACY_M,
    MAX_ALTITUDE_M,
    MAX_SPEED_MPS,
    MAX_TENTH,
    RETENTION_MS,
    IsOnGrid,
    Screened,
    estimate_skew_ms,
    screen,
)
from tracker.ingest.trail_columns import Memory, Tails, walk
from tracker.ingest.waiting import Waiting
from tracker.tracks.group import Entry, Group, Quarantined, of_entries
from tracker.tracks.group import joined as joined_groups
from tracker.tracks.model import Fix, Flag
from tracker.tracks.segment import RECORDS, UNKNOWN_I16, UNKNOWN_U8, UNKNOWN_U16, Records

_E7 = 1e7
_FORMS = (Form.ROWS, Form.COLUMNS)  # the order in which `columns.joined` gives them

IsOnDuty = Callable[[int, int], bool]  # (worker id, Unix ms)
IsOnDutyThroughout = Callable[[int, int, int], bool]  # (worker id, first ms, last ms): false means to ask for each
AreOnGrid = Callable[[Sequence[str], Ints, Ints, Ints], Mask]  # (grids, fixes of each, lat_e7, lon_e7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What other rooms know about a worker."""

    is_on_duty: IsOnDuty
    is_on_duty_throughout: IsOnDutyThroughout
    is_on_grid: IsOnGrid
    are_on_grid: AreOnGrid


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Sieved:
    """A commit's uploads as they may be stored, in the order of `uploads`."""

    uploads: list[Waiting]
    group: Group
    off_duty: list[int]  # fixes dropped of each
    rejected: dict[int, list[Rejected]]  # by place in `uploads`
    current: dict[int, Fix]  # by place: for the live dot only
    remember: Callable[[], None]  # to be called when the group is durable


def sieve(uploads: Sequence[Waiting], memory: Memory, rules: Rules) -> Sieved:
    """Screen uploads of different workers, check duty, and make them ready to be stored."""
    packed = [one for form in _FORMS for one in uploads if one.upload.form is form]
    odd = [one for one in uploads if one.upload.form is Form.LIST]
    if not packed:
        return _fix_by_fix(odd, memory, rules)
    plain = _Plain.of(packed, memory)
    if not plain.is_plain.all():
        odd += [one for one, is_plain in zip(packed, plain.is_plain.tolist(), strict=True) if not is_plain]
        plain = plain.only_plain()
    if not odd:
        return plain.sieved(memory, rules)
    return _together(plain.sieved(memory, rules), _fix_by_fix(odd, memory, rules))


class _Plain:
    """Packed uploads in columns, and which of them are plain."""

    def __init__(self, uploads: list[Waiting], columns: Columns, counts: Ints, points: Ints, tails: Tails) -> None:
        self.uploads = uploads
        self.columns = columns
        self.counts = counts
        self.points = points  # fixes × (ms, lat e7, lon e7)
        self.tails = tails
        self.begins = np.cumsum(counts) - counts
        self.received_ms = np.array([one.received_at_ms for one in uploads], np.int64)
        self.is_plain = np.ones(len(uploads), np.bool_)

    @classmethod
    def of(cls, uploads: list[Waiting], memory: Memory) -> _Plain:
        columns = joined([one.upload for one in uploads])
        counts = np.array([one.upload.packed_fixes for one in uploads], np.int64)
        possible = (np.abs(columns.lat) <= 90) & (np.abs(columns.lon) <= 180)
        # Here an integer of a degree is the same as by Python's round: both round the half to the even.
        points = np.empty((len(possible), 3), np.int64)
        points[:, 0] = columns.at_ms
        points[:, 1] = np.rint(np.where(possible, columns.lat, 0) * _E7)
        points[:, 2] = np.rint(np.where(possible, columns.lon, 0) * _E7)
        possible &= (points[:, 1] != 0) | (points[:, 2] != 0)
        made = cls(uploads, columns, counts, points, memory.of([one.device.worker_id for one in uploads]))
        made._judge(possible)
        return made

    def _judge(self, possible: Mask) -> None:
        at_ms = self.columns.at_ms
        age_ms = np.repeat(self.received_ms, self.counts) - at_ms
        good = possible & (age_ms <= RETENTION_MS) & (age_ms >= -FUTURE_MS)
        later = np.ones(len(at_ms), np.bool_)
        later[1:] = at_ms[1:] > at_ms[:-1]
        later[self.begins] = at_ms[self.begins] > self.tails.last_ms
        self.is_plain = np.logical_and.reduceat(good & later, self.begins)

    def only_plain(self) -> _Plain:
        some = np.repeat(self.is_plain, self.counts)
        uploads = [one for one, is_plain in zip(self.uploads, self.is_plain.tolist(), strict=True) if is_plain]
        tails = self.tails.where(self.is_plain)
        return _Plain(uploads, self.columns.where(some), self.counts[self.is_plain], self.points[some], tails)

    def sieved(self, memory: Memory, rules: Rules) -> Sieved:
        uploads, counts = self.uploads, self.counts
        if not uploads:
            return _fix_by_fix([], memory, rules)
        skews_ms = [estimate_skew_ms(one.upload.sent_at_ms, one.received_at_ms) for one in uploads]
        flags, tails = self._flags(skews_ms, rules)
        records = _records(self.columns, self.points, flags)
        on_duty = self._on_duty(rules)
        at_ms, kept = self.points[:, 0], counts
        if on_duty is not None:
            at_ms, records, kept = (
                at_ms[on_duty],
                records[on_duty],
                np.add.reduceat(on_duty, self.begins, dtype=np.int64),
            )
        group = Group(
            workers=[one.device.worker_id for one in uploads],
            devices=[one.device.id for one in uploads],
            dialects=[int(one.upload.dialect) for one in uploads],
            received_ms=[one.received_at_ms for one in uploads],
            skews_ms=skews_ms,
            counts=kept,
            at_ms=at_ms,
            records=records,
        )

        def remember() -> None:
            some = kept > 0  # what is dropped must not be remembered either
            workers = [worker for worker, is_kept in zip(group.workers, some.tolist(), strict=True) if is_kept]
            memory.put(workers, tails.where(some))

        return Sieved(
            uploads=uploads,
            group=group,
            off_duty=(counts - kept).tolist(),
            rejected={},
            current={},
            remember=remember,
        )

    def _flags(self, skews_ms: list[int | None], rules: Rules) -> tuple[Ints, Tails]:
        columns, counts, points = self.columns, self.counts, self.points
        wrong_clock = [int(Flag.CLOCK) if skew is not None and abs(skew) > CLOCK_MS else 0 for skew in skews_ms]
        doubts, tails = walk(self.tails, counts, points, columns.accuracy_m >= 0)
        flags = columns.flags | doubts | np.repeat(np.array(wrong_clock, np.int64), counts)
        flags[points[:, 0] < np.repeat(self.received_ms - LATE_MS, counts)] |= int(Flag.LATE)
        flags[columns.accuracy_m > INACCURATE_M] |= int(Flag.INACCURATE)
        grids = [one.device.grid_code for one in self.uploads]
        flags[~rules.are_on_grid(grids, counts, points[:, 1], points[:, 2])] |= int(Flag.OFF_GRID)
        return flags, tails

    def _on_duty(self, rules: Rules) -> Mask | None:
        """By fix; None: all are."""
        at_ms, workers = self.points[:, 0], [one.device.worker_id for one in self.uploads]
        firsts, lasts = at_ms[self.begins].tolist(), at_ms[self.begins + self.counts - 1].tolist()
        asked = [not covered for covered in map(rules.is_on_duty_throughout, workers, firsts, lasts)]
        if not any(asked):
            return None
        on_duty = np.ones(len(at_ms), np.bool_)
        for place in np.flatnonzero(asked).tolist():
            some = slice(self.begins[place], self.begins[place] + self.counts[place])
            on_duty[some] = [rules.is_on_duty(workers[place], one) for one in at_ms[some].tolist()]
        return None if on_duty.all() else on_duty


def _records(columns: Columns, points: Ints, flags: Ints) -> Records:
    """The readings in their stored units, as screen.py makes them; a comparison with NaN is false, so it is unknown."""
    records = np.empty(len(points), RECORDS)
    records["dt"] = 0
    records["lat"], records["lon"] = points[:, 1], points[:, 2]
    records["accuracy"] = _scaled(columns.accuracy_m, 10, MAX_ACCURACY_M)
    records["speed"] = _scaled(columns.speed_mps, 100, MAX_SPEED_MPS)
    bearing, altitude, battery = columns.bearing_deg, columns.altitude_m, columns.battery
    whole = (_within(bearing, 0, 360) * 100 + 0.5).astype(np.int64) % 36_000
    records["bearing"] = np.where((bearing >= 0) & (bearing <= 360), whole, UNKNOWN_U16)
    whole = np.rint(_within(altitude, -MAX_ALTITUDE_M, MAX_ALTITUDE_M)).astype(np.int64)
    records["altitude"] = np.where(np.abs(altitude) <= MAX_ALTITUDE_M, whole, UNKNOWN_I16)
    whole = (_within(battery, 0, 100) + 0.5).astype(np.int64)
    records["battery"] = np.where((battery >= 0) & (battery <= 100), whole, UNKNOWN_U8)
    records["flags"] = flags
    return records


def _scaled(values: Floats, units: int, largest: float) -> Ints:
    whole = np.where(values > largest, MAX_TENTH, (_within(values, 0, largest) * units + 0.5).astype(np.int64))
    return np.where(values >= 0, whole, UNKNOWN_U16)


def _within(values: Floats, least: float, largest: float) -> Floats:
    """Zero in place of what is outside or unknown, so that it can become an integer."""
    inside: Floats = np.where((values >= least) & (values <= largest), values, 0)
    return inside


def _fix_by_fix(uploads: list[Waiting], memory: Memory, rules: Rules) -> Sieved:
    """The odd uploads, by the rules as they are written in screen.py."""
    screened = [_screened(one, memory, rules) for one in uploads]
    on_duty = [
        [rules.is_on_duty(one.device.worker_id, fix.recorded_at_ms) for fix in result.fixes]
        for one, result in zip(uploads, screened, strict=True)
    ]

    def remember() -> None:
        for one, result, kept in zip(uploads, screened, on_duty, strict=True):
            if any(kept):  # what is dropped must not be remembered either
                memory.put_one(one.device.worker_id, result.tail)

    results = list(zip(uploads, screened, on_duty, strict=True))
    return Sieved(
        uploads=uploads,
        group=of_entries([_entry(*result, rules.is_on_duty) for result in results]),
        off_duty=[kept.count(False) for kept in on_duty],
        rejected={place: result.rejected for place, result in enumerate(screened) if result.rejected},
        current={
            place: result.current
            for place, (one, result) in enumerate(zip(uploads, screened, strict=True))
            if result.current and rules.is_on_duty(one.device.worker_id, result.current.recorded_at_ms)
        },
        remember=remember,
    )


def _screened(one: Waiting, memory: Memory, rules: Rules) -> Screened:
    return screen(
        one.upload,
        received_at_ms=one.received_at_ms,
        tail=memory.one(one.device.worker_id),
        grid=one.device.grid_code,
        is_on_grid=rules.is_on_grid,
    )


def _entry(one: Waiting, screened: Screened, on_duty: list[bool], is_on_duty: IsOnDuty) -> Entry:
    raw = screened.raw
    readable = bool(screened.rejected) and is_on_duty(one.device.worker_id, one.received_at_ms)
    return Entry(
        worker_id=one.device.worker_id,
        device_id=one.device.id,
        dialect=one.upload.dialect,
        received_at_ms=one.received_at_ms,
        skew_ms=screened.skew_ms,
        fixes=[fix for fix, on in zip(screened.fixes, on_duty, strict=True) if on],
        raw=None if raw is None else [pair for pair, on in zip(raw, on_duty, strict=True) if on],
        crs=one.upload.crs if raw else Crs.WGS84,
        quarantined=[_quarantined(part, readable=readable) for part in screened.rejected],
    )


def _quarantined(one: Rejected, *, readable: bool) -> Quarantined:
    """A rejected part; of a worker off duty only the reason is kept, never a place."""
    if readable:
        return Quarantined(reason=one.reason, field=one.field, value=one.value, body=one.body)
    return Quarantined(reason=one.reason, field=one.field, value="", body=b"")


def _together(first: Sieved, second: Sieved) -> Sieved:
    behind = len(first.uploads)

    def remember() -> None:
        first.remember()
        second.remember()

    return Sieved(
        uploads=first.uploads + second.uploads,
        group=joined_groups([first.group, second.group]),
        off_duty=first.off_duty + second.off_duty,
        rejected=first.rejected | {behind + place: parts for place, parts in second.rejected.items()},
        current=first.current | {behind + place: fix for place, fix in second.current.items()},
        remember=remember,
    )
