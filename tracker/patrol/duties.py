"""How long workers were on duty in a window, asked at marks and remembered: shifts last hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker.patrol.model import MINUTE_MS, RoundWindow
from tracker.patrol.results import OnDuty

IsOnDuty = Callable[[int, int], bool]  # (worker, at_ms)
MARK_MS = 5 * MINUTE_MS
NOT_ON_DUTY = OnDuty(ms=0, first_ms=0, last_ms=0)


@dataclass(slots=True)
class _Duty:
    next_ms: int
    ms: int = 0
    first_ms: int = 0
    last_ms: int = 0


class Duties:
    """Of one day; each mark is asked for once."""

    def __init__(self, is_on_duty: IsOnDuty) -> None:
        self._is_on_duty = is_on_duty
        self._known: dict[tuple[int, int, int], _Duty] = {}

    def of(self, worker: int, window: RoundWindow, now_ms: int) -> OnDuty:
        """A worker's time on duty in a window up to now."""
        key = worker, window.starts_ms, window.ends_ms
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Duty(next_ms=window.starts_ms)
        until = min(now_ms, window.ends_ms)
        while known.next_ms < until:
            at = known.next_ms
            known.next_ms = min(at + MARK_MS, window.ends_ms)
            if self._is_on_duty(worker, at):
                known.first_ms = known.first_ms or at
                known.ms += known.next_ms - at
                known.last_ms = known.next_ms
        if not known.ms:
            return NOT_ON_DUTY
        # The mark that is running counts only up to now.
        ahead = max(0, known.last_ms - until)
        return OnDuty(ms=known.ms - ahead, first_ms=known.first_ms, last_ms=known.last_ms - ahead)
