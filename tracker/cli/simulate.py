"""`run.py simulate`."""

from __future__ import annotations

import argparse
from typing import Any

from tracker.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("simulate", parents=[common])
    parser.set_defaults(run=run)


def run(_words: argparse.Namespace, _settings: Settings) -> int:
    """Do it."""
    return 1
