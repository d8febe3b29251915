from __future__ import annotations

import numpy as np
import pytest

from tests.unit.patrol.patrol_house import MORNING
from tracker.patrol.forecast import Standing, forecast, pace_of
from tracker.patrol.judge import Heard, Union, met_ms, needed, state_of
from tracker.patrol.model import Criteria, State, Verdict
from tracker.patrol.walks import NEVER

MINUTE = 60_000
CRITERIA = Criteria(min_coverage=0.7, min_minutes=30, all_key_points=True, min_confidence=0.5)
IN_IT, AFTER = MORNING.starts_ms + 1, MORNING.ends_ms + 1


def union(seen: int = 7, minutes: int = 30, *, visited: int = 0) -> Union:
    """Ten cells, one more each minute; a minute on foot in each minute; key points visited in the 50th minute."""
    return Union(
        seen_ms=np.array([n * MINUTE if n < seen else NEVER for n in range(10)], np.int32),
        visited_ms=np.array([50 * MINUTE] * visited, np.int32),
        inside_ms=np.array([MINUTE if n < minutes else 0 for n in range(300)], np.int64),
    )


def state(now_ms: int = AFTER, done_ms: int | None = None, *, excused: bool = False, heard: float = 1.0) -> State:
    duty = Heard(heard_ms=int(1000 * heard), duty_ms=1000)
    return state_of(window=MORNING, now_ms=now_ms, done_ms=done_ms, excused=excused, heard=duty, criteria=CRITERIA)


def test_a_round_is_met_when_its_last_criterion_is() -> None:
    assert met_ms(union(), CRITERIA) == 30 * MINUTE - 1
    assert met_ms(union(visited=1), CRITERIA) == 50 * MINUTE


@pytest.mark.parametrize(
    "lacking",
    [
        union(seen=6),
        union(minutes=29),
        Union(seen_ms=union().seen_ms, visited_ms=np.array([1, NEVER], np.int32), inside_ms=union().inside_ms),
    ],
)
def test_a_round_that_lacks_anything_is_not_met(lacking: Union) -> None:
    assert met_ms(lacking, CRITERIA) is None


def test_key_points_may_be_left_to_the_worker() -> None:
    lenient = Criteria(all_key_points=False)
    assert met_ms(
        Union(seen_ms=union().seen_ms, visited_ms=np.array([NEVER], np.int32), inside_ms=union().inside_ms), lenient
    )


def test_a_grid_whose_ground_is_not_known_is_judged_by_its_minutes() -> None:
    def nowhere(minutes: int) -> Union:
        return Union(
            seen_ms=np.empty(0, np.int32), visited_ms=union().visited_ms, inside_ms=union(minutes=minutes).inside_ms
        )

    assert met_ms(nowhere(30), CRITERIA) == 30 * MINUTE - 1
    assert met_ms(nowhere(29), CRITERIA) is None
    assert met_ms(nowhere(0), Criteria(min_minutes=0)) is None, "nothing walked is not a round"


def test_the_needed_spots_are_rounded_up_but_not_by_rounding_errors() -> None:
    assert [needed(spots, 0.7) for spots in (10, 11, 0, 1)] == [7, 8, 0, 1]
    assert needed(100, 0.07) == 7


def test_states_follow_the_clock() -> None:
    times = (MORNING.starts_ms - 1, MORNING.starts_ms, MORNING.ends_ms - 1, MORNING.ends_ms)
    assert [state(at) for at in times] == [State.WAITING, State.OPEN, State.OPEN, State.MISSED]


def test_done_in_the_window_is_done_at_once() -> None:
    assert state(IN_IT, MORNING.starts_ms + 1) is State.DONE
    assert state(AFTER, MORNING.ends_ms - 1) is State.DONE


def test_done_after_the_window_is_late() -> None:
    assert state(AFTER, MORNING.ends_ms) is State.LATE


def test_silence_on_duty_is_no_data() -> None:
    assert state(heard=0.49) is State.NO_DATA
    assert state(heard=0.5) is State.MISSED


def test_nobody_on_duty_is_missed() -> None:
    nobody = Heard(heard_ms=0, duty_ms=0)
    found = state_of(window=MORNING, now_ms=AFTER, done_ms=None, excused=False, heard=nobody, criteria=CRITERIA)
    assert found is State.MISSED
    assert nobody.confidence == 0


def test_leave_excuses_but_takes_nothing_away() -> None:
    assert state(excused=True, heard=0) is State.EXCUSED
    assert state(AFTER, MORNING.ends_ms - 1, excused=True) is State.DONE


def standing(**about: float) -> Standing:
    usual = {"spots_missing": 350, "covered": 350, "minutes": 30, "minutes_left": 60, "pace": 7, "usual_minutes": 45}
    return Standing(**{**usual, "has_begun": True, **about})  # type: ignore[arg-type]


@pytest.mark.parametrize(("pace", "verdict"), [(0.84, Verdict.OK), (0.7, Verdict.AT_RISK), (0.66, Verdict.WILL_MISS)])
def test_the_pace_decides(pace: float, verdict: Verdict) -> None:
    assert forecast(standing(pace=7 * pace), CRITERIA).verdict is verdict


def test_minutes_must_fit_too() -> None:
    assert forecast(standing(spots_missing=0, minutes=10, minutes_left=10), CRITERIA).verdict is Verdict.WILL_MISS


def test_a_rest_is_judged_by_the_walk_so_far() -> None:
    found = forecast(standing(pace=0, covered=420, minutes=40), CRITERIA)
    assert found.verdict is Verdict.OK
    assert found.why["pace"] == 1.5


def test_before_the_first_step_the_usual_time_decides() -> None:
    before = {"has_begun": False, "covered": 0, "minutes": 0, "pace": 0}
    verdicts = [forecast(standing(**before, minutes_left=left), CRITERIA).verdict for left in (46, 44)]
    assert verdicts == [Verdict.OK, Verdict.WILL_MISS]


def test_the_pace_is_that_of_the_best_walker_of_late() -> None:
    now = 100 * MINUTE
    long_ago = np.full(50, 10 * MINUTE, np.int32)
    slow = np.array([now - 15 * MINUTE, now - MINUTE, NEVER], np.int32)
    quick = np.linspace(now - 10 * MINUTE, now, 20).astype(np.int32)
    assert pace_of([long_ago, slow, quick], now) == pytest.approx(2.0)
    assert pace_of([long_ago], now) == 0
    assert pace_of([np.full(5, now - MINUTE, np.int32)], now) == 1.0  # a minute is no pace: five are taken
