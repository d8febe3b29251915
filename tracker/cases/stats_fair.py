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
    f"名次按收缩后的得分：每项比率先并入 m 件全体平均水平（m 由各单位差异按矩估计，{WEIGHTS[0]}–{WEIGHTS[1]}），"
    f"件数越少越接近平均；不足 {LEAST} 件的不排名；区间为 95% 威尔逊区间"
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
