from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.alike import FAR_M, LONG_MS, SAME, around, distance_m, likeness, score


def test_a_quarter_of_the_earth_is_ten_thousand_kilometres() -> None:
    assert distance_m(0, 0, 900000000, 0) == pytest.approx(10_007_557, rel=1e-4)


def test_alike_texts_are_near_one() -> None:
    assert likeness("村口垃圾没人清运", "村口垃圾没人清运") == 1.0
    assert likeness("村口垃圾没人清运", "路灯不亮") == 0.0
    assert likeness("村口垃圾没人清运", "村东垃圾没人清") > 0.5


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1


@given(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 10 * FAR_M)), st.integers(-2 * LONG_MS, 2 * LONG_MS))
def test_a_score_is_bounded(words: float, away_m: float | None, apart_ms: int) -> None:
    assert 0 <= score(words=words, away_m=away_m, apart_ms=apart_ms) <= 1


def test_the_same_words_at_the_same_place_are_the_same_case() -> None:
    assert score(words=1, away_m=0, apart_ms=0) == 1
    assert score(words=0.7, away_m=50, apart_ms=86_400_000) > SAME


def test_other_words_at_the_same_place_are_not() -> None:
    assert score(words=0, away_m=0, apart_ms=86_400_000) < SAME


def test_the_same_words_far_off_are_not() -> None:
    assert score(words=0.7, away_m=None, apart_ms=86_400_000) < SAME


def test_the_places_around_lie_half_way_to_what_is_far() -> None:
    here = 370000000, 1145000000
    ways = sorted(distance_m(*here, *one) for one in around(*here))
    assert ways[0] == 0
    assert ways[1:5] == pytest.approx([FAR_M / 2] * 4, rel=1e-3)
