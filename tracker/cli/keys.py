"""`run.py keys`: a fresh key for reporters' names and phones, and everything sealed with it."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from tracker.app.cases import key_file
from tracker.cases.keyring import reseal, rotated
from tracker.cli.output import say
from tracker.db.opened import open_database
from tracker.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """The command's words."""
    about = "change the key that seals reporters' names and phones"
    parser = commands.add_parser("keys", parents=[common], help=about, description=f"{about.capitalize()}.")
    parser.add_argument("what", choices=("rotate", "reseal"), help="rotate: a fresh key, then reseal; reseal: the rest")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace, settings: Settings) -> int:
    """Rotate or reseal; raises SanxunError."""
    asyncio.run(_run(words.what, settings))
    return 0


async def _run(what: str, settings: Settings) -> None:
    file = key_file(settings)
    async with open_database(settings.database, settings.data) as database:
        ring = await file.load(database)
        if what == "rotate":
            file.write(rotated(ring))
            ring = await file.load(database)
        count = await reseal(database, ring)
        say(f"{count} sealed rows are under the key {ring.current} of {file.path}.")
