from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"
SMALL = {
    "storage.py": ["--workers", "4", "--uploads", "3", "--commit", "2"],
    "compaction.py": ["--workers", "4", "--hours", "3"],
    "questions.py": ["--workers", "12", "--days", "3"],
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words"), SMALL.items())
def test_a_small_run_of_the_measurement_ends_well(name: str, words: list[str]) -> None:
    command = [sys.executable, str(BENCH / name), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    assert "load average after the run" in done.stdout
