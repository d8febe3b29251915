"""Three days of a village with every honest truth and every cheat: what the reports say of each."""

from __future__ import annotations

import pytest

from tests.bench.month import Watch, Wish, simulate_in
from tests.bench.monthly.house import House
from tests.bench.monthly.says import Said, lines_of
from tests.bench.monthly.truths import EXPECTED, Truth
from tracker.db.pool import Database


@pytest.fixture
async def said(database: Database) -> Said:
    found, _ = await simulate_in(House(database), Wish(workers=24, days=3, signal_days=3), Watch())
    return found


async def test_the_reports_tell_the_truth_of_three_days(said: Said) -> None:
    text = "\n".join(lines_of(said))
    happened = {truth for truth, _ in said.states}
    assert happened >= set(Truth) - {Truth.LANES}, "every truth happens at least once"
    assert said.wrong == [], text
    assert said.differences == [], text
    assert said.states[Truth.OFF, "no_data"] > 0 == said.states[Truth.OFF, "missed"]
    cheats = {(truth, kind) for truth, wanted in EXPECTED.items() for kind in wanted.signals}
    assert set(said.hits) >= cheats
    assert +said.misses == {}, text
    assert said.accused == [], text
    assert abs(sum(said.errors[Truth.FULL]) / len(said.errors[Truth.FULL])) < 0.04
