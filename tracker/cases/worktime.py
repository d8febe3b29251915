"""Working time, exact to the millisecond: how long a limit runs on the calendar, where it ends, which light shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from tracker.clock import day_start_ms, local_day
from tracker.errors import BadValue

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MOST_DAYS = 40_000  # a calendar without any working day must not be walked for ever
YELLOW = Fraction(8, 10)  # of the limit


class Unit(StrEnum):
    """Units of limits; minutes and natural days run day and night."""

    MINUTE = "minute"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    NATURAL_DAY = "natural_day"


class Light(StrEnum):
    """Green up to 80 % of the limit, yellow up to the deadline, red after it."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Weekdays (ISO) and working intervals in minutes of the local day, from a day on; summer hours may differ."""

    begins: date
    weekdays: frozenset[int]
    hours: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        edges = [edge for interval in self.hours for edge in interval]
        if not edges or edges != sorted(set(edges)) or edges[0] < 0 or edges[-1] > DAY_MS // MINUTE_MS:
            raise BadValue(field="hours", value=self.hours, allowed="intervals in ascending order that do not overlap")
        if not self.weekdays or not self.weekdays <= set(range(1, 8)):
            raise BadValue(field="weekdays", value=sorted(self.weekdays), allowed="some of 1 (Monday) .. 7")

    @property
    def length_ms(self) -> int:
        """Working time of one day."""
        return sum(ends - starts for starts, ends in self.hours) * MINUTE_MS


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkCalendar:
    """Plans by their first day, and days that differ from their weekday: True worked (调休), False rest."""

    plans: tuple[Plan, ...]
    special: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        begins = [plan.begins for plan in self.plans]
        if not begins or begins != sorted(set(begins)):
            raise BadValue(field="plans", value=len(begins), allowed="at least one plan, in order of their first days")

    def hours_of(self, day: date) -> tuple[tuple[int, int], ...]:
        """The working intervals of a day in minutes; none on a day of rest or before the first plan."""
        index = bisect_right([plan.begins for plan in self.plans], day) - 1
        if index < 0:
            return ()
        plan = self.plans[index]
        return plan.hours if self.special.get(day, day.isoweekday() in plan.weekdays) else ()

    def intervals(self, day: date) -> list[tuple[int, int]]:
        """The same in Unix ms."""
        start_ms = day_start_ms(day)
        return [(start_ms + begins * MINUTE_MS, start_ms + ends * MINUTE_MS) for begins, ends in self.hours_of(day)]


Pauses = Sequence[tuple[int, int | None]]  # [from, to) in Unix ms; None: still paused
_Span = tuple[int, int, Fraction]  # from, to, amount of the unit for each ms


def elapsed(calendar: WorkCalendar, unit: Unit, from_ms: int, to_ms: int) -> Fraction:
    """How much of the unit passes between two instants; negative when they are the other way round."""
    if to_ms < from_ms:
        return -elapsed(calendar, unit, to_ms, from_ms)
    total = Fraction(0)
    for starts_ms, ends_ms, rate in _spans(calendar, unit, from_ms):
        if starts_ms >= to_ms:
            break
        total += (min(ends_ms, to_ms) - starts_ms) * rate
    return total


def advance(calendar: WorkCalendar, unit: Unit, from_ms: int, amount: Fraction | int) -> int:
    """The first instant at which `amount` of the unit has passed, rounded up to a whole ms; raises BadValue.

    The end of a working interval is meant where both it and the beginning of the next would do.
    """
    left = Fraction(amount)
    if left <= 0:
        return from_ms
    for starts_ms, ends_ms, rate in _spans(calendar, unit, from_ms):
        here = (ends_ms - starts_ms) * rate
        if left <= here:
            return starts_ms - (-left // rate)
        left -= here
    raise BadValue(field="calendar", value=local_day(from_ms), allowed="a calendar with enough working days after it")


def deadline(
    calendar: WorkCalendar, unit: Unit, started_ms: int, amount: Fraction | int, pauses: Pauses = ()
) -> int | None:
    """When `amount` of the unit has passed since the start, pauses left out; None while a pause is open before that."""
    left, at_ms = Fraction(amount), started_ms
    for begins_ms, ends_ms in pauses:
        used = elapsed(calendar, unit, at_ms, begins_ms)
        if used >= left:
            break
        if ends_ms is None:
            return None
        left, at_ms = left - used, ends_ms
    return advance(calendar, unit, at_ms, left)


def used(calendar: WorkCalendar, unit: Unit, started_ms: int, now_ms: int, pauses: Pauses = ()) -> Fraction:
    """How much of the unit has passed since the start, pauses left out."""
    total = elapsed(calendar, unit, started_ms, now_ms)
    for begins_ms, ends_ms in pauses:
        ended_ms = now_ms if ends_ms is None else min(ends_ms, now_ms)
        if begins_ms < now_ms:
            total -= elapsed(calendar, unit, begins_ms, ended_ms)
    return total


def light(now_ms: int, yellow_ms: int | None, deadline_ms: int | None) -> Light | None:
    """The light of a clock; None while it is paused. On the deadline itself it is still yellow."""
    if deadline_ms is None:
        return None
    if now_ms > deadline_ms:
        return Light.RED
    return Light.YELLOW if yellow_ms is not None and now_ms >= yellow_ms else Light.GREEN


def read_plan(row: Mapping[str, object]) -> Plan:
    """A plan from its stored form (migrations/0006: case_calendar.plans); raises BadValue."""
    try:
        hours = tuple((_minute(starts), _minute(ends)) for starts, ends in row["hours"])  # type: ignore[attr-defined]
        weekdays = frozenset(int(day) for day in row["weekdays"])  # type: ignore[attr-defined]
        return Plan(begins=date.fromisoformat(str(row["from"])), weekdays=weekdays, hours=hours)
    except (KeyError, TypeError, ValueError) as error:
        raise BadValue(field="plans", value=row, allowed="from, weekdays and hours") from error


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _spans(calendar: WorkCalendar, unit: Unit, from_ms: int) -> Iterator[_Span]:
    """Spans of running time from an instant on, each with how much of the unit passes in one ms."""
    if unit in (Unit.MINUTE, Unit.NATURAL_DAY):
        yield from_ms, from_ms + MOST_DAYS * DAY_MS, Fraction(1, MINUTE_MS if unit is Unit.MINUTE else DAY_MS)
        return
    rate_of = _RATES[unit]
    day = local_day(from_ms)
    for _ in range(MOST_DAYS):
        intervals = calendar.intervals(day)
        rate = rate_of(intervals)
        yield from ((max(starts, from_ms), ends, rate) for starts, ends in intervals if ends > from_ms)
        day += timedelta(days=1)


def _of_the_day(intervals: list[tuple[int, int]]) -> Fraction:
    """Every working day counts as one, however long it is."""
    length_ms = sum(ends - starts for starts, ends in intervals)
    return Fraction(1, length_ms) if length_ms else Fraction(0)


_RATES: dict[Unit, Callable[[list[tuple[int, int]]], Fraction]] = {
    Unit.WORK_HOUR: lambda _: Fraction(1, HOUR_MS),
    Unit.WORK_DAY: _of_the_day,
}
