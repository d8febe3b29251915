"""Memory that was used and freed goes back to the system."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker.patrol.memory import give_back


def resident_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory is in use")
def test_freed_small_pieces_go_back() -> None:
    pieces = [np.ones(4000, np.int8) for _ in range(25_000)]  # 100 MB in pieces that malloc keeps
    kept = pieces[-1]  # at the top of the heap, so that freeing alone gives nothing back
    pieces.clear()
    before = resident_mb()
    assert give_back()
    assert before - resident_mb() > 50
    assert kept[0] == 1
