"""Which local days are worked and which are rest: weekdays, holidays and 调休 workdays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tracker.county.model import check_name
from tracker.errors import BadValue
from tracker.patrol.model import DayKind

SATURDAY = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecialDay:
    """A day that differs from its weekday: a holiday (rest) or a 调休 workday (work)."""

    day: date
    kind: DayKind
    name: str

    def __post_init__(self) -> None:
        check_name("name", self.name)
        if self.kind is DayKind.ALL:
            raise BadValue(field="kind", value=self.kind, allowed="rest, work")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The special days by date. A year without any is not yet published: `knows` says so, weekdays then rule."""

    special: Mapping[date, SpecialDay] = field(default_factory=dict)

    def is_rest(self, day: date) -> bool:
        """Whether nobody works on this day."""
        known = self.special.get(day)
        return known.kind is DayKind.REST if known else day.isoweekday() >= SATURDAY

    def fits(self, days: DayKind, day: date) -> bool:
        """Whether a round of this kind of day is walked on the day."""
        return days is DayKind.ALL or (days is DayKind.REST) == self.is_rest(day)

    def knows(self, year: int) -> bool:
        """Whether holidays of the year have been entered."""
        return any(day.year == year for day in self.special)
