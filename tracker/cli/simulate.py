"""`run.py simulate`: walkers on a running server, through its HTTP API."""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from tqdm import tqdm

from tracker.cli.output import say
from tracker.demo.credentials import FILE, Credentials, read_credentials
from tracker.demo.walkers.county import read_beats
from tracker.demo.walkers.fleet import Clock, Fleet
from tracker.errors import BadValue, SanxunError
from tracker.parent import end_with_parent
from tracker.settings import Settings

FASTEST = 1000  # times real time


class NoServer(SanxunError):
    """The server that the walkers should walk on does not answer."""


_SPAN = re.compile(r"^(\d+)([smhd])$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "walk like the workers of the demo county: lanes, stops, GPS noise, dead spots, offline bursts, cheats"
    parser = commands.add_parser("simulate", parents=[common], help=about, description=about)
    parser.add_argument("--server", help="default: the address in the credentials file")
    parser.add_argument("--credentials", type=Path, help=f"default: DATA/{FILE}")
    parser.add_argument("--walkers", type=int, help="how many; default: all")
    parser.add_argument("--since", default="0s", metavar="SPAN", help="begin in the past, such as 90m or 3h")
    parser.add_argument("--speed", type=_speed, default=1.0, help="times real time, until the present is reached")
    parser.add_argument("--for", dest="length", metavar="SPAN", help="end after this real time, such as 5m")
    parser.add_argument("--off-duty", type=float, default=0.08, metavar="SHARE", help="workers who stay at home")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument("--parent", type=int, metavar="PID", help="end with this process, which started the command")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace, settings: Settings) -> int:
    """Walk until the time is up or Ctrl-C."""
    path = words.credentials or settings.data / FILE
    credentials = read_credentials(path)
    if credentials is None:
        raise BadValue(field="credentials", value=path, allowed="the file that `run.py demo` writes")
    if words.parent:
        end_with_parent(words.parent)
    try:
        uvloop.run(_walk(words, credentials))
    except aiohttp.ClientConnectionError as error:
        raise NoServer(f"no server answers at {words.server or credentials.url}: {error}") from None
    return 0


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, at most {FASTEST}")
    return speed


async def _walk(words: argparse.Namespace, credentials: Credentials) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if words.length:
        loop.call_later(_seconds("for", words.length), stop.set)
    connector = aiohttp.TCPConnector(limit=64)
    jar = aiohttp.CookieJar(unsafe=True)  # the demo server is an IP address
    url = words.server or credentials.url
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(url, connector=connector, cookie_jar=jar, timeout=timeout) as session:
        beats = await read_beats(session, credentials, words.walkers)
        clock = Clock(time.time() - _seconds("since", words.since), words.speed)
        fleet = Fleet(session, beats, clock, off_duty=words.off_duty)
        with tqdm(disable=words.quiet, unit=" fixes", desc=f"{len(beats)} walkers") as bar:
            await fleet.run(stop, lambda fleet: _show(bar, fleet))
    counts = ", ".join(f"{name} {count}" for name, count in sorted(fleet.counts.items()))
    say(f"{len(beats)} walkers: {counts}; {fleet.waiting} fixes still on phones.")


def _show(bar: tqdm[Any], fleet: Fleet) -> None:
    bar.update(fleet.counts["stored"] - bar.n)
    behind_s = time.time() - fleet.now_s()
    bar.set_postfix(waiting=fleet.waiting, behind=f"{behind_s:.0f}s", refresh=False)


def _seconds(name: str, text: str) -> float:
    match = _SPAN.match(text)
    if not match:
        raise BadValue(field=name, value=text, allowed="a number and s, m, h or d, such as 90m")
    return int(match[1]) * _SECONDS[match[2]]
