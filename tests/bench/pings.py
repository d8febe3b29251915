"""What the whole program takes: uploads of 10 fixes over HTTP into the real server with its own PostgreSQL.

    python tests/bench/pings.py [--seconds 5] [--connections 400] [--viewers 20] [--rate 20000] [--data FOLDER]

The server runs as `run.py demo` on a prepared county (made once, kept in FOLDER); phones and viewers are processes of
their own on the same machine. CPU is user and system time from /proc, of the server and of all PostgreSQL processes.
Acks count from the scheduled send time where the load is open (phones do not wait for each other), else from the send.
ping→viewer counts from the time inside the fix, which is its scheduled send time, to the arrival of the frame; where
one worker sends twice within a tick, only the newer fix is seen. The floor is a bare uvloop server with a fixed reply.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.load.floor import floor_process
from tests.bench.load.house import cpu_s, house
from tests.bench.load.phones import BATCH, Phase, Phone, Result, phones_process
from tests.bench.load.viewers import viewers_process

WARM_S = 1.5


class Bench:
    """Runs phases and prints a line for each."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.seconds: float = options.seconds
        self.viewers: int = options.viewers
        self.context = multiprocessing.get_context("spawn")
        head = f"{'what':<34}{'pings/s':>9}{'server':>8}{'PG':>6}{'sum':>7}{'ack p50':>9}{'p99':>8}"
        self.say(f"{'':<34}{'':>9}{'CPU µs per ping':^21}{'ms':^17}{'ping→viewer ms':>18}{'viewer':>9}")
        self.say(f"{head}{'p50':>10}{'p99':>8}{'B/s':>9}{'load':>7}")

    def say(self, line: str) -> None:
        """One line of the table."""
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def floor(self, phones: list[Phone]) -> None:
        """What sockets alone cost with the same requests."""
        port = self.context.Value("i", 0)
        child = self.context.Process(target=floor_process, args=(port,), daemon=True)
        child.start()
        while not port.value:
            time.sleep(0.02)
        pid = child.pid or 0
        self.run("floor: bare server, fixed reply", port.value, phones, lambda: (cpu_s(pid), 0.0))
        child.terminate()

    def run(
        self,
        name: str,
        port: int,
        senders: list[Phone],
        used_s: Callable[[], tuple[float, float]],
        *,
        compact: bool = False,
        rate: float = 0,
        cookie: str = "",
    ) -> float:
        """One phase; returns pings/s."""
        start_s = time.time() + 1 + WARM_S + len(senders) / 2000
        phase = Phase(
            name=name,
            port=port,
            phones=senders,
            compact=compact,
            rate=rate,
            start_s=start_s,
            seconds=self.seconds,
        )
        window = (start_s, start_s + self.seconds)
        watching = self._start(viewers_process, port, cookie, self.viewers, window) if cookie else None
        sending = self._start(phones_process, phase)
        time.sleep(max(0.0, start_s - time.time()))
        before = used_s()
        time.sleep(max(0.0, window[1] - time.time()))
        after, load = used_s(), os.getloadavg()[0]
        result: Result = sending.recv()
        late_ms, size = watching.recv() if watching else ([], 0)
        self._line(phase, result, (after[0] - before[0], after[1] - before[1]), late_ms, size, load)
        return result.stored / self.seconds

    def _start(self, target: Callable[..., None], *words: Any) -> Connection:
        ours, theirs = self.context.Pipe()
        self.context.Process(target=target, args=(*words, theirs), daemon=True).start()
        return ours

    def _line(
        self, phase: Phase, result: Result, cpu: tuple[float, float], late_ms: list[float], size: int, load: float
    ) -> None:
        pings = max(1, result.stored)
        server, database = (1e6 * used / pings for used in cpu)
        line = f"{phase.name:<34}{result.stored / self.seconds:>9,.0f}{server:>8.1f}{database:>6.1f}"
        line += f"{server + database:>7.1f}{share(result.acks_ms, 50):>9}{share(result.acks_ms, 99):>8}"
        line += f"{share(late_ms, 50):>10}{share(late_ms, 99):>8}{size / self.seconds:>9,.0f}{load:>7.2f}"
        self.say(line + (f"  {result.wrong} wrong answers" if result.wrong else ""))


def share(values: list[float], percent: float) -> str:
    """A percentile as text."""
    return f"{np.percentile(values, percent):.1f}" if values else "–"


def main(options: argparse.Namespace) -> None:
    """Floor, saturation in both forms, then half of it (or `--rate`) with viewers."""
    bench = Bench(options)
    with house(options.data, options.villages, options.connections) as found:
        bench.floor(found.phones)
        used = found.used_s
        most = bench.run("object form, saturation", found.port, found.phones, used)
        bench.run("compact form, saturation", found.port, found.phones, used, compact=True)
        rate = (options.rate or most / 2) / BATCH
        name = f"object form, offered {rate * BATCH:,.0f}/s"
        bench.run(name, found.port, found.phones, used, rate=rate)
        bench.run(f"the same, {bench.viewers} viewers", found.port, found.phones, used, rate=rate, cookie=found.cookie)
    bench.say(f"{len(found.phones)} connections, uploads of {BATCH}; {os.cpu_count()} cores shared by all")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4, help="measured time of each of the five phases")
    parser.add_argument("--connections", type=int, default=400)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0, help="pings/s offered; default: half of saturation")
    parser.add_argument("--villages", type=int, default=522)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "sanxun-bench")
    main(parser.parse_args())
