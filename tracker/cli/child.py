"""One of several processes of a machine: started by tracker/app/processes.py, never by a person.

Its first line of input says what it is; the end of its input, that its parent is gone. SIGTERM: stop. SIGHUP: leave,
that is stop, but let connections go to the successor that has been started before.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import uvloop

from tracker.app import Server
from tracker.app.processes import READY, STANDING_BY, STOP_S, WAITING, Order, read_order
from tracker.cli.main import set_up_log
from tracker.cli.output import fail, say
from tracker.cli.serve import unless_stopped
from tracker.errors import SanxunError
from tracker.parent import end_with_parent

log = logging.getLogger(__name__)

ORPHAN_S = 3.0  # for a stop without the parent, whose database and bus went with it


def main() -> int:
    """Serve in this place until told to stop; the exit status as of run.py."""
    order = read_order(sys.stdin.buffer.readline())
    end_with_parent(order.place.parent)
    set_up_log(order.settings.log_level, order.place.name)
    try:
        uvloop.run(_serve(order))
    except SanxunError as error:
        return fail(str(error))
    return 0


async def _serve(order: Order) -> None:
    stop, leave = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def parent_ended() -> None:
        """Nothing more is ever written to our input."""
        loop.remove_reader(sys.stdin.fileno())
        stop.set()

    def leave_now() -> None:
        leave.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, leave_now)
    loop.add_reader(sys.stdin.fileno(), parent_ended)
    limit = asyncio.create_task(_limit(stop, order.place.parent), name="limit of the stop")
    server = Server(order.settings, order.place)
    server.on_stand_by = lambda: say(STANDING_BY)
    try:
        say(WAITING)
        if await unless_stopped(server.start(), stop):
            say(READY)
            await server.run_until(stop)
    finally:
        stop.set()
        await server.stop(leaving=leave.is_set())
        limit.cancel()


async def _limit(stop: asyncio.Event, parent: int) -> None:
    """A stop that hangs, as on a database that went with the parent, must not leave a process without a purpose."""
    await stop.wait()
    limit_s = STOP_S if os.getppid() == parent else ORPHAN_S
    await asyncio.sleep(limit_s)
    log.error("The stop took more than %d s", limit_s, extra={"action": "child.cut"})
    os._exit(1)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # threads that still look at a photo must not hold the place
