"""`run.py serve`: the server until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import uvloop

from tracker.app import Server
from tracker.app.processes import Processes
from tracker.cli.output import say
from tracker.settings import Settings

AFTER_START = Callable[[str], Awaitable[None]]  # (address of the server)


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "serve phones, pages, API and live stream on one port (the default command)"
    parser = commands.add_parser("serve", parents=[common], help=about, description=about)
    parser.set_defaults(run=run)


def run(_words: argparse.Namespace, settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM."""
    run_server(settings)
    return 0


def run_server(settings: Settings, after_start: AFTER_START | None = None) -> None:
    """Serve in this process or in several, until a signal; calls `after_start` when ready."""
    _open_many_files()
    if settings.processes > 1:
        asyncio.run(_serve_several(settings, after_start))
    else:
        uvloop.run(_serve(settings, after_start))


def _open_many_files() -> None:
    """Every phone keeps a connection, and the usual limit is 1,024: take what this user may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(settings: Settings, after_start: AFTER_START | None) -> None:
    """Start everything, call `after_start`, wait for a signal or a failed part, stop in reverse order."""
    stop = _on_signals(signal.SIGINT, signal.SIGTERM)
    server = Server(settings)
    try:
        if not await unless_stopped(server.start(), stop):
            return
        say(f"Sanxun is ready at {server.url}")
        if after_start is not None:
            await after_start(server.url)
        await server.run_until(stop)
        say("Stopping; uploads that wait are committed first.")
    finally:
        await server.stop()


async def _serve_several(settings: Settings, after_start: AFTER_START | None) -> None:
    """Run the processes of this machine until a signal; SIGHUP restarts them one after the other."""
    stop, restart = _on_signals(signal.SIGINT, signal.SIGTERM), _on_signals(signal.SIGHUP)
    processes = Processes(settings)
    try:
        if not await unless_stopped(processes.start(), stop):
            return
        say(f"Sanxun is ready at {processes.url} with {settings.processes} processes")
        if after_start is not None:
            await after_start(processes.url)
        await processes.run_until(stop, restart)
        say("Stopping; uploads that wait are committed first.")
    finally:
        await processes.stop()


async def unless_stopped(starting: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Wait for the start, which may take for ever where a stand-by waits; False when told to stop before its end."""
    start, told = (
        asyncio.create_task(starting, name="start"),
        asyncio.create_task(stop.wait(), name="stop while starting"),
    )
    await asyncio.wait((start, told), return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if start.done():
        start.result()
        return True
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    return False


def _on_signals(*numbers: signal.Signals) -> asyncio.Event:
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in numbers:
        loop.add_signal_handler(number, event.set)
    return event
