"""What the routes of the KPIs answer: figures with formulas, series, members side by side."""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec.structs import replace

from tracker.cases.kpi import Composite, CompositeInfo, Formula, RateInfo
from tracker.cases.stats_league import LeagueRow
from tracker.cases.stats_read import Spans

SPAN_NAMES = {
    "first": (
        "首次响应时长",
        "First response",
        "工作分钟：登记 → 中心第一次处理",
        "working minutes from the report to the centre's first act",
    ),
    "handling": (
        "处置时长",
        "Handling time",
        "工作分钟：派遣 → 处置完成，挂账不计",
        "working minutes from the dispatch until it is handled, without suspensions",
    ),
}


class SpanInfo(msgspec.Struct, frozen=True, kw_only=True):
    """P50 and P90 of working minutes; None where nothing was counted."""

    key: str
    zh: str
    en: str
    n: int
    p50: int | None
    p90: int | None
    formula: str
    formula_en: str


class KpiAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period; `names` are the counts in words."""

    from_ms: int
    to_ms: int
    version: int
    counts: dict[str, int]
    names: dict[str, str]
    names_en: dict[str, str]
    rates: list[RateInfo]
    composites: list[CompositeInfo]
    spans: list[SpanInfo]


class SeriesPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One day, week or month; `percents` by rate, None where there is nothing to divide by."""

    day: date
    from_ms: int
    to_ms: int
    counts: dict[str, int]
    percents: dict[str, str | None]


class RateName(msgspec.Struct, frozen=True, kw_only=True):
    """What a rate or a score is called and made of; `above` and `below` are the counts of a rate, by key."""

    key: str
    zh: str
    en: str
    formula: str
    formula_en: str
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


class SeriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Points in order, and what each rate is made of."""

    step: str
    version: int
    points: list[SeriesPoint]
    names: dict[str, str]
    names_en: dict[str, str]
    rates: list[RateName]


class LeagueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of members side by side, of `members` in all; `about` says how small numbers are treated."""

    by: str
    from_ms: int
    to_ms: int
    rows: list[LeagueRow]
    members: int
    next: str | None
    names: dict[str, str]
    names_en: dict[str, str]
    rates: list[RateName]
    composite: RateName | None
    about: str
    about_en: str


def named(one: Formula | Composite) -> RateName:
    """A rate or a score with its formula."""
    name = RateName(key=one.key, zh=one.zh, en=one.en, formula=one.text, formula_en=one.text_en)
    return replace(name, above=(*one.plus, *one.minus), below=one.below) if isinstance(one, Formula) else name


def span_info(key: str, spans: Spans) -> SpanInfo:
    """The percentiles of one kind of working time."""
    zh, en, formula, formula_en = SPAN_NAMES[key]
    return SpanInfo(
        key=key, zh=zh, en=en, n=spans.total, p50=spans.rank(50), p90=spans.rank(90), formula=formula,
        formula_en=formula_en,
    )  # fmt: skip
