"""Comparing the few with the many fairly: shares drawn towards the mean of all by as much as chance demands; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LEAST = 10  # of what a share is made: below it nobody is ranked
WEIGHTS = (10, 200)  # cases of the mean that are added to one's own
_Z = 1.959964  # 95 %
ABOUT = (
    "名次按均衡得分。件数少，比率就容易碰巧偏高或偏低，所以排名前先给每项比率添上若干件“全体平均水平”的案件"
    f"（{WEIGHTS[0]} 至 {WEIGHTS[1]} 件，各家相差越小添得越多），再按同一公式算分：件数越少，越接近平均。"
    f"不足 {LEAST} 件的不排名。“得分”一栏不添，照公式算。"
)
ABOUT_EN = (
    "Ranked by the fair score. A rate of few cases is largely luck, so before ranking each rate is mixed with cases at "
    f"the average of all ({WEIGHTS[0]} to {WEIGHTS[1]} of them: the less members differ, the more) and scored by the "
    f"same formula: whoever has few cases stays near the average. Fewer than {LEAST} cases are not ranked. The column "
    "Score is the formula alone."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prior:
    """The mean share of all and how many cases of it are added to everybody's own."""

    mean: Fraction
    weight: int

    def shrunk(self, above: int, below: int) -> Fraction:
        """The share with the mean mixed in; with no case of one's own it is the mean."""
        return (above + self.weight * self.mean) / (below + self.weight)


def prior(shares: Sequence[tuple[int, int]]) -> Prior | None:
    """The prior of members' (numerator, denominator): method of moments of the beta-binomial; None without any case."""
    known = [(above, below) for above, below in shares if below > 0]
    total = sum(below for _, below in known)
    if total == 0:
        return None
    mean = Fraction(sum(above for above, _ in known), total)
    p, spread = float(mean), 1 - sum(below**2 for _, below in known) / total**2
    seen = sum(below * (above / below - p) ** 2 for above, below in known) / total
    by_chance = p * (1 - p) * (len(known) - 1) / total
    between = (seen - by_chance) / spread if spread > 0 else 0.0
    weight = p * (1 - p) / between - 1 if between > 0 else math.inf
    return Prior(mean=mean, weight=round(min(max(weight, WEIGHTS[0]), WEIGHTS[1])))


def wilson(above: int, below: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, 0..1; None where there is nothing to divide by."""
    if below <= 0:
        return None
    p, square = above / below, _Z**2 / below
    middle = (p + square / 2) / (1 + square)
    half = _Z * math.sqrt(p * (1 - p) / below + square / (4 * below)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
