"""What really happens to each worker's round, how often, and what an honest report must say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tracker.patrol.model import State


class Truth(StrEnum):
    """One worker in one round, as the generator made it."""

    FULL = "walked all"
    LANES = "walked all, lanes show < 78 %"
    LATE_UPLOAD = "walked all, uploaded 5 h late"
    MAKE_UP = "finished after the window"
    PART = "walked 40 %"
    SHORT = "came 25 minutes"
    ABSENT = "did not come"
    DEAD = "phone dead on the way"
    OFF = "phone off"
    VAGUE = "GPS bad all round"
    LEAVE = "on leave"
    FROZEN = "frozen app"
    MOCK = "mock app"
    DRIVE = "drives through"
    TWIN = "phone carried by a colleague"
    REPLAY = "yesterday's track again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What the reports must say, the share of rounds, and the signals that a supervisor must be shown."""

    state: State
    share: float
    signals: frozenset[str] = frozenset()


def _of(state: State, share: float, *signals: str) -> Expected:
    return Expected(state=state, share=share, signals=frozenset(signals))


EXPECTED = {
    Truth.FULL: _of(State.DONE, 0.0),  # the rest of all
    Truth.LANES: _of(State.MISSED, 0.0),  # or done: nobody can say that a report is wrong here
    Truth.LATE_UPLOAD: _of(State.DONE, 0.006),
    Truth.MAKE_UP: _of(State.LATE, 0.006),
    Truth.PART: _of(State.MISSED, 0.015),
    Truth.SHORT: _of(State.MISSED, 0.01),
    Truth.ABSENT: _of(State.MISSED, 0.015),
    Truth.DEAD: _of(State.NO_DATA, 0.012),
    Truth.OFF: _of(State.NO_DATA, 0.012),
    Truth.VAGUE: _of(State.NO_DATA, 0.005),
    Truth.LEAVE: _of(State.EXCUSED, 0.0),  # of whole days, see LEAVE_SHARE
    Truth.FROZEN: _of(State.MISSED, 0.003, "frozen"),
    Truth.MOCK: _of(State.NO_DATA, 0.003, "mock"),
    Truth.DRIVE: _of(State.MISSED, 0.004, "driving"),
    Truth.TWIN: _of(State.MISSED, 0.003, "together"),
    Truth.REPLAY: _of(State.DONE, 0.003, "copied"),  # the cells are seen: only the signal tells
}
HONEST = frozenset(Truth) - {Truth.FROZEN, Truth.MOCK, Truth.DRIVE, Truth.TWIN, Truth.REPLAY}  # if not diligent
LEAVE_SHARE = 0.1  # of workers take LEAVE_DAYS once
LEAVE_DAYS = (2, 6)
SHOWN_ONCE = tuple(one for one in Truth if one not in {Truth.FULL, Truth.LANES, Truth.LEAVE})


def draw(chance: np.random.Generator, workers: int) -> list[Truth]:
    """A truth for each worker of one round; leave, partners and yesterdays are seen to by who asks."""
    names = list(EXPECTED)
    shares = np.array([EXPECTED[one].share for one in names])
    shares[0] = 1.0 - shares.sum()
    return [names[place] for place in chance.choice(len(names), workers, p=shares).tolist()]


def each_once(drawn: list[Truth], at: Sequence[int]) -> None:
    """Put every odd truth into one round, so that the smallest month has them all: at these workers, in order."""
    for place, truth in zip(at, SHOWN_ONCE, strict=False):
        drawn[place] = truth
