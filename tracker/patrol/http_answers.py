"""The answers of the patrol's routes, as docs/patrol.md shows them; times in Unix ms, places in degrees."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracker.geo.area import Area, Level
from tracker.patrol.compliance import ComplianceRow, DayLine
from tracker.patrol.model import RoundResult, RoundWindow, State
from tracker.patrol.spots import PER_CELL, in_cells
from tracker.patrol.timemachine import Positions


class WindowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The window of a round."""

    ordinal: int
    name: str
    starts_ms: int
    ends_ms: int


class GridColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Progress of one round, a row a grid; `forecast` is ok, at_risk, will_miss or null."""

    code: list[str]
    state: list[str]
    cells: list[int]
    covered: list[float]  # to a tenth of a cell: cells are seen in part
    minutes: list[float]
    key_points: list[int]
    visited: list[int]
    confidence: list[float]
    longest_gap_s: list[int]
    forecast: list[str | None]


class AreaProgress(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of a township or village."""

    code: str
    name: str
    grids: int
    done: int
    cells: int
    covered: float


class RoundsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One round of an area, and the day's other rounds to choose from."""

    day: date
    round: WindowAnswer | None
    rounds: list[WindowAnswer]
    grids: GridColumns
    areas: list[AreaProgress]


class CellOffsets(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of grid i are cells[offset[i]:offset[i+1]]; one offset more than codes."""

    code: list[str]
    offset: list[int]


class PastCells(msgspec.Struct, frozen=True, kw_only=True):
    """When each cell was first seen, so that every minute of the round can be drawn from one answer."""

    time_ms: int
    starts_ms: int
    known_ms: int  # what was seen after this instant is not in it
    first_minute: str  # base64 of two bytes a cell, the low one first: minutes since the begin, 65535 where not seen


class CellsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Hexagons and which of them were seen; `version` changes when cells do, not when steps come in."""

    version: str
    resolution: int
    day: date
    ordinal: int
    grids: CellOffsets
    cells: list[str]
    seen: str  # base64, bit n (least significant first): cell n; where `time` was asked: by then
    past: PastCells | None


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion of a round: what is wanted, what was reached."""

    name: str  # coverage, minutes, key_points
    wanted: float
    reached: float
    met: bool


class WalkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's share of a round."""

    worker_id: int
    name: str
    covered: float
    minutes: float
    fixes: int
    longest_gap_s: int
    confidence: float
    visited: list[int]


class TickAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who ticked a line of a checklist, and when by their phone's clock."""

    worker_id: int
    name: str
    at_ms: int


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a checklist; nobody ticked it while `ticks` is empty."""

    text: str
    ticks: list[TickAnswer]


class PointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A key point and whether it was visited, and what was ticked there."""

    id: int
    name: str
    kind: str
    lon: float
    lat: float
    visited: bool
    checklist: list[CheckAnswer]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A silence of one phone inside the window."""

    worker_id: int
    from_ms: int
    to_ms: int


class OneRound(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one round of one grid."""

    grid: str
    grid_name: str
    day: date
    ordinal: int
    name: str
    starts_ms: int
    ends_ms: int
    state: str
    cells: int
    covered: float
    minutes: float
    key_points: int
    visited: int
    confidence: float
    min_confidence: float
    longest_gap_s: int
    fixes: int
    done_ms: int | None
    revised_ms: int | None
    forecast: str | None
    why: dict[str, float] | None
    criteria: list[Criterion]
    walkers: list[WalkAnswer]
    points: list[PointAnswer]
    gaps: list[Gap]
    cell_ids: list[str]
    seen: str


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the work list."""

    grid: str
    grid_name: str
    worker_id: int | None
    name: str
    ordinal: int
    state: str
    forecast: str | None
    why: dict[str, float] | None
    covered: float
    cells: int
    minutes_left: int
    last_seen_ms: int | None
    urged_ms: int | None
    seen_ms: int | None
    answer: str | None
    answered_ms: int | None


class WorkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The work list; `total` counts also what did not fit."""

    items: list[WorkItem]
    total: int


class AtAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The county at a past minute."""

    time_ms: int
    positions: Positions
    rounds: RoundsAnswer


class ComplianceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the report; `formulas` says by name how each figure is made."""

    area: str
    from_day: date
    to_day: date
    by: str
    formulas: dict[str, str]
    county_mean: float | None
    total: ComplianceRow
    days: list[DayLine]
    rows: list[ComplianceRow]
    next: str | None


def window_answer(window: RoundWindow) -> WindowAnswer:
    """A window without what is only for judging."""
    return WindowAnswer(ordinal=window.ordinal, name=window.name, starts_ms=window.starts_ms, ends_ms=window.ends_ms)


def grid_columns(results: Sequence[RoundResult]) -> GridColumns:
    """Results as columns."""
    return GridColumns(
        code=[one.grid_code for one in results],
        state=[str(one.state) for one in results],
        cells=[one.cells // PER_CELL for one in results],
        covered=[in_cells(one.covered) for one in results],
        minutes=[round(one.minutes, 1) for one in results],
        key_points=[one.key_points for one in results],
        visited=[one.visited for one in results],
        confidence=[round(one.confidence, 3) for one in results],
        longest_gap_s=[one.longest_gap_s for one in results],
        forecast=[forecast_word(one) for one in results],
    )


def area_progress(results: Sequence[RoundResult], area: Area, names: Mapping[str, str]) -> list[AreaProgress]:
    """Sums of the townships and villages inside the area, by code."""
    sums: dict[str, list[int]] = {}
    for one in results:
        for level, digits in ((Level.TOWNSHIP, 9), (Level.VILLAGE, 12)):
            if level >= area.level:
                total = sums.setdefault(one.grid_code[:digits].ljust(12, "0"), [0, 0, 0, 0])
                for place, value in enumerate((1, one.state is State.DONE, one.cells, one.covered)):
                    total[place] += value
    return [
        AreaProgress(
            code=code,
            name=names.get(code, code),
            grids=each[0],
            done=each[1],
            cells=each[2] // PER_CELL,
            covered=in_cells(each[3]),
        )
        for code, each in sorted(sums.items())
    ]


def forecast_word(one: RoundResult) -> str | None:
    """The verdict, where there is one."""
    return str(one.forecast.verdict) if one.forecast else None


def forecast_why(one: RoundResult) -> dict[str, float] | None:
    """The numbers behind it."""
    return dict(one.forecast.why) if one.forecast else None


def packed(bits: NDArray[np.uint8]) -> str:
    """Bits as base64, least significant first."""
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()
