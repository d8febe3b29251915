from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.kpi_counts import COUNTS
from tracker.cases.stats_fair import LEAST, WEIGHTS, Prior, prior, wilson
from tracker.cases.stats_league import LEAGUES, league

shares = st.lists(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=30
)


def test_one_lucky_case_does_not_beat_many_good_ones() -> None:
    mean = prior([(1, 1), (95, 100), (80, 100), (60, 100)])
    assert mean is not None
    assert mean.shrunk(1, 1) < mean.shrunk(95, 100)


def test_no_cases_are_the_mean() -> None:
    assert Prior(mean=Fraction(7, 10), weight=20).shrunk(0, 0) == Fraction(7, 10)


def test_members_who_differ_by_chance_alone_are_drawn_together_hard() -> None:
    mean = prior([(8, 10), (9, 10), (7, 10), (8, 10)])
    assert mean is not None
    assert mean.weight == WEIGHTS[1]


def test_nothing_at_all_has_no_mean() -> None:
    assert prior([(0, 0)]) is None


@given(shares)
def test_a_shrunk_share_lies_between_its_own_and_the_mean(members: list[tuple[int, int]]) -> None:
    mean = prior(members)
    assert mean is not None
    for above, below in members:
        own = Fraction(above, below)
        assert min(own, mean.mean) <= mean.shrunk(above, below) <= max(own, mean.mean)


@pytest.mark.parametrize(
    ("above", "below", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)]
)
def test_the_interval_is_wilsons(above: int, below: int, low: float, high: float) -> None:
    found = wilson(above, below)
    assert found is not None
    assert found == pytest.approx((low, high), abs=0.001)


def test_nothing_to_divide_by_has_no_interval() -> None:
    assert wilson(0, 0) is None


def counts(**more: int) -> dict[str, int]:
    return dict.fromkeys(COUNTS, 0) | more


def test_members_with_few_cases_are_shown_but_not_ranked() -> None:
    full = {"due": 100, "closed": 90, "to_handle": 100, "handled": 95, "handled_on_time": 80}
    few = {"due": LEAST - 1, "closed": LEAST - 1, "to_handle": 9, "handled": 9, "handled_on_time": 9}
    members = {"130523|d:A": counts(**full), "130523|d:B": counts(**few), "130523|d:C": counts()}
    rows = league(LEAGUES["department"], {scope: scope[-1] for scope in members}, members, {})
    assert [(row.key, row.rank) for row in rows] == [("A", 1), ("B", None)]
    assert rows[1].score is not None
    assert rows[1].fair is None


def test_a_department_is_scored_by_the_published_formula() -> None:
    # 10x1 + 30x0.9 + 30x0.8 + 30x(1-0.1) = 10 + 27 + 24 + 27 = 88: B
    own = counts(due=10, closed=9, to_handle=10, handled=10, handled_on_time=8, reworks=1)
    rows = league(LEAGUES["department"], {"130523|d:A": "甲"}, {"130523|d:A": own}, {})
    assert (rows[0].score, rows[0].grade) == (88.0, "B")
