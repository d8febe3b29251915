"""Which times of a recording can be used, and what to put where they cannot: pure rules."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from tracker.demo.replay.problems import BrokenRecording, Problem
from tracker.demo.replay.recording import Point, Recording

MISSING = "has no time"
UNREADABLE = "is no time such as 2026-05-29T04:26:40Z"
NOT_INCREASING = "does not increase along the track"
HINT = "give points without a usable time evenly spaced ones with --repair-times SECONDS, such as --repair-times 15"


def usable(points: Sequence[Point]) -> list[bool]:
    """The longest row of points whose times only increase: one wild time costs itself, not all that follow."""
    ends_ms: list[int] = []  # the smallest time that ends a row of length 1, 2, …
    length_at: list[int] = []
    for point in points:
        if point.at_ms is None:
            length_at.append(0)
            continue
        place = bisect_left(ends_ms, point.at_ms)
        ends_ms[place : place + 1] = [point.at_ms]
        length_at.append(place + 1)
    return _row(points, length_at, len(ends_ms))


def _row(points: Sequence[Point], length_at: Sequence[int], longest: int) -> list[bool]:
    chosen = [False] * len(points)
    wanted, before_ms = longest, None
    for i in range(len(points) - 1, -1, -1):
        at_ms = points[i].at_ms
        if at_ms is not None and length_at[i] == wanted and (before_ms is None or at_ms < before_ms):
            chosen[i], before_ms, wanted = True, at_ms, wanted - 1
    return chosen


def problems(points: Sequence[Point]) -> list[Problem]:
    """What is wrong with each time that cannot be used."""
    return [_problem(point) for point, good in zip(points, usable(points), strict=True) if not good]


def _problem(point: Point) -> Problem:
    text = (point.time or "").strip()
    what = MISSING if not text else UNREADABLE if point.at_ms is None else NOT_INCREASING
    return Problem(field="time", value=text, what=what, line=point.line, point=point.number)


def require_times(recording: Recording) -> None:
    """Raises BrokenRecording with every point whose time cannot be used."""
    if found := problems(recording.points):
        head = f"{recording.file}: {len(found)} of {len(recording.points)} points have no usable time; {HINT}"
        raise BrokenRecording(recording.file, found, head)


def repaired(points: Sequence[Point], step_ms: int, alone_ms: int) -> list[Point]:
    """Points with times that only increase: those without a usable one come `step_ms` after the point before.

    Where the next good time is nearer than that, they share the space evenly. Those before the first good time are
    counted back from it; where no time is good at all, the last point gets `alone_ms`.
    """
    good = [i for i, one in enumerate(usable(points)) if one]
    if not good:
        last = len(points) - 1
        return [replace(point, at_ms=alone_ms - (last - i) * step_ms) for i, point in enumerate(points)]
    times = [_time(points, good, i, step_ms) for i in range(len(points))]
    return [replace(point, at_ms=time) for point, time in zip(points, times, strict=True)]


def _time(points: Sequence[Point], good: Sequence[int], i: int, step_ms: int) -> int:
    place = bisect_left(good, i)
    after = good[place] if place < len(good) else None
    if after == i or place == 0:
        first = good[place]
        return _at(points[first]) - (first - i) * step_ms
    before = good[place - 1]
    start_ms = _at(points[before])
    if after is None:
        return start_ms + (i - before) * step_ms
    share_ms = (_at(points[after]) - start_ms) / (after - before)
    return start_ms + int((i - before) * min(step_ms, share_ms))


def shifted(points: Sequence[Point], last_ms: int) -> list[Point]:
    """The same times moved so that the last point is at `last_ms`."""
    by_ms = last_ms - _at(points[-1])
    return [replace(point, at_ms=_at(point) + by_ms) for point in points]


def presses(points: Sequence[Point], shift_ms: int) -> list[int]:
    """When 上岗 must be pressed so that every point lies within a shift of at most `shift_ms`."""
    found: list[int] = []
    for point in points:
        if not found or _at(point) >= found[-1] + shift_ms:
            found.append(_at(point))
    return found


def _at(point: Point) -> int:
    assert point.at_ms is not None  # noqa: S101  # require_times or repaired came before
    return point.at_ms
