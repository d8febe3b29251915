"""Tables for people: CSV that a Chinese Excel opens without damage to its letters, and XLSX whose codes stay text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import shapely

from tracker.county.exports.columns import BOUNDARY_TITLE, COLUMNS, WITH_BOUNDARY, Cell
from tracker.county.imports.cells import FORMULA_SIGNS
from tracker.county.imports.report import Kind

_WKT_DIGITS = 9  # a tenth of a millimetre
_XLSX_CELL = (
    32_767  # characters, the format's own bound; a longer boundary is left out, and an import leaves it as it is
)


def to_csv(kind: Kind, values: list[Any]) -> bytes:
    """UTF-8 with the mark by which Excel knows it, lines ended as RFC 4180 says."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(_rows(kind, values))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(kind: Kind, values: list[Any]) -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(kind.value)
    for row in _rows(kind, values):
        sheet.append(["" if isinstance(cell, str) and len(cell) > _XLSX_CELL else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def guarded(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula, with the apostrophe that keeps it text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA_SIGNS and cell else cell


def _rows(kind: Kind, values: list[Any]) -> Iterator[list[Cell]]:
    columns = COLUMNS[kind]
    bounded = kind in WITH_BOUNDARY
    yield [*(column.title for column in columns), *([BOUNDARY_TITLE] if bounded else [])]
    for one in values:
        cells = [guarded(column.value(one)) for column in columns]
        yield [*cells, _wkt(one.boundary)] if bounded else cells


def _wkt(boundary: Any) -> str | None:
    return None if boundary is None else str(shapely.to_wkt(boundary, rounding_precision=_WKT_DIGITS, trim=True))
