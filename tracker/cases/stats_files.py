"""Tables of KPIs as files: XLSX with a sheet that names every formula, or CSV that a Chinese Excel opens."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import openpyxl

from tracker.cases.kpi import COMPOSITES, FORMULAS, VERSION, rates
from tracker.cases.kpi_counts import COUNTS
from tracker.cases.stats_fair import ABOUT
from tracker.cases.stats_league import League, LeagueRow
from tracker.cases.stats_read import Period
from tracker.county.exports.tables import guarded

Cell = str | int | float | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SPANS: tuple[tuple[str, Callable[[LeagueRow], int | None]], ...] = (
    ("首次响应 P50（工作分钟）", lambda row: row.first_p50),
    ("首次响应 P90（工作分钟）", lambda row: row.first_p90),
    ("处置 P50（工作分钟）", lambda row: row.handling_p50),
    ("处置 P90（工作分钟）", lambda row: row.handling_p90),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """Lines of cells, the first of titles; and what each title means."""

    lines: Sequence[Sequence[Cell]]
    about: Sequence[tuple[str, str]]

    @classmethod
    def of_figures(cls, period: Period, scope: str, counts: Mapping[str, int]) -> Self:
        """Rates, then counts, of one period."""
        lines: list[Sequence[Cell]] = [("指标", "百分比", "分子", "分母", "公式")]
        lines += [(one.zh, _number(one.percent), one.numerator, one.denominator, one.formula) for one in rates(counts)]
        lines += [(name, None, counts[key], None, "件数") for key, name in COUNTS.items()]
        return cls(lines=lines, about=_about(period, scope))

    @classmethod
    def of_series(
        cls,
        period: Period,
        scope: str,
        points: Sequence[tuple[date, Mapping[str, int], Mapping[str, str | None]]],
    ) -> Self:
        """One line for each day, week or month: rates, then counts."""
        titles = ["起始日", *(f"{one.zh} %" for one in FORMULAS.values()), *COUNTS.values()]
        lines: list[Sequence[Cell]] = [titles]
        for day, counts, percents in points:
            shares = [_number(percents[key]) for key in FORMULAS]
            lines.append([day.isoformat(), *shares, *(counts[key] for key in COUNTS)])
        return cls(lines=lines, about=_about(period, scope))

    @classmethod
    def of_league(cls, period: Period, kind: League, rows: Sequence[LeagueRow]) -> Self:
        """One line for each member, as the page shows them."""
        names = [FORMULAS[key].zh for key in kind.rates]
        titles = ["名次", "代码", "名称", COUNTS[kind.volume], "得分", "等级", "均衡得分"]
        titles += [f"{name}{part}" for name in names for part in (" %", " 分子", " 分母")]
        lines: list[Sequence[Cell]] = [[*titles, *(title for title, _ in _SPANS)]]
        for row in rows:
            head: list[Cell] = [
                row.rank,
                row.key,
                row.name,
                row.volume,
                _rounded(row.score),
                row.grade,
                _rounded(row.fair),
            ]
            for one in row.rates:
                head += [_number(one.percent), one.numerator, one.denominator]
            lines.append([*head, *(value(row) for _, value in _SPANS)])
        about = [*_about(period, ""), *formulas(kind).items(), ("小样本", ABOUT)]
        return cls(lines=lines, about=about)


def formulas(kind: League) -> dict[str, str]:
    """What a table's figures are made of, by name."""
    found = {FORMULAS[key].zh: FORMULAS[key].text for key in kind.rates}
    if kind.composite:
        found[COMPOSITES[kind.composite].zh] = COMPOSITES[kind.composite].text
    return found


def to_csv(sheet: Sheet) -> bytes:
    """UTF-8 with the mark by which Excel knows it; texts that a spreadsheet would run are guarded by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([_safe(cell) for cell in line] for line in sheet.lines)
    writer.writerow([])
    writer.writerows([_safe(name), _safe(text)] for name, text in sheet.about)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(sheet: Sheet) -> bytes:
    """A workbook: the table, and how each figure is made."""
    book = openpyxl.Workbook(write_only=True)
    table = book.create_sheet("指标")
    for line in sheet.lines:
        table.append([_safe(cell) for cell in line])
    about = book.create_sheet("公式")
    for name, text in sheet.about:
        about.append([_safe(name), _safe(text)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Sheet], bytes]]] = {"xlsx": (XLSX, to_xlsx), "csv": ("text/csv", to_csv)}


def safe_name(name: str) -> str:
    """A file name of plain letters."""
    return re.sub(r"[^0-9A-Za-z._-]", "-", name)


def _about(period: Period, scope: str) -> list[tuple[str, str]]:
    head = [("统计期", f"{period.first} 起，至 {period.end} 零时"), ("范围", scope), ("公式版本", str(VERSION))]
    return [*head, *((one.zh, one.text) for one in FORMULAS.values())]


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _safe(cell: Cell) -> Cell:
    kept = guarded(cell)
    return kept if isinstance(kept, str | int | float) else None
