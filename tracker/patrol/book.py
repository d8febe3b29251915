"""The book of one local day: all its rounds in memory, folded as steps come, and refolded when they come late."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from tracker.clock import day_start_ms
from tracker.geo.area import Area
from tracker.patrol.duties import Duties, IsOnDuty
from tracker.patrol.fold import fold
from tracker.patrol.ground import Ground
from tracker.patrol.model import MINUTE_MS, Plan, RoundKey, RoundResult, RoundWindow, State, WalkResult
from tracker.patrol.results import OnDuty, Round, result_of, signature_of, walk_of, with_time_after
from tracker.patrol.spots import PER_CELL
from tracker.patrol.steps import RECORD, Ints, Mask, Segment, columns_of, decode, steps_of
from tracker.patrol.walks import Walk, Walks

DAY_MS = 86_400_000
SETTLE_MS = 10 * MINUTE_MS  # phones send what they have some minutes later: no revision yet
MOST_PENDING = 50_000  # segments waiting, a second of what one machine takes at most; beyond, history is read instead
OF_THE_WINDOW = frozenset({State.DONE, State.MISSED, State.NO_DATA, State.EXCUSED})  # a late round counts more


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class GridDay:
    """One grid on the day: its plan and rounds, who walks, who of them is on leave, how long a round usually takes."""

    code: str
    plan: Plan
    windows: tuple[RoundWindow, ...]
    walkers: tuple[int, ...]
    usual_minutes: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Advanced:
    """What an advance did: rounds that changed, workers with steps of earlier days, how many fixes it looked at."""

    changed: list[int] = field(default_factory=list)
    earlier: list[tuple[int, int]] = field(default_factory=list)  # worker, time
    fixes: int = 0


class DayBook:
    """Rounds are known by their place in `rounds`. All workers are stale until they are refolded from history.

    `note` only notes. `advance` folds what was noted. `begin_refold`, `prepare` (in any thread) and `finish_refold`
    bring stale workers up to date. Every result is a function of the stored fixes and the clock alone.
    """

    def __init__(
        self, day: date, ground: Ground, grids: Sequence[GridDay], *, on_leave: frozenset[int], is_on_duty: IsOnDuty
    ) -> None:
        self.day, self.ground, self.grids, self.on_leave = day, ground, grids, on_leave
        self.starts_ms = day_start_ms(day)
        self.ends_ms = self.starts_ms + DAY_MS
        self.walks = Walks(ground, _all_walks(grids))
        self.rounds = _rounds(day, ground, grids, self.walks, on_leave)
        self.at = {(one.grid_code, one.window.ordinal): place for place, one in enumerate(self.rounds)}
        self._round_of = np.full(len(self.walks), -1, np.int64)
        for place, one in enumerate(self.rounds):
            self._round_of[list(one.rows)] = place
        self.workers: frozenset[int] = frozenset(self.walks.worker.tolist())
        self.stale: set[int] = set(self.workers)
        self._refolding: set[int] = set()
        self._pending: deque[Segment] = deque()
        self._duty = Duties(is_on_duty)
        self._closed: dict[int, tuple[bytes, float, int, bool]] = {}
        self._revised: dict[int, int] = {}

    @property
    def pending(self) -> int:
        """Segments waiting to be folded."""
        return len(self._pending)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was noted has been folded."""
        return not (self.stale or self._refolding or self._pending)

    def note(self, segments: Sequence[Segment]) -> None:
        """Keep what a commit stored for the next advance."""
        self._pending.extend(segments)
        if len(self._pending) > MOST_PENDING:
            self.stale.update(self.workers.intersection(one[0] for one in self._pending))
            self._keep_pending(self.stale)

    def advance(self, most_fixes: int) -> Advanced:
        """Fold what was noted, up to so many fixes and whole uploads."""
        taken = columns_of(self._take(most_fixes))
        if not len(taken):
            return Advanced()
        is_early = taken.started_ms < self.starts_ms
        waits = _among(taken.worker, self._refolding) & ~is_early
        if waits.any():  # they follow when the worker's history has been read
            self._pending.extend(taken.where(waits).rows())
        is_mine = (~is_early) & (taken.started_ms < self.ends_ms) & ~waits & ~_among(taken.worker, self.stale)
        steps = steps_of(taken.where(is_mine))
        folded = fold(self.ground, self.walks, steps)
        self.stale.update(folded.late_workers.tolist())
        earlier = [one[:2] for one in taken.where(is_early).rows()] if is_early.any() else []
        return Advanced(changed=self._rounds_at(folded.rows), earlier=earlier, fixes=folded.steps)

    def waiting_before(self, at_ms: int) -> list[tuple[int, int]]:
        """Worker and time of what was noted of earlier days and not yet looked at."""
        return [(worker, started_ms) for worker, started_ms, _ in self._pending if started_ms < at_ms]

    def begin_refold(self, most: int) -> list[int]:
        """Some stale workers; read their history after this call."""
        workers = sorted(self.stale)[:most]
        self.stale.difference_update(workers)
        self._refolding.update(workers)
        self._keep_pending(self._refolding)
        return workers

    def prepare(self, workers: Sequence[int], segments: Iterable[Segment]) -> Walks:
        """Fold the history of some workers apart; touches nothing, so it may run in a thread."""
        mine = set(workers)
        fresh = Walks(self.ground, _all_walks(self.grids, mine))
        fold(self.ground, fresh, decode(segments))
        return fresh

    def finish_refold(self, workers: Sequence[int], fresh: Walks) -> list[int]:
        """Put the workers' walks in; returns their rounds."""
        rows = self.walks.rows_of_workers(workers)
        self.walks.put(rows, fresh)
        self._refolding.difference_update(workers)
        return self._rounds_at(rows)

    def give_up_refold(self, workers: Sequence[int]) -> None:
        """The history could not be read: try again later."""
        self._refolding.difference_update(workers)
        self.stale.update(workers)

    def doubtful(self) -> frozenset[int]:
        """Rounds of which something is still to be folded: judged now, they would be called revised in a moment."""
        noted = {worker for worker, at_ms, _ in self._pending if at_ms >= self.starts_ms}
        waiting = self.stale | self._refolding | (noted & self.workers)
        if not waiting:
            return frozenset()
        return frozenset(self._rounds_at(self.walks.rows_of_workers(sorted(waiting))))

    def result(self, place: int, now_ms: int) -> RoundResult:
        """What a round came to by now; notes whether late data or a leave entered afterwards revised it."""
        one = self.rounds[place]
        found = result_of(self.walks, one, self._duties(one, now_ms), now_ms)
        if now_ms >= one.window.ends_ms + SETTLE_MS:
            self._watch(place, one, found.state, now_ms)
        return found if place not in self._revised else _revised(found, self._revised[place])

    def result_at(self, place: int, time_ms: int, now_ms: int) -> RoundResult:
        """What a round had come to at an instant; confidence and the longest gap are of all that is known by now."""
        one = self.rounds[place]
        return result_of(self.walks, one, self._duties(one, now_ms), time_ms)

    def made_up(self, place: int, now_ms: int) -> tuple[RoundResult, frozenset[int]]:
        """A round with the time after its window, as its walkers see it, and the key points visited by then."""
        one, found = self.rounds[place], self.result(place, now_ms)
        walked = self.walks_of(replace(found, state=State.LATE), now_ms)
        visited = frozenset(point for walk in walked for point in walk.visited)
        return with_time_after(self.walks, one, found, now_ms), visited

    def walks_of(self, found: RoundResult, now_ms: int) -> list[WalkResult]:
        """What each worker gave to a round; without those who gave nothing."""
        one = self.rounds[self.at[found.grid_code, found.ordinal]]
        pairs = zip(one.rows, self._duties(one, now_ms), strict=True)
        return [
            walk_of(self.walks, one, row, duty, found.state, now_ms)
            for row, duty in pairs
            if self.walks.heard_to_ms[row] >= 0
        ]

    def remember(self, stored: Mapping[RoundKey, RoundResult]) -> None:
        """Take over from the table what rounds were closed with, so that a restart calls nothing a revision."""
        for key, found in stored.items():
            place = self.at.get((key.grid_code, key.ordinal))
            if place is None:
                continue
            if found.revised_ms is not None:
                self._revised[place] = found.revised_ms
            if found.state in OF_THE_WINDOW and found.cells == self.rounds[place].spots:
                figures = found.bitmap, round(found.minutes, 2), found.visited
                self._closed[place] = (*figures, found.state is State.EXCUSED)

    def places_in(self, area: Area, ordinal: int) -> list[int]:
        """That round of every grid of the area, by code."""
        codes = sorted(grid.code for grid in self.grids if grid.code.startswith(area.prefix))
        return [self.at[code, ordinal] for code in codes if (code, ordinal) in self.at]

    def _take(self, most_fixes: int) -> list[Segment]:
        """Take the first out of what was noted."""
        taken, fixes = [], 0
        while self._pending and fixes < most_fixes:
            one = self._pending.popleft()
            taken.append(one)
            fixes += len(one[2]) // RECORD.itemsize
        return taken

    def _keep_pending(self, gone: AbstractSet[int]) -> None:
        """Forget what was noted of the present day of workers who will be read from history."""
        self._pending = deque(one for one in self._pending if one[0] not in gone or one[1] < self.starts_ms)

    def _rounds_at(self, rows: Ints) -> list[int]:
        return sorted(set(self._round_of[rows].tolist()))

    def _watch(self, place: int, one: Round, state: State, now_ms: int) -> None:
        signature = (*signature_of(self.walks, one), state is State.EXCUSED)
        known = self._closed.setdefault(place, signature)
        if known != signature:
            self._closed[place] = signature
            self._revised[place] = now_ms

    def _duties(self, one: Round, now_ms: int) -> list[OnDuty]:
        return [self._duty.of(int(self.walks.worker[row]), one.window, now_ms) for row in one.rows]


def _among(worker: Ints, some: AbstractSet[int]) -> Mask:
    return np.isin(worker, np.fromiter(some, np.int64, len(some))) if some else np.zeros(len(worker), np.bool_)


def _all_walks(grids: Sequence[GridDay], workers: set[int] | None = None) -> list[Walk]:
    return [
        Walk(worker_id=worker, grid=place, window=window)
        for place, grid in enumerate(grids)
        for worker in grid.walkers
        if workers is None or worker in workers
        for window in grid.windows
    ]


def _rounds(day: date, ground: Ground, grids: Sequence[GridDay], walks: Walks, on_leave: frozenset[int]) -> list[Round]:
    rows: dict[tuple[int, int], list[int]] = {}
    for row, key in enumerate(zip(walks.grid.tolist(), walks.ordinal.tolist(), strict=True)):
        rows.setdefault(key, []).append(row)
    return [
        Round(
            grid_code=grid.code, day=day, window=window, plan=grid.plan, rows=rows.get((place, window.ordinal), ()),
            spots=PER_CELL * len(ground.cells[place]), point_ids=ground.point_ids[place],
            excused=bool(grid.walkers) and on_leave.issuperset(grid.walkers), usual_minutes=grid.usual_minutes,
        )
        for place, grid in enumerate(grids)
        for window in grid.windows
    ]  # fmt: skip


def _revised(found: RoundResult, revised_ms: int) -> RoundResult:
    return replace(found, revised_ms=revised_ms)
