from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.kpi import COMPOSITES, FORMULAS, SCORES, composites, grade, percent, rates, volume_score
from tracker.cases.kpi_counts import COUNTS

NOTHING = dict.fromkeys(COUNTS, 0)


def published(key: str, **counts: int) -> str | None:
    return percent(FORMULAS[key].value(NOTHING | counts))


# Bulletins as printed: 天门, December 2016: 972 due, 911 closed, 737 of them on time; events 902 of 956, parts 9 of 16.
# Another district: 5912 of 6026.
@pytest.mark.parametrize(
    ("key", "counts", "printed"),
    [
        ("closing", {"due": 972, "closed": 911}, "93.72"),
        ("closing_on_time", {"due": 972, "closed_on_time": 737}, "75.82"),
        ("closing", {"due": 956, "closed": 902}, "94.35"),
        ("closing", {"due": 16, "closed": 9}, "56.25"),
        ("closing", {"due": 6026, "closed": 5912}, "98.11"),
    ],
)
def test_published_bulletins_are_reproduced(key: str, counts: dict[str, int], printed: str) -> None:
    assert published(key, **counts) == printed


@pytest.mark.parametrize(
    ("key", "counts", "wanted"),
    [
        ("closing_late", {"due": 100, "closed": 90, "closed_on_time": 80}, "10.00"),
        ("dispatch_right", {"to_dispatch": 50, "dispatches": 48, "wrong_dispatches": 3}, "90.00"),
        ("filing_right", {"filed": 40, "voided": 1}, "97.50"),
        ("missed", {"filed": 80, "public_verified": 4}, "5.00"),
        ("satisfaction", {"satisfied": 8, "basic": 1, "unsatisfied": 1}, "80.00"),
        ("rework", {"due": 3, "reworks": 1}, "33.33"),
        ("closing_of_reports", {"reports": 8000, "closed": 7930}, "99.13"),  # 99.125: halves go up
    ],
)
def test_formulas_count_what_they_say(key: str, counts: dict[str, int], wanted: str) -> None:
    assert published(key, **counts) == wanted


def test_nothing_to_divide_by_is_neither_0_nor_100_percent() -> None:
    assert {one.value for one in rates(NOTHING)} == {None}
    assert {one.percent for one in rates(NOTHING)} == {None}
    assert {one.score for one in composites(NOTHING, dict.fromkeys(SCORES))} == {None}


def test_every_formula_shows_its_words() -> None:
    assert FORMULAS["closing"].text == "结案率 = 结案数 / 应结案数"
    assert FORMULAS["closing"].text_en == "Closing rate = closed / due"
    assert FORMULAS["closing_late"].text == "超期结案率 = (结案数 − 按期结案数) / 应结案数"
    assert COMPOSITES["department"].text_en == (
        "Department = score of volume × 10% + closing rate × 30% + handled on time × 30% + (1−rework) × 30%"
    )
    assert COMPOSITES["worker"].text == "监督员 = 有效上报率×40% + (1−漏报率)×20% + 按时核实率×20% + 按时核查率×20%"


def test_more_missed_than_filed_takes_no_points_from_other_parts() -> None:
    rates = {"valid_reports": Fraction(1), "missed": Fraction(3, 2), "verified_on_time": Fraction(1)}
    assert COMPOSITES["worker"].score(rates | {"checked_on_time": Fraction(1)}) == 80


def test_weights_of_a_composite_are_a_hundred() -> None:
    assert {sum(weight for _, weight, _ in one.parts) for one in COMPOSITES.values()} == {100}


def test_a_worker_is_graded_by_hand() -> None:
    # 0.9x40 + (1-0.05)x20 + 1x20 + 0.8x20 = 36 + 19 + 20 + 16 = 91: A
    counts = {
        "reports": 10,
        "valid_reports": 9,
        "filed": 20,
        "public_verified": 1,
        "to_verify": 4,
        "verified_on_time": 4,
    }
    counts |= {"to_check": 5, "checked_on_time": 4}
    worker = next(one for one in composites(NOTHING | counts, {}) if one.key == "worker")
    assert (worker.score, worker.grade) == (91.0, "A")


def test_a_department_is_graded_by_hand() -> None:
    # 10x0.5 + 30x0.9 + 30x0.8 + 30x(1-0.1) = 5 + 27 + 24 + 27 = 83: B
    counts = {"due": 10, "closed": 9, "to_handle": 10, "handled_on_time": 8, "reworks": 1}
    scores = {"volume_score": volume_score(10, [10, 20, 5])}
    department = next(one for one in composites(NOTHING | counts, scores) if one.key == "department")
    assert (department.score, department.grade) == (83.0, "B")


@pytest.mark.parametrize(
    ("score", "letter"),
    [
        (100, "A"),
        (90, "A"),
        (89.99, "B"),
        (75, "B"),
        (74.99, "C"),
        (60, "C"),
        (59.9, "D"),
        (40, "D"),
        (39.9, "E"),
        (0, "E"),
    ],
)
def test_grades_begin_at_their_marks(score: float, letter: str) -> None:
    assert grade(Fraction(score)) == letter


def test_no_score_has_no_grade() -> None:
    assert grade(None) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_percent_is_within_half_a_hundredth(above: int, below: int) -> None:
    shown = percent(Fraction(above, below))
    assert shown is not None
    assert abs(Fraction(shown) - Fraction(above * 100, below)) <= Fraction(5, 1000)
