"""`run.py import` and `run.py export`: the county register in and out."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import date
from pathlib import Path
from typing import Any

from tracker import clock
from tracker.cli.output import say
from tracker.county.exports.run import export
from tracker.county.imports.report import ImportReport, Kind
from tracker.county.imports.run import FORMATS, Author, ImportRequest, run_import
from tracker.county.register import Register
from tracker.db.migrate import migrate
from tracker.db.opened import open_database
from tracker.errors import BadValue, SanxunError
from tracker.geo.area import Area
from tracker.settings import Settings

KINDS = [kind.value for kind in Kind]


class NotImported(SanxunError):
    """The file has errors; nothing was written."""


class Importing:
    """The command `import`."""

    @staticmethod
    def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
        """Declare the command."""
        about = "import divisions, grids, departments or workers from GeoJSON, Shapefile, CSV or XLSX"
        parser = commands.add_parser("import", parents=[common], help=about, description=about)
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=FORMATS, help="default: by the file's ending")
        parser.add_argument("--crs", help="such as EPSG:4490 or EPSG:4526 (CGCS2000); default: what the file says")
        parser.add_argument("--valid-from", type=_day, metavar="YYYY-MM-DD", help="default: today")
        parser.add_argument("--dry-run", action="store_true", help="check everything and write nothing")
        parser.set_defaults(run=_import)


class Exporting:
    """The command `export`."""

    @staticmethod
    def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
        """Declare the command."""
        about = "export divisions, grids, departments or workers"
        parser = commands.add_parser("export", parents=[common], help=about, description=about)
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("file", type=Path, help="its ending names the format: .geojson .zip (Shapefile) .csv .xlsx")
        parser.add_argument("--area", metavar="CODE", help="default: everything")
        parser.set_defaults(run=_export)


def _import(words: argparse.Namespace, settings: Settings) -> int:
    request = ImportRequest(
        path=words.file,
        kind=Kind(words.kind),
        valid_from=words.valid_from or clock.local_day(clock.now_ms()),
        format=words.format,
        crs=words.crs,
        dry_run=words.dry_run,
    )
    report = asyncio.run(_run_import(settings, request))
    _show(report)
    if report.problems.errors:
        raise NotImported(f"{report.problems.errors} errors in {words.file.name}; nothing was written")
    return 0


async def _run_import(settings: Settings, request: ImportRequest) -> ImportReport:
    if not request.path.is_file():
        raise BadValue(field="file", value=request.path, allowed="a readable file")
    async with open_database(settings.database, settings.data) as database:
        await migrate(database)
        return await run_import(database, request, Author(address="terminal"))


def _show(report: ImportReport) -> None:
    for problem in report.problems.shown:
        where = f"{problem.file}:{problem.line}"
        say(f"{problem.severity} {where} {problem.field}={problem.value!r}: {problem.allowed}")
    if report.problems.more:
        say(f"… and {report.problems.more} more")
    done = "would be" if report.dry_run else "were" if report.applied else "could be"
    say(f"{report.read} read; {report.added} {done} added, {report.changed} changed, {report.unchanged} unchanged.")


def _export(words: argparse.Namespace, settings: Settings) -> int:
    size = asyncio.run(_run_export(settings, words))
    say(f"{words.file}: {size} bytes")
    return 0


async def _run_export(settings: Settings, words: argparse.Namespace) -> int:
    async with open_database(settings.database, settings.data) as database:
        snapshot = await Register(database).load()
        county = snapshot.county
        if county is None:
            raise BadValue(field="register", value="empty", allowed="a county that was imported or loaded by `demo`")
        area = Area.parse(words.area or county.code)
        exported = export(snapshot, Kind(words.kind), words.file.suffix.lstrip(".").lower(), area)
    _write(words.file, exported.data)
    return len(exported.data)


def _write(path: Path, data: bytes) -> None:
    """Only for the caller's eyes: the workers' export holds whole phone numbers."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise BadValue(field="file", value=path, allowed=f"a file that can be written ({error.strerror})") from None


def _day(text: str) -> date:
    return date.fromisoformat(text)
