"""The program with a clock that jumps: `stepped.py FILE serve …` adds the milliseconds in FILE to the time of day."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tracker import clock
from tracker.cli.main import main

OFFSET = Path(sys.argv[1])


def now_ms() -> int:
    """The time of day, and what the file says; a file that is not there adds nothing."""
    try:
        offset = int(OFFSET.read_text() or 0)
    except OSError:
        offset = 0
    return time.time_ns() // 1_000_000 + offset


if __name__ == "__main__":
    clock.now_ms = now_ms  # before any room takes it
    sys.exit(main(sys.argv[2:], os.environ))
