"""The patrol engine: what any round came to, out of the day that is kept in memory or of the tables of past ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tracker.clock import local_day
from tracker.geo.area import Area
from tracker.patrol import store
from tracker.patrol.book import DayBook
from tracker.patrol.keeper import Keeper
from tracker.patrol.model import KeyPoint, Plan, RoundKey, RoundResult, RoundWindow, State, WalkResult
from tracker.patrol.reach import reachable_on
from tracker.patrol.results import first_minutes


class PatrolEngine(Keeper):
    """The keeper with its look-ups, which never wait unless async."""

    def plan_of(self, code: str, day: date) -> Plan | None:
        """The plan that holds for a grid or division on a day."""
        return self._planned.setting.plans.holding(code, day)

    def windows_of(self, code: str, day: date) -> tuple[RoundWindow, ...]:
        """The rounds of a grid or division (by the plan that holds for it) on a day."""
        return self._planned.setting.windows(code, day)

    def present(self, code: str) -> RoundWindow | None:
        """The open round of today, else the last one that was, else the first of today; None when today has none."""
        return _present(self.windows_of(code, self.today), self._now_ms())

    def walkers_of(self, grid_code: str, day: date) -> list[int]:
        """Ids of the workers whose steps count for the grid."""
        return self._planned.walkable(day).workers(grid_code)

    def key_points_of(self, grid_code: str, day: date) -> list[KeyPoint]:
        """The key points to visit, in the order of their ids."""
        return self._planned.setting.points_of(grid_code, day)

    async def cells_of(self, grid_codes: Sequence[str], day: date) -> dict[str, NDArray[np.int64]]:
        """The reachable cells by grid, ascending: bit i of a bitmap is cell i. Unknown grids are left out."""
        ground = self._book.ground
        if day == self._book.day and all(code in ground.index for code in grid_codes):
            return {code: ground.cells[ground.index[code]] for code in grid_codes}
        grids = self._register.snapshot.grids
        return await reachable_on(self._database, [grids[code] for code in grid_codes if code in grids], day)

    async def rounds_of(self, area: Area, day: date, ordinal: int) -> list[RoundResult]:
        """That round of every grid of the area, by code: today's from memory, past ones from the table."""
        if day != self._book.day or not self._book.rounds:  # after a start the table knows before the book does
            return await store.read_rounds(self._database, area.prefix, day, ordinal)
        return [self._today(place) for place in self._book.places_in(area, ordinal)]

    async def round_of(self, key: RoundKey) -> RoundResult | None:
        """One round."""
        found = await self.rounds_of(Area(key.grid_code), key.day, key.ordinal)
        return found[0] if found else None

    async def walks_of(self, key: RoundKey) -> list[WalkResult]:
        """What each worker gave to a round; workers without a step are left out."""
        place = self._book.at.get((key.grid_code, key.ordinal))
        if key.day != self._book.day or place is None:
            return await store.read_walks(self._database, key)
        return self._book.walks_of(self._today(place), self._now_ms())

    def made_up(self, key: RoundKey) -> tuple[RoundResult, frozenset[int]] | None:
        """A round of today that is over but may still be made up (补巡), with what was walked since; else None."""
        place, now_ms = self._book.at.get((key.grid_code, key.ordinal)), self._now_ms()
        if place is None or key.day != self._book.day or place in self._book.doubtful():
            return None
        window = self._book.rounds[place].window
        found, visited = self._book.made_up(place, now_ms)
        is_wanting = found.state in {State.MISSED, State.NO_DATA, State.LATE}
        return (found, visited) if is_wanting and window.ends_ms <= now_ms < window.until_ms else None

    async def rounds_at(self, area: Area, time_ms: int) -> list[RoundResult]:
        """The rounds that were open (or last open) at an instant, with what had been seen by then.

        A past day is folded from history at the first question, which takes seconds; the next answers are quick.
        """
        now_ms = self._now_ms()
        book, places = await self._book_at(area, time_ms)
        return [book.result_at(place, min(time_ms, now_ms), now_ms) for place in places]

    async def first_seen_at(self, area: Area, time_ms: int) -> dict[str, NDArray[np.uint16]]:
        """Of the same rounds, by grid: in which minute each cell was first seen, `NEVER_MIN` where it was not."""
        book, places = await self._book_at(area, time_ms)
        return {(one := book.rounds[place]).grid_code: first_minutes(book.walks, one) for place in places}

    async def _book_at(self, area: Area, time_ms: int) -> tuple[DayBook, list[int]]:
        """The book of the day, and its rounds that were open or last open then."""
        day = local_day(time_ms)
        book = self._book if day == self._book.day else await self._past.book(area, day)
        window = _present(self.windows_of(area.code, day), time_ms)
        return book, book.places_in(area, window.ordinal) if window else []

    def _today(self, place: int) -> RoundResult:
        """As last looked at; after a start what the table says, until the steps have been folded again."""
        if (found := self._ledger.results[place]) is not None:
            return found
        found = self._book.result(place, self._now_ms())
        return self._stored.get(found.key, found) if place in self._book.doubtful() else found


def _present(windows: Sequence[RoundWindow], time_ms: int) -> RoundWindow | None:
    begun = [one for one in windows if one.starts_ms <= time_ms]
    return begun[-1] if begun else windows[0] if windows else None
