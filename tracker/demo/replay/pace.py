"""How many points are due: everything at once, or as they were recorded, so many times faster. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.demo.replay.recording import Point
from tracker.errors import BadValue

BATCH = 100  # points a message, as phones send after a while without network
TURN_S = 1.0  # a paced replay sends at most so often


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """`speed` times as fast as recorded; None: as fast as the server answers."""

    speed: float | None = None

    def due(self, points: Sequence[Point], first: int, elapsed_s: float) -> int:
        """Where the next batch, which begins at `first`, ends; `first` itself when nothing is due yet."""
        end = min(first + BATCH, len(points))
        if self.speed is None:
            return end
        until_ms = _at(points[0]) + elapsed_s * 1000 * self.speed
        while end > first and _at(points[end - 1]) > until_ms:
            end -= 1
        return end

    def wait_s(self, points: Sequence[Point], first: int, elapsed_s: float) -> float:
        """Seconds until it is worth looking again."""
        if self.speed is None or first >= len(points):
            return 0.0
        return max(TURN_S, (_at(points[first]) - _at(points[0])) / 1000 / self.speed - elapsed_s)


def read_pace(text: str) -> Pace:
    """`max`, or a number above 0; raises BadValue."""
    if text == "max":
        return Pace()
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise BadValue(field="speed", value=text, allowed="max, or how many times faster than recorded, such as 60")
    return Pace(speed=speed)


def _at(point: Point) -> int:
    return point.at_ms or 0
