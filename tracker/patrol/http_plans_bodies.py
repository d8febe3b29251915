"""What the routes of plans, key points, reachable cells and the calendar take and give."""

from __future__ import annotations

from datetime import date

import msgspec

from tracker.patrol.plans_admin import PlanLine, PointLine, ReachableVersion
from tracker.patrol.reach import Walked


class RoundBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One round of a plan: HH:MM of the local day, ISO weekdays, and all, work or rest days of the calendar."""

    name: str
    starts: str
    ends: str
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    days: str = "all"


class PlanBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new version of an area's plan; it begins tomorrow at the earliest."""

    area_code: str
    valid_from: date
    rounds: list[RoundBody]
    min_coverage: float = 0.7
    min_minutes: int = 30
    all_key_points: bool = True
    min_confidence: float = 0.5
    sight_radius_m: int = 40
    walkers: str = "grid"


class PlansAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Plans of the area, above it and inside it; `holding` is the id of the one that holds for the area today."""

    plans: list[PlanLine]
    holding: int | None


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """What was made."""

    id: int


class PointBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new key point; it counts from tomorrow."""

    grid_code: str
    name: str
    kind: str
    lon: float
    lat: float
    radius_m: int = 30
    checklist: list[str] = []


class PointsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of key points."""

    points: list[PointLine]
    next: str | None


class ReachableAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A grid's reachable cells, the newest version first, and cells beside them that were walked on several days.

    A drawn version begins the day after it was drawn.
    """

    grid: str
    resolution: int
    versions: list[ReachableVersion]
    proposed: list[Walked]


class ReachableBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All reachable cells of a grid, as hexadecimal H3 ids."""

    cells: list[str]


class DayBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A holiday (rest) or a 调休 workday (work)."""

    day: date
    kind: str
    name: str


class CalendarBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every special day of the year."""

    days: list[DayBody]


class CalendarAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The year's special days; `known` is false while none were entered: then weekdays rule."""

    year: int
    known: bool
    days: list[DayBody]
