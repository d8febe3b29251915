"""`run.py migrate`: bring the database to this program's schema."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from tracker.cli.output import say
from tracker.db.migrate import migrate
from tracker.db.opened import open_database
from tracker.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "apply the migrations that are missing, and say which"
    parser = commands.add_parser("migrate", parents=[common], help=about, description=about)
    parser.set_defaults(run=run)


def run(_words: argparse.Namespace, settings: Settings) -> int:
    """Apply what is missing."""
    asyncio.run(_migrate(settings))
    return 0


async def _migrate(settings: Settings) -> None:
    async with open_database(settings.database, settings.data) as database:
        applied = await migrate(database)
    for name in applied:
        say(f"applied {name}")
    say(f"{len(applied)} migrations applied; the schema is up to date.")
