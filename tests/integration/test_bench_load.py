"""The load generator still drives the program, and finds everything stored that was acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import figures
from tests.bench.figures import Figures, read

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 160  # a county is made, and the server waited for, on a busy machine
SMALL = ["--villages", "3", "--connections", "12", "--viewers", "2", "--idle", "20", "--flood", "40"]


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S + 20)
@pytest.mark.parametrize("name", ["pings.py", "overload.py"])
def test_a_small_load_ends_well(name: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    file, seconds = tmp_path / "bench.json", "0.5"
    more = ["--data", str(tmp_path / "data"), "--seconds", seconds, "--warm", "0.2", "--file", str(file)]
    command = [sys.executable, str(ROOT / "tests" / "bench" / name), *SMALL, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    found = {one.name: one.value for one in read(file).figures}
    assert found.get("compact: durable pings/s", found.get("capacity", 0)) > 0


def test_a_figure_replaces_the_one_of_the_last_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "build" / "bench.json"
    for value in (10.0, 15.0):
        book = Figures("trial", file)
        book.add("cost", value, "µs", floor=5.0)
        book.write()
    other = Figures("other", file)
    other.add("cost", 1.0, "ms")
    other.write()
    assert [(one.bench, one.value, one.ratio) for one in read(file).figures] == [("trial", 15, 3), ("other", 1, None)]
    assert "before 10.00 (+50 %)" in capsys.readouterr().out


def test_a_file_of_another_form_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    file.write_text("[1, 2]")
    assert figures.read(file).figures == []
