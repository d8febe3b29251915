"""KPIs of the case loop: counts in; rates, composites and grades out, each with its formula in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import msgspec

from tracker.cases.kpi_counts import COUNTS, COUNTS_EN

VERSION = 2  # of the formulas; stored numbers name it


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """A rate: (sum of `plus` minus sum of `minus`) / sum of `below`."""

    key: str
    zh: str
    en: str
    plus: tuple[str, ...]
    below: tuple[str, ...]
    minus: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The formula in words, as the page shows it."""
        return f"{self.zh} = {self._worded(COUNTS)}"

    @property
    def text_en(self) -> str:
        """The same in English."""
        return f"{self.en} = {self._worded(COUNTS_EN)}"

    def _worded(self, names: Mapping[str, str]) -> str:
        above = " + ".join(names[one] for one in self.plus) + "".join(f" − {names[one]}" for one in self.minus)
        below = " + ".join(names[one] for one in self.below)
        shown_above = f"({above})" if len(self.plus) + len(self.minus) > 1 else above
        shown_below = f"({below})" if len(self.below) > 1 else below
        return f"{shown_above} / {shown_below}"

    def parts(self, counts: Mapping[str, int]) -> tuple[int, int]:
        """Numerator and denominator."""
        above = sum(counts[one] for one in self.plus) - sum(counts[one] for one in self.minus)
        below = sum(counts[one] for one in self.below)
        return above, below

    def value(self, counts: Mapping[str, int]) -> Fraction | None:
        """The exact rate; None where the denominator is not above 0."""
        above, below = self.parts(counts)
        return Fraction(above, below) if below > 0 else None


def _rate(key: str, zh: str, en: str, plus: str, below: str, *, minus: str = "") -> Formula:
    return Formula(
        key=key, zh=zh, en=en, plus=tuple(plus.split()), below=tuple(below.split()), minus=tuple(minus.split())
    )  # fmt: skip


FORMULAS: dict[str, Formula] = {
    one.key: one
    for one in (
        _rate("closing", "结案率", "Closing rate", "closed", "due"),
        _rate("closing_on_time", "按期结案率", "Closed on time", "closed_on_time", "due"),
        _rate("closing_late", "超期结案率", "Closed late", "closed", "due", minus="closed_on_time"),
        _rate("closing_of_reports", "办结率（按上报）", "Closed of reported", "closed", "reports"),
        _rate("handling", "处置率", "Handling rate", "handled", "to_handle"),
        _rate("handling_on_time", "按期处置率", "Handled on time", "handled_on_time", "to_handle"),
        _rate("dispatch_on_time", "按时派遣率", "Dispatched on time", "dispatched_on_time", "to_dispatch"),
        _rate("dispatch_right", "准确派遣率", "Right dispatch", "dispatches", "to_dispatch", minus="wrong_dispatches"),
        _rate("filing_on_time", "按时立案率", "Filed on time", "filed_on_time", "filed"),
        _rate("filing_right", "准确立案率", "Filed right", "filed", "filed", minus="voided"),
        _rate("verified_on_time", "按时核实率", "Verified on time", "verified_on_time", "to_verify"),
        _rate("checked_on_time", "按时核查率", "Checked on time", "checked_on_time", "to_check"),
        _rate("verify_sent_on_time", "核实按时派发率", "Verification sent", "sent_to_verify_on_time",
              "sent_to_verify"),
        _rate("check_sent_on_time", "核查按时派发率", "Check sent on time", "sent_to_check_on_time", "sent_to_check"),
        _rate("valid_reports", "有效上报率", "Valid reports", "valid_reports", "reports"),
        _rate("missed", "漏报率", "Missed by the grid", "public_verified", "filed"),
        _rate("supervised", "监督举报率", "Found by supervision", "supervisor_verified", "filed"),
        _rate("rework", "返工率", "Rework", "reworks", "due"),
        _rate("closed_in_time", "按时结案率", "Closing step on time", "closings_on_time", "closings"),
        _rate("answered", "件件有回音率", "Answered", "answered", "ended"),
        _rate("response", "响应率", "Response", "signed_on_time", "to_sign"),
        _rate("solved", "解决率", "Solved", "solved", "visited"),
        _rate("satisfaction", "满意率", "Satisfaction", "satisfied", "satisfied basic unsatisfied"),
        _rate("duplicates", "重复件率", "Duplicates", "merged", "reports"),
        _rate("reopened", "重办率", "Reopened", "reopened", "closed"),
        _rate("supervisions_answered", "催办督办回复率", "Urgings answered", "supervisions_answered", "supervisions"),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Composite:
    """A weighted score of 0..100; each part is a rate, its complement (never below 0), or a score from outside."""

    key: str
    zh: str
    en: str
    parts: tuple[tuple[str, int, bool], ...]  # rate or score, weight in percent, complement

    @property
    def text(self) -> str:
        """The formula in words."""
        words = [f"{_complement(_name(key), is_it=flag)}×{weight}%" for key, weight, flag in self.parts]
        return f"{self.zh} = {' + '.join(words)}"

    @property
    def text_en(self) -> str:
        """The same in English."""
        words = [f"{_complement(_name_en(key), is_it=flag)} × {weight}%" for key, weight, flag in self.parts]
        return f"{self.en} = {' + '.join(words)}"

    def score(self, rates: Mapping[str, Fraction | None]) -> Fraction | None:
        """The score, None while any part of it is unknown: nobody is graded by guesses."""
        total = Fraction(0)
        for key, weight, is_complement in self.parts:
            rate = rates.get(key)
            if rate is None:
                return None
            total += weight * (max(Fraction(0), 1 - rate) if is_complement else rate)
        return total


SCORES = {
    "accepted_score": ("受理数分值", "score of acceptances"),
    "dispatch_score": ("派遣数分值", "score of dispatches"),
    "volume_score": ("数量分", "score of volume"),
}


def _name(key: str) -> str:
    return FORMULAS[key].zh if key in FORMULAS else SCORES[key][0]


def _name_en(key: str) -> str:
    return FORMULAS[key].en.lower() if key in FORMULAS else SCORES[key][1]


def _complement(name: str, *, is_it: bool) -> str:
    return f"(1−{name})" if is_it else name


def _composite(key: str, zh: str, en: str, *parts: tuple[str, int, bool]) -> Composite:
    return Composite(key=key, zh=zh, en=en, parts=parts)


COMPOSITES: dict[str, Composite] = {
    one.key: one
    for one in (
        _composite("worker", "监督员", "Grid worker", ("valid_reports", 40, False), ("missed", 20, True),
                   ("verified_on_time", 20, False), ("checked_on_time", 20, False)),
        _composite("operator", "受理员", "Operator", ("accepted_score", 25, False), ("verify_sent_on_time", 40, False),
                   ("check_sent_on_time", 35, False)),
        _composite("shift_leader", "值班长", "Shift leader", ("filing_on_time", 25, False), ("filing_right", 40, False),
                   ("closed_in_time", 35, False)),
        _composite("dispatcher", "派遣员", "Dispatcher", ("dispatch_score", 20, False), ("dispatch_on_time", 40, False),
                   ("dispatch_right", 40, False)),
        _composite("department", "部门", "Department", ("volume_score", 10, False), ("closing", 30, False),
                   ("handling_on_time", 30, False), ("rework", 30, True)),
    )
}  # fmt: skip

GRADES = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "E"))


def grade(score: Fraction | None) -> str | None:
    """A from 90, B from 75, C from 60, D from 40, else E; None for no score."""
    return None if score is None else next((letter for least, letter in GRADES if score >= least), "E")


def percent(rate: Fraction | None) -> str | None:
    """A rate in percent to the hundredth, halves up, as bulletins print it; None stays None."""
    if rate is None:
        return None
    value = Decimal(rate.numerator * 100) / Decimal(rate.denominator)
    return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


class RateInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A rate as the page shows it; `value` None where the denominator is 0: neither 0 % nor 100 %."""

    key: str
    zh: str
    en: str
    value: float | None
    percent: str | None
    numerator: int
    denominator: int
    formula: str
    formula_en: str


class CompositeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A composite as the page shows it."""

    key: str
    zh: str
    en: str
    score: float | None
    grade: str | None
    formula: str
    formula_en: str


def rates(counts: Mapping[str, int]) -> list[RateInfo]:
    """Every rate of the counts."""
    found = []
    for one in FORMULAS.values():
        value, (above, below) = one.value(counts), one.parts(counts)
        found.append(
            RateInfo(
                key=one.key,
                zh=one.zh,
                en=one.en,
                value=None if value is None else float(value),
                percent=percent(value),
                numerator=above,
                denominator=below,
                formula=one.text,
                formula_en=one.text_en,
            )
        )
    return found


def composites(counts: Mapping[str, int], scores: Mapping[str, Fraction | None]) -> list[CompositeInfo]:
    """Every composite; `scores` are the scores 0..1 that need a comparison with others, None where there is none."""
    values = {key: one.value(counts) for key, one in FORMULAS.items()} | dict(scores)
    found = []
    for one in COMPOSITES.values():
        score = one.score(values)
        shown = None if score is None else float(score)
        found.append(
            CompositeInfo(
                key=one.key,
                zh=one.zh,
                en=one.en,
                score=shown,
                grade=grade(score),
                formula=one.text,
                formula_en=one.text_en,
            )
        )
    return found


def volume_score(own: int, of_all: list[int]) -> Fraction | None:
    """Own number against the largest of all who are compared; None where nobody did anything."""
    most = max(of_all, default=0)
    return Fraction(own, most) if most > 0 else None
