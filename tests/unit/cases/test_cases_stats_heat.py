from __future__ import annotations

from datetime import date

import pytest

from tracker.cases.stats_heat import COARSE, LEAST, drawn, guarded, whole_months
from tracker.cases.stats_read import Spans
from tracker.geo.cells import CellId, cell_of, disk, parent

HERE = cell_of(37.3, 114.5, 9)


def test_few_private_reports_are_not_shown_at_all() -> None:
    assert guarded({HERE: LEAST - 1}) == []


def test_enough_private_reports_are_shown_wide() -> None:
    found = guarded({HERE: 2, disk(HERE, 1)[1]: LEAST - 2})
    assert [(one.n, one.resolution, one.cell) for one in found] == [(LEAST, COARSE, f"{parent(HERE, COARSE):x}")]


def test_too_many_cells_are_drawn_coarser() -> None:
    many = {CellId(cell): 1 for cell in disk(HERE, 60)}
    found = drawn(many, 9)
    assert len(found) < len(many)
    assert sum(one.n for one in found) == len(many)
    assert {one.resolution for one in found} == {8}


@pytest.mark.parametrize(
    ("first", "end", "wanted"),
    [
        (date(2026, 3, 1), date(2026, 5, 1), (date(2026, 3, 1), date(2026, 5, 1))),
        (date(2026, 3, 2), date(2026, 5, 30), (date(2026, 4, 1), date(2026, 5, 1))),
        (date(2026, 3, 2), date(2026, 3, 30), (date(2026, 4, 1), date(2026, 4, 1))),
    ],
)
def test_only_whole_months_tell_of_private_reports(first: date, end: date, wanted: tuple[date, date]) -> None:
    assert whole_months(first, end) == wanted


def test_percentiles_are_by_nearest_rank() -> None:
    spans = Spans(steps=((1, 5), (10, 4), (60, 1)))
    assert [spans.rank(share) for share in (50, 90, 91, 100)] == [1, 10, 60, 60]


def test_no_spans_have_no_percentile() -> None:
    assert Spans().rank(50) is None
