from __future__ import annotations

from datetime import date

import pytest

from tracker.patrol.http_work import needs_hand, urgency
from tracker.patrol.model import Forecast, RoundResult, State, Verdict


def result(state: State = State.OPEN, verdict: Verdict | None = None, covered: int = 0) -> RoundResult:
    return RoundResult(
        grid_code="130533106200001",
        day=date(2026, 11, 24),
        ordinal=1,
        plan_id=1,
        starts_ms=0,
        ends_ms=1,
        state=state,
        cells=10,
        covered=covered,
        bitmap=b"",
        minutes=0.0,
        key_points=0,
        visited=0,
        confidence=1.0,
        longest_gap_s=0,
        fixes=covered,
        forecast=Forecast(verdict=verdict, why={}) if verdict else None,
    )


@pytest.mark.parametrize("verdict", [None, Verdict.OK])
def test_a_round_on_its_way_needs_nobody(verdict: Verdict | None) -> None:
    assert not needs_hand(result(verdict=verdict, covered=1))


@pytest.mark.parametrize("verdict", [Verdict.AT_RISK, Verdict.WILL_MISS])
def test_a_round_that_is_too_slow_needs_somebody(verdict: Verdict) -> None:
    assert needs_hand(result(verdict=verdict, covered=9))


@pytest.mark.parametrize("verdict", [None, Verdict.OK])
def test_a_round_that_nobody_began_needs_somebody_however_much_time_is_left(verdict: Verdict | None) -> None:
    assert needs_hand(result(verdict=verdict))


@pytest.mark.parametrize("state", State)
def test_of_the_others_those_not_done_need_somebody(state: State) -> None:
    if state is not State.OPEN:
        assert needs_hand(result(state, covered=9)) == (state in {State.MISSED, State.NO_DATA})


def test_overdue_comes_before_not_started_and_that_before_slow() -> None:
    rounds = [
        result(verdict=Verdict.AT_RISK, covered=1),
        result(verdict=Verdict.WILL_MISS, covered=1),
        result(),
        result(State.NO_DATA),
    ]
    assert sorted(rounds, key=urgency) == rounds[::-1]
