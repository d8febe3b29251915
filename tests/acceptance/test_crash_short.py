"""The short form of `make crash`: every way to die once, then the ledger must balance."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.acceptance.program import free_port
from tests.crash.trials import Trial, deaths_of, prepare
from tests.crash.victim import Victim


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_nothing_is_lost_doubled_or_wrong_after_three_deaths_under_load() -> None:
    with tempfile.TemporaryDirectory(prefix="sanxun-crash-") as folder:
        Path(folder).chmod(0o755)
        data, port = Path(folder) / "data", free_port()
        walkers = prepare(data, port, phones=12, hours=12)
        victim = Victim(data=data, port=port)
        trial = Trial(victim, walkers, pause_s=0.02, seed=7)
        try:
            result = asyncio.run(trial.run([victim.kill_backend, victim.kill_both, victim.kill_postgres]))
        finally:
            victim.stop()
        assert result.is_good, str(result)
        assert not trial.counts.wrong
        assert trial.counts.repeats > 0
        assert len(trial.deaths) == 3
        assert victim.starts >= 2


def test_all_ways_to_die_take_their_turn(tmp_path: Path) -> None:
    victim = Victim(data=tmp_path / "data", port=0)
    ways = [kill.__name__ for kill in deaths_of(victim, 100, 3, has_processes=False)]
    assert {ways.count(way) for way in set(ways)} == {20}
