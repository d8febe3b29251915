"""What the routes of the worker's phone take and give."""

from __future__ import annotations

from datetime import date

import msgspec

from tracker.patrol.http_answers import WindowAnswer
from tracker.patrol.notices import Notice

Place = tuple[float, float]  # lon, lat


class GridAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The worker's grid and its outer border."""

    code: str
    name: str
    ring: list[Place]


class MyTick(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the checklist that is ticked in this round, by the worker or by a colleague."""

    line: int  # from 0
    at_ms: int
    own: bool
    name: str


class MyPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A key point of the own grid."""

    id: int
    name: str
    lon: float
    lat: float
    radius_m: int
    visited: bool
    checklist: list[str]
    ticks: list[MyTick]


class Nearest(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest part not yet seen, from the phone's newest stored position."""

    lon: float
    lat: float
    distance_m: int
    bearing: int  # degrees clockwise from north


class MyRound(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone shows of the round now; `round` is null between two rounds."""

    now_ms: int
    round: WindowAnswer | None
    next: WindowAnswer | None
    grid: GridAnswer
    cells: list[str]
    centers: list[Place]
    seen: str
    covered: int
    total: int
    minutes: float
    min_minutes: int
    min_coverage: float
    sight_radius_m: int
    key_points: list[MyPoint]
    nearest: Nearest | None
    notices: list[Notice]


class OwnDispute(msgspec.Struct, frozen=True, kw_only=True):
    """The newest own dispute of a round."""

    id: int
    text: str
    decision: str | None
    note: str


class OwnRound(msgspec.Struct, frozen=True, kw_only=True):
    """One past round of the own grid: what it came to, and the own share of it."""

    day: date
    ordinal: int
    name: str
    starts_ms: int
    ends_ms: int
    state: str
    cells: int
    covered: int
    minutes: float
    key_points: int
    visited: int
    confidence: float
    longest_gap_s: int
    revised_ms: int | None
    own_covered: int
    own_minutes: float
    dispute: OwnDispute | None


class OwnRounds(msgspec.Struct, frozen=True, kw_only=True):
    """Own past rounds, newest first."""

    rounds: list[OwnRound]


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to a notice."""

    answer: str


class DisputeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which round, and what is wrong about its result."""

    day: date
    ordinal: int
    text: str


class TickBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a key point's checklist in one round: ticked, or with `done` false no longer."""

    key_point: int
    day: date
    ordinal: int
    line: int
    at_ms: int
    done: bool = True


class TicksBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ticks that a phone gathered; those sent before may be among them."""

    ticks: list[TickBody]


class DisputeMade(msgspec.Struct, frozen=True, kw_only=True):
    """The dispute's id."""

    id: int
