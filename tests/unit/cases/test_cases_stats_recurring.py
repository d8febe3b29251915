from __future__ import annotations

import random
from collections import Counter

import pytest

from tracker.cases.stats_recurring import Told, at_least, recurring
from tracker.geo.cells import CellId, cell_of

WORDS = ("村口垃圾没人清运", "主街路灯不亮", "机井水泵坏了", "下水道堵塞", "医保报销怎么办")
CATEGORIES = ("0102", "0202", "0206", "0103", "0502")


def reports(dice: random.Random, n: int, *, spread: float = 0.1) -> list[Told]:
    """Reports at random: every kind everywhere."""
    found = []
    for key in range(n):
        kind = dice.randrange(5)
        cell = cell_of(37 + dice.random() * spread, 115 + dice.random() * spread, 9)
        found.append(Told(id=key, category=CATEGORIES[kind], cell=cell, at_ms=key, words=WORDS[kind]))
    return found


def usual(told: list[Told]) -> dict[tuple[CellId, str], int]:
    return dict(Counter((one.cell, one.category) for one in told))


def test_random_reports_raise_an_alarm_once_in_twenty_looks_at_most() -> None:
    looks = 120
    alarms = 0
    for seed in range(looks):
        told = reports(random.Random(seed), 300)
        alarms += bool(recurring(told, usual(told)))
    assert alarms <= looks // 20


def test_a_busy_village_is_not_a_troubled_one() -> None:
    dice = random.Random(3)
    told = reports(dice, 150)
    busy = cell_of(37.05, 115.05, 9)
    told += [Told(id=1000 + n, category=CATEGORIES[n % 5], cell=busy, at_ms=n, words=WORDS[n % 5]) for n in range(60)]
    assert recurring(told, usual(told)) == []


def test_one_lane_whose_lights_keep_failing_is_found_with_its_reports() -> None:
    told = reports(random.Random(5), 300)
    lane = cell_of(37.02, 115.02, 9)
    stuck = [Told(id=2000 + n, category="0202", cell=lane, at_ms=n, words=f"村东路灯第{n}次不亮") for n in range(7)]
    found = recurring(told + stuck, usual(told))
    assert len(found) == 1
    assert {one.id for one in stuck} <= {one.id for one in found[0].reports}
    assert found[0].chance < 0.05


def test_reports_told_quite_otherwise_are_not_one_trouble() -> None:
    lane = cell_of(37.02, 115.02, 9)
    other = ("缺水", "abc", "井盖", "电线杆", "xyz", "围墙", "大树")
    told = reports(random.Random(5), 300)
    apart = [Told(id=2000 + n, category="0202", cell=lane, at_ms=n, words=text) for n, text in enumerate(other)]
    assert recurring(told + apart, usual(told)) == []


@pytest.mark.parametrize(
    ("n", "expected", "wanted"), [(0, 2.0, 1.0), (1, 1.0, 0.632121), (3, 1.0, 0.080301), (5, 0.5, 0.000172)]
)
def test_chance_is_poissons(n: int, expected: float, wanted: float) -> None:
    assert at_least(n, expected) == pytest.approx(wanted, abs=1e-6)
