"""The clocks of one case: started, paused, finished and lengthened by the moves of a transition; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from tracker.cases.rows import Clock
from tracker.cases.states import ClockMove, Stage
from tracker.cases.worktime import YELLOW, Unit, WorkCalendar, deadline, used
from tracker.errors import SanxunError

Limit = tuple[int, Unit]
_BY_THE_CLOCK = {Unit.WORK_HOUR: (60, Unit.MINUTE), Unit.WORK_DAY: (1, Unit.NATURAL_DAY)}


class BrokenClock(SanxunError):
    """A clock was moved in a way that the state table does not know: a bug, nothing is stored."""


def limit_for(limit: Limit, *, urgent: bool) -> Limit:
    """Emergencies run day and night: working hours become hours, working days natural days."""
    value, unit = limit
    factor, by_the_clock = _BY_THE_CLOCK.get(unit, (1, unit)) if urgent else (1, unit)
    return value * factor, by_the_clock


def timed(clock: Clock, calendar: WorkCalendar) -> Clock:
    """The clock with its yellow and its deadline reckoned anew; both None while it is paused."""
    whole = clock.limit_value + clock.extended
    ends = [
        deadline(calendar, clock.limit_unit, clock.started_ms, share * whole, clock.pauses)
        for share in (YELLOW, Fraction(1))
    ]
    if clock.is_paused:
        ends = [None, None]
    return replace(clock, yellow_ms=ends[0], deadline_ms=ends[1], next_ms=_next(clock, ends[0], ends[1]))


def _next(clock: Clock, yellow_ms: int | None, deadline_ms: int | None) -> int | None:
    """When the watch looks at it: at its yellow, then at its deadline, then never."""
    if clock.finished_ms is not None or clock.escalated_ms is not None:
        return None
    return yellow_ms if clock.warned_ms is None else late_ms(deadline_ms)


def late_ms(deadline_ms: int | None) -> int | None:
    """The first instant at which a deadline is over: on the deadline itself nobody is late."""
    return None if deadline_ms is None else deadline_ms + 1


def move(
    clocks: Sequence[Clock],
    moves: Iterable[ClockMove],
    *,
    now_ms: int,
    calendar: WorkCalendar,
    limits: Mapping[Stage, Limit],
    department: str | None,
) -> list[Clock]:
    """All clocks after the moves; clocks that no move names stay as they are."""
    after = {(clock.stage, clock.round): clock for clock in clocks}
    for one in moves:
        if one.verb == "start":
            started = _started(one.stage, after.values(), now_ms, limits[one.stage], department)
            after[started.stage, started.round] = timed(started, calendar)
            continue
        running = [clock for clock in after.values() if clock.stage is one.stage and clock.finished_ms is None]
        if not running and one.verb != "cancel":
            raise BrokenClock(f"{one.verb}: no clock {one.stage} is running")
        for clock in running:
            after[clock.stage, clock.round] = _moved(clock, one.verb, now_ms, calendar)
    return list(after.values())


def lengthen(clocks: Sequence[Clock], stage: Stage, more: int, calendar: WorkCalendar) -> list[Clock]:
    """The running clock of the stage gets `more` units; a new yellow may come, so it is watched again."""
    return [
        timed(replace(clock, extended=clock.extended + more, warned_ms=None, escalated_ms=None), calendar)
        if clock.stage is stage and clock.finished_ms is None
        else clock
        for clock in clocks
    ]


def running(clocks: Iterable[Clock], stage: Stage) -> Clock | None:
    """The unfinished clock of a stage."""
    return next((clock for clock in clocks if clock.stage is stage and clock.finished_ms is None), None)


def lights(clocks: Iterable[Clock]) -> tuple[int | None, int | None]:
    """The earliest yellow and the earliest deadline of the running clocks."""
    open_clocks = [clock for clock in clocks if clock.finished_ms is None]
    yellow = [clock.yellow_ms for clock in open_clocks if clock.yellow_ms is not None]
    red = [clock.deadline_ms for clock in open_clocks if clock.deadline_ms is not None]
    return min(yellow, default=None), min(red, default=None)


def _started(stage: Stage, before: Iterable[Clock], now_ms: int, limit: Limit, department: str | None) -> Clock:
    rounds = [clock.round for clock in before if clock.stage is stage]
    return Clock(
        stage=stage,
        round=max(rounds, default=0) + 1,
        limit_value=limit[0],
        limit_unit=limit[1],
        started_ms=now_ms,
        department_code=department,
    )


def _moved(clock: Clock, verb: str, now_ms: int, calendar: WorkCalendar) -> Clock:
    match verb:
        case "pause":
            return timed(replace(clock, pauses=[*clock.pauses, (now_ms, None)]), calendar)
        case "resume":
            return timed(replace(clock, pauses=[*clock.pauses[:-1], (clock.pauses[-1][0], now_ms)]), calendar)
        case "finish":
            on_time = clock.deadline_ms is None or now_ms <= clock.deadline_ms
            return replace(_sealed(clock, now_ms, calendar), on_time=on_time)
        case "cancel":
            return _sealed(clock, now_ms, calendar)
        case _:
            raise BrokenClock(f"no clock knows how to {verb}")


def _sealed(clock: Clock, now_ms: int, calendar: WorkCalendar) -> Clock:
    """Ended, with what a later edit of the calendar must not change."""
    amount = used(calendar, clock.limit_unit, clock.started_ms, now_ms, clock.pauses)
    snapshot: dict[str, Any] = {
        "used": round(float(amount), 6),
        "limit": clock.limit_value + clock.extended,
        "unit": clock.limit_unit.value,
        "deadline_ms": clock.deadline_ms,
        "plans": [
            {"from": plan.begins.isoformat(), "weekdays": sorted(plan.weekdays), "minutes": plan.hours}
            for plan in calendar.plans
        ],
        "special": {
            day.isoformat(): is_work
            for day, is_work in sorted(calendar.special.items())
            if _touches(day.toordinal(), clock.started_ms, now_ms)
        },
    }
    pauses = [(begins, now_ms if ends is None else ends) for begins, ends in clock.pauses]
    return replace(clock, finished_ms=now_ms, pauses=pauses, snapshot=snapshot, next_ms=None)


def _touches(ordinal: int, from_ms: int, to_ms: int) -> bool:
    day_ms, epoch = 86_400_000, 719_163  # date(1970, 1, 1).toordinal()
    return from_ms // day_ms - 1 <= ordinal - epoch <= to_ms // day_ms + 1
