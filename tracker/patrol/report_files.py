"""The compliance report as a file: XLSX with a sheet that explains the formulas, or CSV that a Chinese Excel opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence

import openpyxl

from tracker.county.exports.tables import guarded
from tracker.patrol.compliance import FORMULAS, ComplianceRow

Cell = str | int | float | None
_COLUMNS: tuple[tuple[str, Callable[[ComplianceRow], Cell]], ...] = (
    ("名次", lambda row: row.rank),
    ("编号", lambda row: row.key),
    ("名称", lambda row: row.name),
    ("网格", lambda row: row.place),
    ("应巡", lambda row: row.due),
    ("按时完成", lambda row: row.done),
    ("补巡完成", lambda row: row.late),
    ("未巡", lambda row: row.missed),
    ("无数据", lambda row: row.no_data),
    ("请假", lambda row: row.excused),
    ("他人完成", lambda row: row.by_others),
    ("按时完成率", lambda row: row.rate),
    ("完成率（含补巡）", lambda row: row.rate_with_late),
    ("有数据完成率", lambda row: row.rate_known),
    ("无数据占比", lambda row: row.no_data_share),
    ("平均覆盖率", lambda row: row.coverage),
    ("步行分钟", lambda row: row.minutes),
    ("重点部位应到", lambda row: row.key_points),
    ("重点部位已到", lambda row: row.visited),
    ("排名值", lambda row: row.value),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def to_csv(rows: Sequence[ComplianceRow], title: str) -> bytes:  # noqa: ARG001  # a table of lines has no place for it
    """UTF-8 with the mark by which Excel knows it; texts that a spreadsheet would run are guarded by an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(_lines(rows))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(rows: Sequence[ComplianceRow], title: str) -> bytes:
    """A workbook: the report, and how each figure is made."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("巡查考核")
    for line in _lines(rows):
        sheet.append(line)
    about = book.create_sheet("公式")
    about.append(["范围", title])
    for name, formula in FORMULAS.items():
        about.append([name, formula])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Sequence[ComplianceRow], str], bytes]]] = {
    "xlsx": (XLSX, to_xlsx),
    "csv": ("text/csv", to_csv),
}


def _lines(rows: Sequence[ComplianceRow]) -> Iterator[list[Cell]]:
    yield [title for title, _ in _COLUMNS]
    for row in rows:
        yield [_safe(value(row)) for _, value in _COLUMNS]


def _safe(cell: Cell) -> Cell:
    kept = guarded(cell)
    return kept if isinstance(kept, str | int | float) else None
