"""`run.py replay`: recorded GPX tracks, sent to a running server like a phone sends them."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from tqdm import tqdm

from tracker.cli.output import fail, say
from tracker.demo.credentials import FILE, Credentials, DemoDevice, read_credentials
from tracker.demo.replay.outcome import Outcome, table
from tracker.demo.replay.pace import Pace, read_pace
from tracker.demo.replay.place import length_m, moved
from tracker.demo.replay.plan import Timing, devices_for, supervisor, timed
from tracker.demo.replay.recording import Recording, read_recording
from tracker.demo.replay.sender import Map, Phone
from tracker.errors import BadValue, SanxunError
from tracker.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One file, who sends it, and what was done to it before."""

    recording: Recording
    device: DemoDevice
    notes: list[str]


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "send recorded GPX tracks to a running server, as a worker's phone"
    parser = commands.add_parser("replay", parents=[common], help=about, description=about)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.gpx")
    parser.add_argument("--server", help="default: the address in the credentials file")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--token", help="token of the phone that sends; default: one of the credentials file")
    who.add_argument("--credentials", type=Path, help=f"default: DATA/{FILE}")
    parser.add_argument("--worker", type=int, nargs="+", default=[], metavar="ID", help="one for all files or one each")
    parser.add_argument("--now", action="store_true", help="move the times so that the last point is now")
    parser.add_argument("--into-grid", action="store_true", help="move the track to the middle of the worker's grid")
    parser.add_argument("--speed", default="max", metavar="N", help="times as fast as recorded, or max (default)")
    parser.add_argument("--repair-times", type=float, metavar="S", help="points without a usable time: S seconds apart")
    parser.add_argument("--dry-run", action="store_true", help="read and check everything, send nothing")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace, settings: Settings) -> int:
    """Check every file, then send them one after the other; 0 if every point was accounted for."""
    pace = read_pace(words.speed)
    timing = _timing(words)
    recordings = _read_all(words.files, timing)
    if recordings is None:
        return fail("nothing was sent")
    credentials = _credentials(words, settings, len(recordings))
    devices = devices_for(len(recordings), credentials, words.worker)
    jobs = [
        Job(recording=one, device=device, notes=notes) for (one, notes), device in zip(recordings, devices, strict=True)
    ]
    outcomes = asyncio.run(_replay(words, credentials, jobs, pace))
    for line in table(outcomes):
        say(line)
    if words.dry_run:
        say("Nothing was sent (--dry-run).")
    return 0


def _timing(words: argparse.Namespace) -> Timing:
    step = words.repair_times
    if step is not None and not 0.001 <= step <= 86_400:
        raise BadValue(field="repair-times", value=step, allowed="0.001..86400 seconds")
    now_ms = int(time.time() * 1000) if words.now else None
    return Timing(now_ms=now_ms, step_ms=None if step is None else round(step * 1000))


def _read_all(files: Sequence[Path], timing: Timing) -> list[tuple[Recording, list[str]]] | None:
    """Every file read and checked, all that is wrong told at once; None if anything was wrong."""
    read: list[tuple[Recording, list[str]]] = []
    for file in files:
        try:
            read.append(timed(read_recording(file), timing))
        except SanxunError as error:
            fail(str(error))
    return read if len(read) == len(files) else None


def _credentials(words: argparse.Namespace, settings: Settings, files: int) -> Credentials:
    if words.token is None:
        path = words.credentials or settings.data / FILE
        return at_server(_read_credentials(path), words.server)
    for name in ("worker", "into_grid"):
        if getattr(words, name):
            raise BadValue(field=name.replace("_", "-"), value="with --token", allowed="only with --credentials")
    if not words.server:
        raise BadValue(field="server", value="missing", allowed="--server URL, because --token says nothing about it")
    phones = [DemoDevice(worker=0, token=words.token)] * files
    return at_server(Credentials(url="", accounts=[], devices=phones), words.server)


def _read_credentials(path: Path) -> Credentials:
    try:
        found = read_credentials(path)
    except (OSError, msgspec.DecodeError):
        found = None
    if found is None:
        raise BadValue(field="credentials", value=path, allowed="the file that `run.py demo` writes, or --token")
    return found


def at_server(credentials: Credentials, server: str | None) -> Credentials:
    """The credentials for another address; raises BadValue."""
    if server is None:
        return credentials
    if not server.startswith(("http://", "https://")):
        raise BadValue(field="server", value=server, allowed="http://… or https://…")
    return Credentials(url=server, accounts=credentials.accounts, devices=credentials.devices)


async def _replay(words: argparse.Namespace, credentials: Credentials, jobs: list[Job], pace: Pace) -> list[Outcome]:
    timeout = aiohttp.ClientTimeout(total=60)
    jar = aiohttp.CookieJar(unsafe=True)  # the demo server is an IP address
    async with aiohttp.ClientSession(credentials.url, timeout=timeout, cookie_jar=jar) as session:
        if words.into_grid or not words.dry_run:
            await _greet(session, credentials.url)
        if words.into_grid:
            jobs = await _into_grids(session, credentials, jobs)
        return [await _send(session, job, pace, dry=words.dry_run) for job in jobs]


async def _greet(session: aiohttp.ClientSession, url: str) -> None:
    """A server that never answered is a wrong address, one that stops answering later is waited for."""
    try:
        async with session.get("/healthz") as answer:
            if answer.status == 200:
                return
            said = f"/healthz answered {answer.status}"
    except (aiohttp.ClientError, TimeoutError) as error:
        said = str(error)
    raise BadValue(field="server", value=url, allowed=f"the address of a running server ({said})")


async def _into_grids(session: aiohttp.ClientSession, credentials: Credentials, jobs: list[Job]) -> list[Job]:
    grids = Map(session, supervisor(credentials))
    await grids.sign_in()
    placed = []
    for job in jobs:
        lat, lon = await grids.grid_centre(job.device.worker)
        points = tuple(moved(job.recording.points, lat, lon))
        placed.append(replace(job, recording=replace(job.recording, points=points)))
    return placed


async def _send(session: aiohttp.ClientSession, job: Job, pace: Pace, *, dry: bool) -> Outcome:
    recording = job.recording
    worker = str(job.device.worker or "token")
    outcome = Outcome(file=recording.file.name, worker=worker, points=len(recording.points))
    outcome.notes += [summary(recording), *job.notes]
    if not dry:
        # the bar is for people: none where output goes to a file
        with tqdm(total=len(recording.points), unit=" points", desc=recording.file.name, disable=None) as bar:
            await Phone(session, job.device.token).replay(recording.points, pace, outcome, bar.update)
    return outcome


def summary(recording: Recording) -> str:
    """What is sent, in words."""
    first, last = recording.points[0].at_ms or 0, recording.points[-1].at_ms or 0
    start, end = (datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds") for ms in (first, last))
    kilometres = length_m(recording.points) / 1000
    waypoints = f", {recording.waypoints} waypoints not sent" if recording.waypoints else ""
    return f"{recording.segments} segments, {kilometres:.1f} km, {start} to {end}{waypoints}"
