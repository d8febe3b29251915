"""The board: the newest state of every worker in columns, with the number of the tick that last changed it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tracker.bus.model import Batch, Committed, DutyChanged
from tracker.live import motion
from tracker.live.frames import UNKNOWN_BATTERY, UNKNOWN_U16, Records, State, bearing_steps
from tracker.tracks.model import Flag

CODE_DIGITS = 15  # of a grid code
MAX_MOVES = 10_000  # moves between areas remembered for sessions behind; older ones cost them a snapshot
MAX_AUDIENCES = 2048  # index arrays kept; a county has some hundred areas that somebody watches

NO_BEARING = -1

Rows = npt.NDArray[np.intp]
Ints = npt.NDArray[np.int64]


class Worker(NamedTuple):
    """A line of the roster, as the app feeds it."""

    id: int
    grid_code: str
    is_leader: bool = False


class Move(NamedTuple):
    """A worker who left a grid: told to the audiences that held the old grid and do not hold the new one."""

    seq: int
    row: int
    old_code: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Records for one audience, and when the oldest of their commits happened (0 if none is known)."""

    records: Records
    oldest_commit_ms: int


_DTYPE = np.dtype(
    [
        ("worker_id", "u4"),
        ("lon_e7", "i4"),
        ("lat_e7", "i4"),
        ("recorded_at_ms", "i8"),
        ("committed_at_ms", "i8"),
        ("changed_seq", "u4"),
        ("speed_cms", "u2"),
        ("accuracy_dm", "u2"),
        ("bearing", "u1"),
        ("state", "u1"),
        ("battery", "u1"),
        ("flags", "u1"),
    ]
)


class Board:
    """All workers of the roster; changes wait until `tick`, so that between two ticks everybody sees the same.

    A row is never given to another worker: who leaves the roster keeps the row, but no area holds it.
    """

    def __init__(self) -> None:
        self.seq = 0
        self._resumable_from = 0
        self._row_of: dict[int, int] = {}
        self._columns = {name: np.zeros(0, _DTYPE[name]) for name in _DTYPE.names or ()}
        self._codes = np.zeros(0, f"S{CODE_DIGITS}")
        self._audiences: dict[str, Rows] = {}
        self._moves: deque[Move] = deque()
        self._fixes: dict[int, tuple[Committed, int]] = {}  # row -> newest waiting fix, its commit's time
        self._duty: dict[int, DutyChanged] = {}  # row -> newest waiting duty change

    def load(self, workers: Iterable[Worker]) -> None:
        """Take the whole roster: new workers join, missing ones leave, others may change their grid."""
        codes = {worker.id: worker.grid_code.encode("ascii") for worker in workers}
        self._grow([worker_id for worker_id in codes if worker_id not in self._row_of])
        seq = self.seq + 1
        for worker_id, row in self._row_of.items():
            self._relocate(row, codes.get(worker_id, b""), seq)
        self._audiences.clear()
        self.seq = seq

    def set_on_duty(self, on_duty: AbstractSet[int], *, now_ms: int) -> None:
        """Take the whole set of workers on duty; who is not in it is off duty."""
        for worker_id in self._row_of:
            self.apply_duty(DutyChanged(worker_id=worker_id, on=worker_id in on_duty, at_ms=now_ms))

    def apply(self, batch: Batch) -> None:
        """Remember the batch's fixes for the next tick; unknown workers and older fixes are left out."""
        for fix in batch.newest:
            row = self._row_of.get(fix.worker_id)
            if row is not None:
                waiting = self._fixes.get(row)
                if waiting is None or fix.recorded_at_ms >= waiting[0].recorded_at_ms:
                    self._fixes[row] = (fix, batch.committed_at_ms)

    def apply_duty(self, change: DutyChanged) -> None:
        """Remember the duty change for the next tick."""
        row = self._row_of.get(change.worker_id)
        if row is not None:
            self._duty[row] = change

    @property
    def waiting(self) -> int:
        """Workers with a change that the next tick will show."""
        return len(self._fixes) + len(self._duty)

    def tick(self) -> int:
        """Bring all waiting changes onto the board under one new number; returns the number reached."""
        if self._fixes or self._duty:
            seq = self.seq + 1
            changed = self._take_fixes(seq) + self._take_duty(seq)
            self.seq = seq if changed else self.seq
        return self.seq

    def audience(self, prefix: str) -> Rows:
        """Rows of the workers whose grid code begins with `prefix`; kept until the roster changes."""
        rows = self._audiences.get(prefix)
        if rows is None:
            if len(self._audiences) >= MAX_AUDIENCES:
                self._audiences.clear()
            rows = np.flatnonzero(np.char.startswith(self._codes, prefix.encode("ascii")))
            self._audiences[prefix] = rows
        return rows

    def can_resume(self, seq: int) -> bool:
        """Whether everything that changed after `seq` is still known."""
        return self._resumable_from <= seq <= self.seq

    def snapshot(self, prefix: str) -> Changes:
        """The present state of every worker of the audience."""
        return self._changes(self.audience(prefix))

    def records_after(self, seq: int, prefix: str) -> Changes:
        """The newest state of each worker of the audience that changed after `seq`; who left it is marked gone."""
        rows = self.audience(prefix)
        rows = rows[self._columns["changed_seq"][rows] > seq]
        left = self._left_after(seq, prefix)
        return self._changes(np.concatenate((rows, left)), gone=len(left)) if len(left) else self._changes(rows)

    def grid_of(self, worker_id: int) -> str:
        """The worker's grid code; empty for one who is not on the roster."""
        row = self._row_of.get(worker_id)
        return "" if row is None else bytes(self._codes[row]).decode("ascii")

    def count_on_duty(self) -> int:
        """Workers of the roster who are on duty."""
        on = (self._columns["state"] & State.ON_DUTY) != 0
        return int(np.count_nonzero(on & (self._codes != b"")))

    def count_seen(self, since_ms: int) -> int:
        """Workers of the roster whose newest fix is not older than `since_ms`."""
        return int(np.count_nonzero((self._columns["recorded_at_ms"] >= since_ms) & (self._codes != b"")))

    def _grow(self, new_ids: Sequence[int]) -> None:
        start, count = len(self._codes), len(new_ids)
        self._row_of |= {worker_id: start + i for i, worker_id in enumerate(new_ids)}
        self._columns = {
            name: np.concatenate((column, np.zeros(count, column.dtype))) for name, column in self._columns.items()
        }
        self._codes = np.concatenate((self._codes, np.zeros(count, self._codes.dtype)))
        columns = self._columns
        columns["worker_id"][start:] = new_ids
        columns["speed_cms"][start:] = columns["accuracy_dm"][start:] = UNKNOWN_U16
        columns["battery"][start:] = UNKNOWN_BATTERY

    def _relocate(self, row: int, code: bytes, seq: int) -> None:
        old = bytes(self._codes[row])
        if code == old:
            return
        self._codes[row] = code
        self._columns["changed_seq"][row] = seq
        self._columns["committed_at_ms"][row] = 0  # a change of the roster is not a commit whose delay counts
        if old:
            self._moves.append(Move(seq, row, old))
            if len(self._moves) > MAX_MOVES:
                self._resumable_from = self._moves.popleft().seq

    def _left_after(self, seq: int, prefix: str) -> Rows:
        wanted = prefix.encode("ascii")
        left = {
            move.row
            for move in self._moves
            if move.seq > seq
            and move.old_code.startswith(wanted)
            and not bytes(self._codes[move.row]).startswith(wanted)
        }
        return np.array(sorted(left), np.intp)

    def _take_fixes(self, seq: int) -> int:
        waiting, self._fixes = self._fixes, {}
        columns = self._columns
        rows = np.fromiter(waiting, np.intp, len(waiting))
        fixes = [fix for fix, _ in waiting.values()]
        committed = np.array([at_ms for _, at_ms in waiting.values()], np.int64)
        recorded = np.array([fix.recorded_at_ms for fix in fixes], np.int64)
        newer = recorded >= columns["recorded_at_ms"][rows]
        if not newer.all():
            keep = np.flatnonzero(newer)
            rows, recorded, committed = rows[keep], recorded[keep], committed[keep]
            fixes = [fixes[i] for i in keep]
        self._put(rows, fixes, recorded)
        columns["committed_at_ms"][rows] = committed
        columns["changed_seq"][rows] = seq
        return len(rows)

    def _put(self, rows: Rows, fixes: Sequence[Committed], recorded: Ints) -> None:
        columns = self._columns
        lat = np.array([fix.lat_e7 for fix in fixes], np.int64)
        lon = np.array([fix.lon_e7 for fix in fixes], np.int64)
        flags = np.array([fix.flags for fix in fixes], np.int64)
        speed = _known([fix.speed_cms for fix in fixes], UNKNOWN_U16)
        accuracy = _known([fix.accuracy_dm for fix in fixes], UNKNOWN_U16)
        bearing = _known([fix.bearing_cdeg for fix in fixes], NO_BEARING)
        moving = motion.by_speed(speed, unknown=UNKNOWN_U16) | motion.by_way(
            north_e7=lat - columns["lat_e7"][rows],
            east_e7=lon - columns["lon_e7"][rows],
            lat_e7=lat,
            elapsed_ms=recorded - columns["recorded_at_ms"][rows],
            radius_dm=np.where(accuracy == UNKNOWN_U16, 0, accuracy),
            flags=flags,
        )
        columns["recorded_at_ms"][rows] = recorded
        columns["lat_e7"][rows] = lat
        columns["lon_e7"][rows] = lon
        columns["speed_cms"][rows] = np.clip(speed, 0, UNKNOWN_U16)
        columns["accuracy_dm"][rows] = np.clip(accuracy, 0, UNKNOWN_U16)
        columns["flags"][rows] = flags & 0xFF
        columns["battery"][rows] = _known([fix.battery for fix in fixes], UNKNOWN_BATTERY)
        columns["bearing"][rows] = bearing_steps(bearing)
        state = columns["state"][rows] & State.ON_DUTY | State.HAS_POSITION
        state |= np.where(moving, State.MOVING, 0).astype(np.uint8)
        state |= np.where(flags & Flag.HELP, State.ASKS_FOR_HELP, 0).astype(np.uint8)
        state |= np.where(bearing != NO_BEARING, State.BEARING_KNOWN, 0).astype(np.uint8)
        columns["state"][rows] = state

    def _take_duty(self, seq: int) -> int:
        waiting, self._duty = self._duty, {}
        state, changed = self._columns["state"], 0
        for row, change in waiting.items():
            if bool(state[row] & State.ON_DUTY) != change.on:
                # Who goes off duty is not tracked any more, so nothing is known about moving or calling for help.
                kept = int(state[row]) & (State.HAS_POSITION | State.BEARING_KNOWN)
                state[row] = int(state[row]) | State.ON_DUTY if change.on else kept
                self._columns["changed_seq"][row] = seq
                self._columns["committed_at_ms"][row] = change.at_ms
                changed += 1
        return changed

    def _changes(self, rows: Rows, *, gone: int = 0) -> Changes:
        taken = {name: column[rows] for name, column in self._columns.items()}
        commits = taken.pop("committed_at_ms")
        del taken["changed_seq"]
        if gone:
            taken["state"][-gone:] = State.GONE
        commits = commits[commits > 0]
        return Changes(records=Records(**taken), oldest_commit_ms=int(commits.min()) if len(commits) else 0)


def _known(values: Sequence[int | None], unknown: int) -> Ints:
    return np.array([unknown if value is None else value for value in values], np.int64)
