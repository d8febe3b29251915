"""What the rounds of a span come to for a worker or an area: counts, rates by named formulas, and a fair order.

docs/compliance.md explains every formula with an example that a test recomputes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

PRIOR_ROUNDS = 30  # ten days of three rounds: with fewer known rounds, the county's mean weighs more than the own rate
MOST_NO_DATA = 0.2  # beyond this share of silence a place in the order would say nothing

FORMULAS: Mapping[str, str] = {
    "due": "应巡 = 窗口已结束的巡次 rounds whose window is over = done + late + missed + no_data + excused + by_others",
    "rate": "按时完成率 = done ÷ (due − excused − by_others)；无数据在分母中，并单独列出 no data counts below",
    "rate_with_late": "完成率（含补巡）= (done + late) ÷ (due − excused − by_others)",
    "rate_known": "有数据完成率 = done ÷ known；known = due − excused − by_others − no_data",
    "no_data_share": "无数据占比 = no_data ÷ (due − excused − by_others)",
    "coverage": "平均覆盖率 = mean(covered ÷ cells)，只计有数据的巡次 over known rounds only",
    "minutes": "步行分钟 = Σ minutes",
    "key_points": "重点部位 = Σ visited ÷ Σ key_points，不计请假 without excused rounds",
    "value": f"排名值 = (done + {PRIOR_ROUNDS} × m) ÷ (known + {PRIOR_ROUNDS})；m = 全县同期 rate_known of the county",
    "rank": f"名次按排名值；known = 0 或 no_data_share > {MOST_NO_DATA} 者不排名 not ranked",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Counts of one worker or area over the rounds of a span whose window is over."""

    key: str  # worker's id, grid code or 12-digit division code
    done: int = 0
    late: int = 0
    missed: int = 0
    no_data: int = 0
    excused: int = 0
    by_others: int = 0  # workers only: the grid's round was done without a step of theirs
    coverage: float | None = None  # mean share over known rounds
    minutes: float = 0.0
    key_points: int = 0
    visited: int = 0

    @property
    def due(self) -> int:
        """Every round whose window is over."""
        return self.counted + self.excused + self.by_others

    @property
    def counted(self) -> int:
        """Due, without what was excused or done by others."""
        return self.known + self.no_data

    @property
    def known(self) -> int:
        """Counted rounds of which somebody can say what happened."""
        return self.done + self.late + self.missed


class ComplianceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report; rates are shares from 0 to 1, null where nothing was due."""

    key: str
    name: str
    place: str  # for a worker: the grid code
    due: int
    done: int
    late: int
    missed: int
    no_data: int
    excused: int
    by_others: int
    rate: float | None
    rate_with_late: float | None
    rate_known: float | None
    no_data_share: float | None
    coverage: float | None
    minutes: float
    key_points: int
    visited: int
    value: float | None
    rank: int | None


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the area; days of which no round is over are left out."""

    day: str
    due: int
    done: int
    late: int
    missed: int
    no_data: int
    excused: int
    rate: float | None
    rate_known: float | None
    no_data_share: float | None
    coverage: float | None
    minutes: float


def series(tallies: Iterable[Tally]) -> list[DayLine]:
    """Days in their order; the key of each tally is its day."""
    return [
        DayLine(
            day=one.key,
            due=one.due,
            done=one.done,
            late=one.late,
            missed=one.missed,
            no_data=one.no_data,
            excused=one.excused,
            rate=_share(one.done, one.counted),
            rate_known=_share(one.done, one.known),
            no_data_share=_share(one.no_data, one.counted),
            coverage=_rounded(one.coverage),
            minutes=round(one.minutes, 1),
        )
        for one in sorted(tallies, key=lambda one: one.key)
    ]


def report(tallies: Iterable[Tally], county: Tally, names: Mapping[str, tuple[str, str]]) -> list[ComplianceRow]:
    """Lines in order: ranked ones first, best first, then the unranked by key; `names` gives (name, place) by key."""
    mean = mean_of(county)
    rows = [_row(tally, mean, names.get(tally.key, (tally.key, ""))) for tally in tallies]
    ranked = sorted((row for row in rows if _is_ranked(row)), key=lambda row: (-(row.value or 0.0), row.key))
    rest = sorted((row for row in rows if not _is_ranked(row)), key=lambda row: row.key)
    return [*_numbered(ranked), *rest]


def total(tallies: Sequence[Tally], key: str) -> Tally:
    """All of them as one; coverage is the mean over known rounds."""
    known = sum(one.known for one in tallies if one.coverage is not None)
    weighted = sum(one.coverage * one.known for one in tallies if one.coverage is not None)
    sums = {
        name: sum(getattr(one, name) for one in tallies)
        for name in ("done", "late", "missed", "no_data", "excused", "by_others", "minutes", "key_points", "visited")
    }
    return replace(Tally(key=key), coverage=weighted / known if known else None, **sums)


def mean_of(county: Tally) -> float | None:
    """The m of the formulas: the county's `rate_known`, to four digits as it is shown."""
    return _share(county.done, county.known)


def shrunk(done: int, known: int, mean: float | None) -> float | None:
    """The ranking value: the own rate with PRIOR_ROUNDS rounds of the county's mean added."""
    if mean is None or not known:
        return None
    return (done + PRIOR_ROUNDS * mean) / (known + PRIOR_ROUNDS)


def _row(tally: Tally, mean: float | None, named: tuple[str, str]) -> ComplianceRow:
    return ComplianceRow(
        key=tally.key,
        name=named[0],
        place=named[1],
        due=tally.due,
        done=tally.done,
        late=tally.late,
        missed=tally.missed,
        no_data=tally.no_data,
        excused=tally.excused,
        by_others=tally.by_others,
        rate=_share(tally.done, tally.counted),
        rate_with_late=_share(tally.done + tally.late, tally.counted),
        rate_known=_share(tally.done, tally.known),
        no_data_share=_share(tally.no_data, tally.counted),
        coverage=_rounded(tally.coverage),
        minutes=round(tally.minutes, 1),
        key_points=tally.key_points,
        visited=tally.visited,
        value=_rounded(shrunk(tally.done, tally.known, mean)),
        rank=None,
    )


def _is_ranked(row: ComplianceRow) -> bool:
    return row.value is not None and (row.no_data_share or 0.0) <= MOST_NO_DATA


def _numbered(rows: Sequence[ComplianceRow]) -> list[ComplianceRow]:
    """Equal values share a place."""
    numbered: list[ComplianceRow] = []
    for place, row in enumerate(rows, start=1):
        ties = bool(numbered) and numbered[-1].value == row.value
        numbered.append(msgspec.structs.replace(row, rank=numbered[-1].rank if ties else place))
    return numbered


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole) if whole else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
