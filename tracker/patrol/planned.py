"""What people told the patrol, and who walks where by it and by the register's present state."""

from __future__ import annotations

from datetime import date

from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.patrol.calendar import Calendar
from tracker.patrol.days import Setting, Walkable, read_setting
from tracker.patrol.plan import Plans

KEPT_DAYS = 8  # as many as late steps reach back, and today


class Planned:
    """`setting` is empty until `read()`."""

    def __init__(self, database: Database, register: Register) -> None:
        self._database, self._register = database, register
        self.setting = Setting(plans=Plans([]), calendar=Calendar({}), points={})
        self._walkables: dict[date, Walkable] = {}

    async def read(self) -> None:
        """Take plans, calendar and key points as they are now. Raises Unavailable."""
        self.setting = await read_setting(self._database)
        self._walkables = {}

    def forget_walkers(self) -> None:
        """The register has changed."""
        self._walkables = {}

    def walkable(self, day: date) -> Walkable:
        """Who walks where on a day."""
        if day not in self._walkables:
            if len(self._walkables) > KEPT_DAYS:
                self._walkables.clear()
            self._walkables[day] = Walkable(self._register.snapshot, self.setting.plans, day)
        return self._walkables[day]
