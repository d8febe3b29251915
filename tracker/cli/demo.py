"""`run.py demo`: a synthetic county with accounts, phones and walkers, served."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tracker import clock
from tracker.app.cases import key_file
from tracker.cases.persons import Persons
from tracker.cli.output import say
from tracker.cli.serve import run_server
from tracker.county.synthetic import load_demo
from tracker.db.migrate import migrate
from tracker.db.opened import open_database
from tracker.demo.cases import make_cases
from tracker.demo.county.build import SEED, build_county
from tracker.demo.county.model import COUNTY_CODE
from tracker.demo.credentials import FILE as CREDENTIALS
from tracker.demo.credentials import Credentials, make_credentials
from tracker.demo.plan import demo_plan
from tracker.errors import SanxunError
from tracker.patrol.store import add_plan
from tracker.settings import Settings

COUNTY_VILLAGES = 522
PROGRAM = Path(__file__).resolve().parents[2] / "run.py"


class NotPrepared(SanxunError):
    """The demo county could not be loaded; the message says why."""


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "load the demo county, write its accounts and phones to a file, serve it, and let walkers walk"
    parser = commands.add_parser("demo", parents=[common], help=about, description=about)
    parser.add_argument(
        "--villages", type=_villages, default=COUNTY_VILLAGES, help="2..522; fewer make a smaller county"
    )
    parser.add_argument("--walkers", type=int, default=None, help="workers that walk; default: all, 0: none")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another county")
    parser.add_argument("--no-serve", action="store_true", help="only load, then end")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace, settings: Settings) -> int:
    """Load what is missing, then serve until told to stop."""
    credentials = _prepared_elsewhere(words.seed, words.villages, settings)
    path = settings.data / CREDENTIALS
    say(f"Accounts and phones of the demo county are in {path} (only you can read it):")
    for account in credentials.accounts:
        say(f"  {account.name:<12} {account.password:<24} {account.role:<11} {account.area}")
    if words.no_serve:
        return 0

    async def start_walkers(url: str) -> None:
        credentials.write(path, url)
        if words.walkers != 0:
            _keep(asyncio.create_task(_walk(url, path, words.walkers), name="walkers"))

    run_server(settings, start_walkers)
    return 0


def _villages(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= COUNTY_VILLAGES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 2 to {COUNTY_VILLAGES}")
    return int(text)


def _prepared_elsewhere(seed: int, villages: int, settings: Settings) -> Credentials:
    """In a process that ends: drawing a county takes 300 MB, which the server need not keep."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_prepare, seed, villages, settings).result()


def _prepare(seed: int, villages: int, settings: Settings) -> Credentials:
    try:
        return asyncio.run(_load(seed, villages, settings))
    except SanxunError as error:
        raise NotPrepared(str(error)) from None  # a plain error survives the way back to the first process


async def _load(seed: int, villages: int, settings: Settings) -> Credentials:
    async with open_database(settings.database, settings.data) as database:
        await migrate(database)
        if not await database.fetchval("select exists (select from division)"):
            say("Drawing the demo county (synthetic shapes, real township names) …")
            started = time.monotonic()
            county = await asyncio.to_thread(build_county, seed, villages)
            await load_demo(database, county)
            await add_plan(database, demo_plan(COUNTY_CODE, clock.local_day(clock.now_ms())), None)
            say(f"{len(county.grids)} grids, {len(county.workers)} workers in {time.monotonic() - started:.1f} s.")
        ring = await key_file(settings).load(database)
        await make_cases(database, seed, Persons(lambda: ring))
        host = f"http://127.0.0.1:{settings.port}"
        return await make_credentials(database, settings.data / CREDENTIALS, host)


async def _walk(url: str, credentials: Path, walkers: int | None) -> None:
    """Walkers are a process of their own: they use the HTTP API like any phone."""
    count = [] if walkers is None else ["--walkers", str(walkers)]
    past = ["--since", "10m", "--speed", "20"]  # a trail behind every worker half a minute after the start
    parent = ["--parent", str(os.getpid())]  # a kill -9 of the server must not leave walkers behind
    words = ["simulate", "--server", url, "--credentials", str(credentials), "--quiet", *past, *parent]
    command = [sys.executable, str(PROGRAM), *words]
    process = await asyncio.create_subprocess_exec(*command, *count)
    try:
        status = await process.wait()
        say(f"The walkers ended with status {status}; the server goes on.")
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
        raise


_kept: set[asyncio.Task[None]] = set()


def _keep(task: asyncio.Task[None]) -> None:
    _kept.add(task)
    task.add_done_callback(_kept.discard)
