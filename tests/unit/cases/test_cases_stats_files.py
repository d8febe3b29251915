from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from tracker.cases.kpi import FORMULAS
from tracker.cases.kpi_counts import COUNTS
from tracker.cases.stats_files import Sheet, safe_name, to_csv, to_xlsx
from tracker.cases.stats_league import LEAGUES, league
from tracker.cases.stats_read import Period

NOVEMBER = Period(first=date(2026, 11, 1), end=date(2026, 12, 1))
NOTHING = dict.fromkeys(COUNTS, 0)


def sheet_of(name: str) -> Sheet:
    own = {"130523|d:A": NOTHING | {"due": 20, "closed": 19, "handled": 20, "to_handle": 20, "handled_on_time": 15}}
    rows = league(LEAGUES["department"], {"130523|d:A": name}, own, {})
    return Sheet.of_league(NOVEMBER, LEAGUES["department"], rows)


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1"])
def test_a_name_that_a_spreadsheet_would_run_stays_text(name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(sheet_of(name))))
    assert book["指标"]["C2"].value == f"'{name}"
    assert book["指标"]["C2"].data_type == "s"
    assert f"'{name}" in to_csv(sheet_of(name)).decode("utf-8-sig")


def test_every_formula_is_named_in_the_file() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(Sheet.of_figures(NOVEMBER, "130523", NOTHING))))
    texts = {row[1] for row in book["公式"].iter_rows(values_only=True)}
    assert {one.text for one in FORMULAS.values()} <= texts


def test_nothing_to_divide_by_is_an_empty_cell() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(Sheet.of_figures(NOVEMBER, "130523", NOTHING))))
    assert [cell.value for cell in book["指标"][2]][:4] == ["结案率", None, 0, 0]


def test_a_series_has_a_line_for_each_day() -> None:
    days = [(date(2026, 11, n), NOTHING | {"reports": n}, dict.fromkeys(FORMULAS)) for n in (1, 2)]
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(Sheet.of_series(NOVEMBER, "130523", days))))
    assert [row[0] for row in book["指标"].iter_rows(values_only=True)] == ["起始日", "2026-11-01", "2026-11-02"]


def test_a_file_name_has_plain_letters() -> None:
    assert safe_name('a"b/../c.csv') == "a-b-..-c.csv"
