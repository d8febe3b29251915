"""`run.py serve`: the server until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from tracker.app import Server
from tracker.cli.output import say
from tracker.settings import Settings

AFTER_START = Callable[[Server], Awaitable[None]]


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    about = "serve phones, pages, API and live stream on one port (the default command)"
    parser = commands.add_parser("serve", parents=[common], help=about, description=about)
    parser.set_defaults(run=run)


def run(_words: argparse.Namespace, settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM."""
    uvloop.run(serve(settings))
    return 0


async def serve(settings: Settings, after_start: AFTER_START | None = None) -> None:
    """Start everything, call `after_start`, wait for a signal or a failed part, stop in reverse order."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = Server(settings)
    try:
        await server.start()
        say(f"Sanxun is ready at {server.url}")
        if after_start is not None:
            await after_start(server)
        await server.run_until(stop)
        say("Stopping; uploads that wait are committed first.")
    finally:
        await server.stop()
