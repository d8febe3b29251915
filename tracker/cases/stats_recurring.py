"""Trouble that keeps coming back: the same category, near one another, told alike, more often than chance; pure.

Reports of one category are looked at together where they lie in one cell of some 0.1 km2 or the six around it and their
words are alike. How many chance would bring there is reckoned from how much that place reports of everything else: a
busy village is not a troubled one. Chance is judged over all places and categories at once (Bonferroni), so that random
reports raise a false alarm in at most one look of twenty.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracker.cases.alike import likeness
from tracker.geo.cells import CellId, disk

LEAST = 3  # reports before anything is called recurring
ALIKE = 0.15  # of the words with the first report; short texts share few
FALSE_ALARMS = 0.05  # in one look at random reports


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One report as far as it matters here."""

    id: int
    category: str
    cell: CellId
    at_ms: int
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Reports that belong together, oldest first; `chance` that random reports would make so many anywhere."""

    category: str
    cell: CellId
    reports: tuple[Told, ...]
    expected: float
    chance: float


Usual = Mapping[tuple[CellId, str], int]  # reports of a long time by cell and category


def recurring(reports: Sequence[Told], usual: Usual, least: int = LEAST) -> list[Trouble]:
    """Troubles, the least likely first; a report belongs to one at most."""
    by_category: dict[str, list[Told]] = defaultdict(list)
    for one in reports:
        by_category[one.category].append(one)
    everything, of_category = _totals(usual)
    total, tests = sum(everything.values()), max(1, len(by_category) * max(1, len(everything)))
    found = []
    for category, told in by_category.items():
        others = max(1, total - of_category.get(category, 0))
        for centre, group in _groups(told, least):
            near = sum(everything.get(cell, 0) - usual.get((cell, category), 0) for cell in disk(centre, 1))
            expected = len(told) * max(near, 1) / others
            chance = min(1.0, tests * at_least(len(group), expected))
            if chance < FALSE_ALARMS:
                order = tuple(sorted(group, key=lambda one: (one.at_ms, one.id)))
                found.append(Trouble(category=category, cell=centre, reports=order, expected=expected, chance=chance))
    return sorted(found, key=lambda one: (one.chance, -len(one.reports), one.reports[0].id))


def _totals(usual: Usual) -> tuple[dict[CellId, int], dict[str, int]]:
    """Reports of every kind by cell, and by category."""
    cells: dict[CellId, int] = defaultdict(int)
    categories: dict[str, int] = defaultdict(int)
    for (cell, category), n in usual.items():
        cells[cell] += n
        categories[category] += n
    return cells, categories


def at_least(n: int, expected: float) -> float:
    """The probability of n or more where `expected` come by chance (Poisson)."""
    if expected <= 0:
        return 0.0 if n > 0 else 1.0
    first = max(n, 0)
    term = math.exp(first * math.log(expected) - expected - math.lgamma(first + 1))
    total, k = 0.0, first
    while term > 0 and (k <= expected or term > total * 1e-12):
        total += term
        k += 1
        term *= expected / k
    return min(1.0, total)


def _groups(told: Sequence[Told], least: int) -> list[tuple[CellId, list[Told]]]:
    """Neighbourhoods with enough reports that are told alike, the fullest first; none shares a report."""
    by_cell: dict[CellId, list[Told]] = defaultdict(list)
    for one in told:
        by_cell[one.cell].append(one)
    near = {cell: _around(cell, by_cell) for cell in by_cell}
    taken: set[int] = set()
    found = []
    for cell in sorted(near, key=lambda one: (-len(near[one]), one)):
        left = [one for one in near[cell] if one.id not in taken]
        group = _alike(left) if len(left) >= least else []
        if len(group) >= least:
            taken |= {one.id for one in group}
            found.append((cell, group))
    return found


def _around(cell: CellId, by_cell: Mapping[CellId, list[Told]]) -> list[Told]:
    return [one for other in disk(cell, 1) for one in by_cell.get(other, ())]


def _alike(told: Iterable[Told]) -> list[Told]:
    """The largest set of reports that are told like one of them."""
    every = sorted(told, key=lambda one: one.id)[-60:]
    sets = ([other for other in every if other is one or likeness(one.words, other.words) >= ALIKE] for one in every)
    return max(sets, key=len, default=[])
