"""Choose the command, read its settings, and turn foreseen errors into one clear line."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker import settings
from tracker.cli import demo, export, keys, migrate, register, replay, serve, simulate, user
from tracker.cli.output import fail
from tracker.errors import SanxunError

ABOUT = "Sanxun (三巡): live patrol and rural governance server."
COMMANDS = (serve, demo, migrate, simulate, replay, register.Importing, register.Exporting, export, user, keys)


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command; returns the exit status: 0 done, 1 a foreseen error, 2 wrong words."""
    parser = build_parser()
    words = parser.parse_args(_with_default(argv))
    try:
        chosen = settings.read(_flags(words), environ, _config_file(words, environ))
        set_up_log(chosen.log_level)
        status: int = words.run(words, chosen)
    except SanxunError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return 130
    return status


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; every command shows the settings that it takes."""
    parser = argparse.ArgumentParser(prog="run.py", description=ABOUT)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = _common_flags()
    for command in COMMANDS:
        command.add_parser(commands, common)
    return parser


def _common_flags() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group(
        "settings", "flags beat TRACKER_… variables, which beat the file of --config (see README)"
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    for one in settings.documented():
        if flag := one.metadata["flag"]:
            about = f"{one.metadata['about']} (default: {one.default or 'none'})"
            group.add_argument(flag, dest=f"set_{one.name}", metavar=one.name.upper(), help=about.replace("%", "%%"))
    return common


def _flags(words: argparse.Namespace) -> dict[str, Any]:
    return {name.removeprefix("set_"): value for name, value in vars(words).items() if name.startswith("set_")}


def _config_file(words: argparse.Namespace, environ: Mapping[str, str]) -> Path | None:
    named = words.config or environ.get("TRACKER_CONFIG")
    return Path(named) if named else None


def _with_default(argv: Sequence[str]) -> list[str]:
    """`serve` is the command when none is named."""
    if argv and (not argv[0].startswith("-") or argv[0] in {"-h", "--help"}):
        return list(argv)
    return ["serve", *argv]


def set_up_log(level: str, process: str = "") -> None:
    """Write sentences to standard error; one of several processes says its name."""
    name = f"{process} " if process else ""
    logging.basicConfig(
        level=level.upper(),
        format=f"%(asctime)s %(levelname)-7s {name}%(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    for each_connection in ("aiohttp.access", "websockets.server"):
        logging.getLogger(each_connection).setLevel(logging.WARNING)
    logging.getLogger("shapefile").setLevel(logging.ERROR)  # a line for each ring that it turns round
