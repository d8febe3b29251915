"""`run.py export-tracks`: the positions of one day as a file for analysts, also while the server runs."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import date
from pathlib import Path
from typing import Any

from tracker.cli.output import say
from tracker.db.migrate import migrate
from tracker.db.opened import open_database
from tracker.errors import BadValue, SanxunError
from tracker.people.audit import Audit
from tracker.settings import Settings
from tracker.tracks.geoparquet import write_day


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "write every position of one day into a file: personal data, for whoever runs the machine (docs/storage.md)"
    parser = commands.add_parser("export-tracks", parents=[common], help=about, description=about)
    parser.add_argument("file", type=Path, help="such as tracks.parquet; readable by you alone")
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="the local day, such as 2026-11-23")
    parser.add_argument("--format", choices=["geoparquet"], default="geoparquet")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace, settings: Settings) -> int:
    """Write the file, and a line of the audit."""
    _make(words.file)
    try:
        fixes = asyncio.run(_export(settings, words.day, words.file))
    except SanxunError:
        words.file.unlink()  # half a file would look like a day
        raise
    say(f"{words.file}: {fixes} positions, {words.file.stat().st_size} bytes")
    return 0


async def _export(settings: Settings, day: date, file: Path) -> int:
    async with open_database(settings.database, settings.data) as database:
        await migrate(database)
        await Audit(database).write("track.export", subject=f"day:{day.isoformat()}", address="terminal")
        return await write_day(database, day, file)


def _make(file: Path) -> None:
    """For the caller's eyes only, from the first byte on."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        file.chmod(0o600)
    except OSError as error:
        raise BadValue(field="file", value=file, allowed=f"a file that can be written ({error.strerror})") from None
