"""Tables that set departments, townships, channels, people of the desk and grid workers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from tracker.cases.kpi import COMPOSITES, FORMULAS, grade, percent, volume_score
from tracker.cases.stats_fair import LEAST, Prior, prior, wilson
from tracker.cases.stats_read import Spans


@dataclass(frozen=True, kw_only=True, slots=True)
class League:
    """One kind of table: its rates, the first of which leads; how members are scored, and what their volume is."""

    rates: tuple[str, ...]
    composite: str | None = None  # None: ranked by the leading rate, or not at all
    volume: str = "reports"
    score_key: str = ""
    is_ranked: bool = True


LEAGUES: dict[str, League] = {
    "department": League(
        rates=("closing", "closing_on_time", "handling_on_time", "response", "rework", "satisfaction"),
        composite="department",
        volume="handled",
        score_key="volume_score",
    ),
    "township": League(
        rates=("closing_on_time", "closing", "handling_on_time", "verified_on_time", "checked_on_time", "satisfaction")
    ),
    "channel": League(
        rates=("closing_on_time", "closing", "valid_reports", "satisfaction", "reopened"), is_ranked=False
    ),
    "operator": League(
        rates=("verify_sent_on_time", "check_sent_on_time"),
        composite="operator",
        volume="accepted",
        score_key="accepted_score",
    ),
    "shift_leader": League(
        rates=("filing_on_time", "filing_right", "closed_in_time"), composite="shift_leader", volume="filed"
    ),
    "dispatcher": League(
        rates=("dispatch_on_time", "dispatch_right"),
        composite="dispatcher",
        volume="dispatches",
        score_key="dispatch_score",
    ),
    "worker": League(rates=("valid_reports", "missed", "verified_on_time", "checked_on_time"), composite="worker"),
}


class ShareInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One rate of a member; `percent` None where there is nothing to divide by; the interval holds with 95 %."""

    key: str
    percent: str | None
    numerator: int
    denominator: int
    low: float | None
    high: float | None


class LeagueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One member. `score` is by the formula as it stands, `fair` with few cases drawn to the mean; rank goes by `fair`.

    `rank` is None below LEAST cases or where no score can be made; `share` is of all members' volume.
    """

    key: str
    name: str
    volume: int
    share: float | None
    rates: list[ShareInfo]
    score: float | None
    grade: str | None
    fair: float | None
    rank: int | None
    first_p50: int | None = None
    first_p90: int | None = None
    handling_p50: int | None = None
    handling_p90: int | None = None


def league(
    kind: League,
    names: Mapping[str, str],
    counts: Mapping[str, Mapping[str, int]],
    spans: Mapping[tuple[str, str], Spans],
) -> list[LeagueRow]:
    """Rows by rank, then the unranked by volume; `names` by scope, members without any case are left out."""
    members = [scope for scope in names if counts[scope][kind.volume] or _basis(kind, counts[scope])]
    priors = {key: prior([FORMULAS[key].parts(counts[scope]) for scope in members]) for key in kind.rates}
    volumes = [counts[scope][kind.volume] for scope in members]
    total, most = sum(volumes), max(volumes, default=0)
    rows = [_row(kind, scope, names[scope], counts[scope], priors, (total, most), spans) for scope in members]
    return _ranked(rows)


def _basis(kind: League, counts: Mapping[str, int]) -> int:
    """The cases that the member's leading rate is made of."""
    return max(0, FORMULAS[kind.rates[0]].parts(counts)[1])


def _row(
    kind: League,
    scope: str,
    name: str,
    counts: Mapping[str, int],
    priors: Mapping[str, Prior | None],
    volumes: tuple[int, int],  # of all, and the largest
    spans: Mapping[tuple[str, str], Spans],
) -> LeagueRow:
    total, most = volumes
    volume = volume_score(counts[kind.volume], [most])
    plain = {key: FORMULAS[key].value(counts) for key in kind.rates} | {kind.score_key: volume}
    drawn = {key: _drawn(priors[key], FORMULAS[key].parts(counts)) for key in kind.rates} | {kind.score_key: volume}
    score, fair = _score(kind, plain), _score(kind, drawn)
    first, handling = spans.get((scope, "first")), spans.get((scope, "handling"))
    return LeagueRow(
        key=scope.rpartition(":")[2],
        name=name,
        volume=counts[kind.volume],
        share=counts[kind.volume] / total if total else None,
        rates=[_share(key, FORMULAS[key].parts(counts)) for key in kind.rates],
        score=None if score is None else float(score),
        grade=grade(score) if kind.composite else None,
        fair=None if fair is None or _basis(kind, counts) < LEAST or not kind.is_ranked else float(fair),
        rank=None,
        first_p50=first.rank(50) if first else None,
        first_p90=first.rank(90) if first else None,
        handling_p50=handling.rank(50) if handling else None,
        handling_p90=handling.rank(90) if handling else None,
    )


def _score(kind: League, values: Mapping[str, Fraction | None]) -> Fraction | None:
    """0..100: the composite, or the leading rate where there is none."""
    if kind.composite:
        return COMPOSITES[kind.composite].score(values)
    lead = values[kind.rates[0]]
    return None if lead is None else 100 * lead


def _drawn(mean: Prior | None, parts: tuple[int, int]) -> Fraction | None:
    return None if mean is None else mean.shrunk(*parts)


def _share(key: str, parts: tuple[int, int]) -> ShareInfo:
    above, below = parts
    value = Fraction(above, below) if below > 0 else None
    interval = wilson(min(max(above, 0), below), below)
    return ShareInfo(
        key=key,
        percent=percent(value),
        numerator=above,
        denominator=below,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
    )


def _ranked(rows: Sequence[LeagueRow]) -> list[LeagueRow]:
    scored = sorted((row for row in rows if row.fair is not None), key=lambda row: (-(row.fair or 0.0), row.key))
    rest = sorted((row for row in rows if row.fair is None), key=lambda row: (-row.volume, row.key))
    numbered: list[LeagueRow] = []
    for place, row in enumerate(scored, 1):
        ties = bool(numbered) and numbered[-1].fair == row.fair
        numbered.append(replace(row, rank=numbered[-1].rank if ties else place))
    return [*numbered, *rest]
