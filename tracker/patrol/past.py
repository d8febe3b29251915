"""Books of past days for the time machine: folded from history when asked for, the last few kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date

from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.geo.area import Area
from tracker.patrol.book import DayBook
from tracker.patrol.days import refold

KEPT = 2  # books; a county's has some 90 MB
Open = Callable[[date, Sequence[str]], Awaitable[DayBook]]


class Past:
    """One book at a time is folded; who asks for another waits."""

    def __init__(self, database: Database, register: Register, open_book: Open) -> None:
        self._database, self._register, self._open = database, register, open_book
        self._books: OrderedDict[tuple[str, date], DayBook] = OrderedDict()
        self._folding = asyncio.Lock()

    async def book(self, area: Area, day: date) -> DayBook:
        """The book of an area's grids on a past day. Raises Unavailable."""
        async with self._folding:
            key = self._kept(area, day) or (area.code, day)
            if key not in self._books:
                book = await self._open(day, [grid.code for grid in self._register.snapshot.grids_in(area)])
                while book.stale:
                    await refold(self._database, book)
                self._books[key] = book
            self._books.move_to_end(key)
            while len(self._books) > KEPT:
                self._books.popitem(last=False)
            return self._books[key]

    def _kept(self, area: Area, day: date) -> tuple[str, date] | None:
        """The book that holds the whole area: a county's has the villages' that are looked at in it."""
        fitting = (key for key in self._books if key[1] == day and Area(key[0]).contains(area.code))
        return next(fitting, None)

    def forget(self) -> None:
        """Plans or cells have changed, or late steps came."""
        self._books.clear()
