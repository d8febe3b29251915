"""Rates by their named formulas, fair order, files; the worked examples of docs/compliance.md are recomputed here."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.patrol.compliance import FORMULAS, MOST_NO_DATA, PRIOR_ROUNDS, Tally, report, shrunk, total
from tracker.patrol.report_files import to_csv, to_xlsx

DOC = (Path(__file__).parents[3] / "docs" / "compliance.md").read_text(encoding="utf-8")
COUNTY = Tally(key="county", done=9000, late=500, missed=500, no_data=800)
COUNTS = st.integers(0, 200)
TALLIES = st.builds(
    Tally, key=st.text("0123456789", min_size=1, max_size=4), done=COUNTS, late=COUNTS, missed=COUNTS,
    no_data=COUNTS, excused=COUNTS, by_others=COUNTS,
)  # fmt: skip


def examples() -> list[list[str]]:
    """Rows of the document's table of examples."""
    table = re.search(r"<!-- examples -->\n(.+?)\n\n", DOC, re.DOTALL)
    assert table
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()[2:]]


@pytest.mark.parametrize("example", examples(), ids=lambda row: row[0])
def test_the_document_s_examples_are_right(example: list[str]) -> None:
    name, *texts = example
    done, late, missed, no_data, excused, by_others = map(int, texts[:6])
    tally = Tally(key=name, done=done, late=late, missed=missed, no_data=no_data, excused=excused, by_others=by_others)
    (row,) = report([tally], COUNTY, {})
    found = [row.due, row.rate, row.rate_with_late, row.rate_known, row.no_data_share, row.value]
    shown = ["—" if value is None else f"{value:g}" for value in found]
    assert shown == texts[6:12]
    assert ("ranked" if row.rank else "not ranked") == texts[12]


def test_every_formula_is_in_the_document() -> None:
    assert [name for name in FORMULAS if f"`{name}`" not in DOC] == []
    assert f"{PRIOR_ROUNDS} rounds" in DOC
    assert f"{MOST_NO_DATA:g}" in DOC


def test_nothing_due_is_no_rate_at_all() -> None:
    (row,) = report([Tally(key="1", excused=3)], COUNTY, {})
    assert (row.rate, row.rate_with_late, row.rate_known, row.no_data_share, row.value, row.rank) == (None,) * 6


def test_one_lucky_round_does_not_beat_a_good_quarter() -> None:
    rows = report([Tally(key="lucky", done=1), Tally(key="steady", done=268, missed=5)], COUNTY, {})
    assert [(row.key, row.rank) for row in rows] == [("steady", 1), ("lucky", 2)]


def test_one_unlucky_round_does_not_fall_below_a_bad_quarter() -> None:
    rows = report([Tally(key="unlucky", missed=1), Tally(key="bad", done=100, missed=173)], COUNTY, {})
    assert [row.key for row in rows] == ["unlucky", "bad"]


def test_a_silent_phone_is_not_ranked() -> None:
    rows = report([Tally(key="silent", done=50, no_data=20), Tally(key="heard", done=50, missed=20)], COUNTY, {})
    assert [(row.key, row.rank) for row in rows] == [("heard", 1), ("silent", None)]


def test_equal_values_share_a_place() -> None:
    rows = report([Tally(key=key, done=10, missed=n) for key, n in (("a", 1), ("b", 1), ("c", 2))], COUNTY, {})
    assert [row.rank for row in rows] == [1, 1, 3]


@given(st.lists(TALLIES, max_size=20, unique_by=lambda one: one.key))
def test_rates_are_shares_and_counts_add_up(tallies: list[Tally]) -> None:
    for row in report(tallies, COUNTY, {}):
        assert row.due == row.done + row.late + row.missed + row.no_data + row.excused + row.by_others
        shares = [row.rate, row.rate_with_late, row.rate_known, row.no_data_share, row.value]
        assert all(share is None or 0 <= share <= 1 for share in shares)
        assert row.rate is None or row.rate_known is None or row.rate <= row.rate_known


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1))
def test_the_value_lies_between_the_own_rate_and_the_mean(done: int, missed: int, mean: float) -> None:
    value = shrunk(done, done + missed, mean)
    if value is not None:
        own = done / (done + missed)
        assert min(own, mean) - 1e-9 <= value <= max(own, mean) + 1e-9


def test_a_sum_weighs_coverage_by_known_rounds() -> None:
    found = total([Tally(key="a", done=3, coverage=0.9), Tally(key="b", missed=1, coverage=0.1)], "sum")
    assert (found.done, found.missed) == (3, 1)
    assert found.coverage == pytest.approx(0.7)


def test_a_name_that_is_a_formula_stays_text_in_files() -> None:
    rows = report([replace(Tally(key="1"), done=1)], COUNTY, {"1": ("=HYPERLINK(1)", "")})
    assert b"'=HYPERLINK(1)" in to_csv(rows, "")
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows, "县"))).worksheets[0]
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("'=HYPERLINK(1)", "s")


def test_figures_stay_numbers_in_the_workbook() -> None:
    rows = report([Tally(key="1", done=3, missed=1)], COUNTY, {})
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows, "县")))
    line = next(iter(book["巡查考核"].iter_rows(min_row=2, values_only=True)))
    assert (line[1], line[4], line[11]) == ("1", 4, 0.75)
    assert [row[0] for row in book["公式"].iter_rows(values_only=True)] == ["范围", *FORMULAS]
