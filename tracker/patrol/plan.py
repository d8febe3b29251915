"""Which plan holds for a grid on a day, and which rounds that day has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from tracker.clock import day_start_ms
from tracker.geo.area import Area
from tracker.patrol.calendar import Calendar
from tracker.patrol.model import DAY_MINUTES, MINUTE_MS, Criteria, Plan, RoundPattern, RoundWindow, Walkers

DEFAULT_ROUNDS = (
    RoundPattern(name="早巡", starts=6 * 60, ends=10 * 60),
    RoundPattern(name="午巡", starts=11 * 60, ends=15 * 60),
    RoundPattern(name="晚巡", starts=16 * 60, ends=20 * 60),
)


def default_plan(county_code: str, valid_from: date) -> Plan:
    """三巡 as a county begins with it."""
    return Plan(
        area_code=county_code,
        valid_from=valid_from,
        rounds=DEFAULT_ROUNDS,
        criteria=Criteria(),
        sight_radius_m=40,
        walkers=Walkers.GRID,
    )


class Plans:
    """All plans ever made, asked by grid and day. A new version closes the old one, so past days keep theirs."""

    def __init__(self, plans: Iterable[Plan] = ()) -> None:
        self._by_prefix: dict[str, list[Plan]] = {}
        for plan in plans:
            self._by_prefix.setdefault(Area(plan.area_code).prefix, []).append(plan)

    def holding(self, code: str, day: date) -> Plan | None:
        """The most specific plan that holds for a grid or division on a day; of two alike the one made last."""
        for digits in (15, 12, 9, 6):
            here = [one for one in self._by_prefix.get(code[:digits], ()) if one.holds_on(day)]
            # A division's 12 digits end in zeros above a village: only its own prefix names it.
            if here and len(Area(here[0].area_code).prefix) == digits:
                return max(here, key=lambda one: (one.valid_from, one.id))
        return None


def rounds_on(plan: Plan, day: date, calendar: Calendar) -> tuple[RoundWindow, ...]:
    """The rounds that a plan has on a local day, in order of their windows."""
    walked = [one for one in plan.rounds if day.isoweekday() in one.weekdays and calendar.fits(one.days, day)]
    return _windows(sorted(walked, key=lambda one: one.starts), day_start_ms(day))


def _windows(walked: Sequence[RoundPattern], midnight_ms: int) -> tuple[RoundWindow, ...]:
    nexts = [*(one.starts for one in walked), DAY_MINUTES][1:]
    return tuple(
        RoundWindow(
            ordinal=place,
            name=one.name,
            starts_ms=midnight_ms + one.starts * MINUTE_MS,
            ends_ms=midnight_ms + one.ends * MINUTE_MS,
            until_ms=midnight_ms + until * MINUTE_MS,
        )
        for place, (one, until) in enumerate(zip(walked, nexts, strict=True), start=1)
    )
