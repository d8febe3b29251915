"""The values of the patrol room; they refuse to be wrong (BadValue names the field)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tracker.county.model import check_grid_code, check_name
from tracker.errors import BadValue
from tracker.geo.area import Area

MINUTE_MS = 60_000
DAY_MINUTES = 1440
MAX_ROUNDS = 12  # of one plan; a round has an ordinal of the day, and a county walks three
KEY_POINT_KINDS = ("fire", "well", "school", "bridge", "water", "road", "other")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


class State(StrEnum):
    """What became of a round; the words stand in the table and go to the pages."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    LATE = "late"
    MISSED = "missed"
    NO_DATA = "no_data"
    EXCUSED = "excused"

    @property
    def is_final(self) -> bool:
        """Whether the window is over. Only late data may still change the state."""
        return self not in {State.WAITING, State.OPEN}


class DayKind(StrEnum):
    """On which days of the calendar a round is walked."""

    ALL = "all"
    WORK = "work"
    REST = "rest"


class Walkers(StrEnum):
    """Whose steps count for a grid."""

    GRID = "grid"  # the grid's own workers
    VILLAGE = "village"  # any worker of its village


class Verdict(StrEnum):
    """What an open round comes to at its present pace."""

    OK = "ok"
    AT_RISK = "at_risk"
    WILL_MISS = "will_miss"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundPattern:
    """One round of a plan: its window in minutes of the local day, and the days on which it is walked."""

    name: str
    starts: int  # minute of the day
    ends: int  # exclusive, at most 1440
    weekdays: tuple[int, ...] = EVERY_DAY  # ISO: Monday 1
    days: DayKind = DayKind.ALL

    def __post_init__(self) -> None:
        check_name("rounds.name", self.name)
        if not 0 <= self.starts < self.ends <= DAY_MINUTES:
            raise BadValue(field="rounds.ends", value=clock_text(self.ends), allowed="after `starts`, at most 24:00")
        if not self.weekdays or len(set(self.weekdays)) != len(self.weekdays) or not set(self.weekdays) <= {*EVERY_DAY}:
            raise BadValue(
                field="rounds.weekdays", value=self.weekdays, allowed="each of 1..7 once at most, one at least"
            )

    def meets(self, other: RoundPattern) -> bool:
        """Whether the two windows overlap on a day that may have both."""
        apart = self.ends <= other.starts or other.ends <= self.starts
        kinds = {self.days, other.days}
        return not apart and bool(set(self.weekdays) & set(other.weekdays)) and kinds != {DayKind.WORK, DayKind.REST}


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    """What makes a round done; `min_confidence` only tells "no data" from "missed"."""

    min_coverage: float = 0.7  # share of the reachable cells
    min_minutes: int = 30  # on foot inside the grid
    all_key_points: bool = True
    min_confidence: float = 0.5

    def __post_init__(self) -> None:
        _check_range("min_coverage", self.min_coverage, 0, 1)
        _check_range("min_minutes", self.min_minutes, 0, DAY_MINUTES)
        _check_range("min_confidence", self.min_confidence, 0, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How an area is patrolled in a span of days; the most specific plan of a grid holds. `valid_to` is exclusive."""

    area_code: str
    valid_from: date
    rounds: tuple[RoundPattern, ...]
    criteria: Criteria = field(default_factory=Criteria)
    sight_radius_m: int = 40
    walkers: Walkers = Walkers.GRID
    valid_to: date | None = None
    id: int = 0  # 0 until it is stored

    def __post_init__(self) -> None:
        Area(self.area_code)
        _check_range("sight_radius_m", self.sight_radius_m, 10, 100)
        if not 1 <= len(self.rounds) <= MAX_ROUNDS:
            raise BadValue(field="rounds", value=len(self.rounds), allowed=f"1..{MAX_ROUNDS} rounds")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise BadValue(field="valid_to", value=self.valid_to, allowed=f"a date after {self.valid_from}")
        for place, one in enumerate(self.rounds):
            if any(one.meets(other) for other in self.rounds[:place]):
                raise BadValue(field="rounds", value=one.name, allowed="windows that do not overlap on the same day")

    def holds_on(self, day: date) -> bool:
        """Whether the plan is valid on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundWindow:
    """One round of one local day, in Unix ms; steps from `ends_ms` to `until_ms` make it late instead of missed."""

    ordinal: int  # 1, 2, 3 … of the day
    name: str
    starts_ms: int
    ends_ms: int  # exclusive
    until_ms: int  # exclusive: the next round begins, or the day ends


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class RoundKey:
    """One round of one grid."""

    grid_code: str
    day: date
    ordinal: int

    def __post_init__(self) -> None:
        check_grid_code("grid_code", self.grid_code)
        _check_range("ordinal", self.ordinal, 1, MAX_ROUNDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPoint:
    """A place that every round must visit (fire watch, well, school, bridge), with what to look at there."""

    grid_code: str
    name: str
    kind: str
    lon: float
    lat: float
    valid_from: date
    radius_m: int = 30
    checklist: tuple[str, ...] = ()
    valid_to: date | None = None  # exclusive
    id: int = 0  # 0 until it is stored

    def __post_init__(self) -> None:
        check_grid_code("grid_code", self.grid_code)
        check_name("name", self.name)
        if self.kind not in KEY_POINT_KINDS:
            raise BadValue(field="kind", value=self.kind, allowed=", ".join(KEY_POINT_KINDS))
        _check_range("lon", self.lon, -180, 180)
        _check_range("lat", self.lat, -90, 90)
        _check_range("radius_m", self.radius_m, 10, 200)
        if len(self.checklist) > 30:
            raise BadValue(field="checklist", value=len(self.checklist), allowed="at most 30 lines")
        for line in self.checklist:
            check_name("checklist", line)

    def holds_on(self, day: date) -> bool:
        """Whether the key point is to be visited on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leave:
    """Days on which a worker need not walk; both inclusive."""

    worker_id: int
    from_day: date
    to_day: date
    reason: str = ""

    def __post_init__(self) -> None:
        if self.to_day < self.from_day:
            raise BadValue(field="to_day", value=self.to_day, allowed=f"{self.from_day} or later")


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkResult:
    """What one worker's steps gave to one round of one grid."""

    worker_id: int
    grid_code: str
    day: date
    ordinal: int
    bitmap: bytes  # bit i (least significant first): spot i of the reachable cells was seen (spots.py)
    minutes: float
    fixes: int
    longest_gap_s: int
    confidence: float
    visited: tuple[int, ...]  # ids of key points


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What an open round comes to, and the numbers behind it."""

    verdict: Verdict
    why: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundResult:
    """One round of one grid as of now, or as it was closed."""

    grid_code: str
    day: date
    ordinal: int
    plan_id: int
    starts_ms: int
    ends_ms: int
    state: State
    cells: int  # in spots, as `covered`
    covered: int
    bitmap: bytes  # as in WalkResult
    minutes: float
    key_points: int
    visited: int
    confidence: float
    longest_gap_s: int
    fixes: int
    done_ms: int | None = None  # when every criterion was met
    revised_ms: int | None = None  # when late data changed the closed round
    forecast: Forecast | None = None  # of an open round

    @property
    def key(self) -> RoundKey:
        """Which round of which grid this is."""
        return RoundKey(grid_code=self.grid_code, day=self.day, ordinal=self.ordinal)


def clock_text(minute: int) -> str:
    """Minute of the day as HH:MM; 1440 is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def clock_minute(name: str, text: str) -> int:
    """Minute of the day from HH:MM; raises BadValue with the field's name."""
    hours, _, minutes = text.partition(":")
    is_plain = len(text) == 5 and hours.isdecimal() and minutes.isdecimal() and text.isascii()
    minute = int(hours) * 60 + int(minutes) if is_plain else -1
    if not is_plain or int(minutes) > 59 or minute > DAY_MINUTES:
        raise BadValue(field=name, value=text, allowed="HH:MM from 00:00 to 24:00")
    return minute


def patterns_from_json(rounds: Iterable[Mapping[str, object]]) -> tuple[RoundPattern, ...]:
    """Rounds of a plan from the form in which they are stored and sent; raises BadValue."""
    return tuple(_pattern(one) for one in rounds)


def patterns_to_json(rounds: Iterable[RoundPattern]) -> list[dict[str, object]]:
    """The opposite of `patterns_from_json`."""
    return [
        {
            "name": one.name,
            "starts": clock_text(one.starts),
            "ends": clock_text(one.ends),
            "weekdays": list(one.weekdays),
            "days": str(one.days),
        }
        for one in rounds
    ]


def _pattern(one: Mapping[str, object]) -> RoundPattern:
    weekdays = one.get("weekdays", EVERY_DAY)
    if not isinstance(weekdays, list | tuple):
        raise BadValue(field="rounds.weekdays", value=weekdays, allowed="a list of 1..7")
    days = str(one.get("days", DayKind.ALL))
    if days not in {*DayKind}:
        raise BadValue(field="rounds.days", value=days, allowed=", ".join(DayKind))
    return RoundPattern(
        name=str(one.get("name", "")),
        starts=clock_minute("rounds.starts", str(one.get("starts", ""))),
        ends=clock_minute("rounds.ends", str(one.get("ends", ""))),
        weekdays=tuple(weekdays),
        days=DayKind(days),
    )


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise BadValue(field=name, value=value, allowed=f"{low}..{high}")
