"""What the commands print: progress and results on standard output, failures on standard error."""

from __future__ import annotations

import sys


def say(text: str = "") -> None:
    """One line for the person at the terminal."""
    print(text, flush=True)  # noqa: T201  # the one place that prints


def fail(text: str) -> int:
    """One line about what went wrong; returns the exit status for it."""
    print(f"run.py: {text}", file=sys.stderr, flush=True)  # noqa: T201  # as say
    return 1
