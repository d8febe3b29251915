"""What the whole program takes: uploads over HTTP into the real server with its own PostgreSQL, live viewers watching.

    python tests/bench/pings.py [--seconds 6] [--connections 4215] [--viewers 200] [--idle 10000] [--data FOLDER]

The server runs as `run.py demo` on a prepared county (made once, kept in FOLDER), every worker on duty; phones and
viewers are processes of their own on the same machine. CPU is user and system time from /proc. Saturation is a closed
loop over all connections; at half of it the loop is open, and acks count from the scheduled time of sending. Ping to
viewer counts from the time inside the fix, which is its scheduled time of sending, to the arrival of the frame. The
floors, measured in the same run, are a server that answers as many bytes and looks at nothing, and a bare COPY.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import FILE, Figures, say
from tests.bench.load.floor import copy_floor, echo_process
from tests.bench.load.house import House, cpu_s, house
from tests.bench.load.phones import Plan, Result, idle_process, phones_process
from tests.bench.load.requests import BATCH, Form, Phone
from tests.bench.load.viewers import Watched, viewers_process

FLOOD = 15_000  # connections: together more fixes under way than `ingest_queue_fixes` lets wait
COUNTY_EVERY_S = 15.0  # what the phones of the county are told
SIZE = "select sum(pg_total_relation_size(relid)) from pg_partition_tree('segment')"
FIXES = "select coalesce(sum(fixes), 0) from segment"
WAL = "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a phase took for each fix: CPU µs of server, PostgreSQL and senders, bytes of log and tables."""

    result: Result
    watched: Watched
    server_us: float
    database_us: float
    sender_us: float
    wal: float
    disk: float

    @property
    def sum_us(self) -> float:
        """What the program costs; the senders are the phones' own."""
        return self.server_us + self.database_us

    def ack_ms(self, percent: float) -> float:
        """A percentile of the latency of answers."""
        return share(self.result.acks_ms, percent)


class Bench:
    """Runs phases against one house."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.seconds: float = options.seconds
        self.warm_s: float = options.warm
        self.connections: int = options.connections
        self.context = multiprocessing.get_context("spawn")

    def run(
        self,
        found: House,
        form: Form,
        *,
        rate: float = 0.0,
        viewers: int = 0,
        connections: int = 0,
        settle: bool = True,
        joins: bool = False,
    ) -> Costs:
        """One phase; `rate` in uploads/s, 0 = as fast as answers come; `settle` waits for the patrol's work."""
        plan = self._plan(found.port, found.phones, form, rate, connections or self.connections, joins=joins)
        sending = self.start(phones_process, plan)
        watching = self.start(viewers_process, found.port, found.cookies, viewers, self.seconds) if viewers else None
        children = tuple(filter(None, (sending, watching)))
        wait_for(children)
        start_s = self.begin(*children)
        sleep_until(start_s)
        before, bytes_before = found.used_s(), self._bytes(found)
        sleep_until(start_s + self.seconds)
        after, bytes_after = found.used_s(), self._bytes(found)
        result: Result = sending.recv()
        watched: Watched = watching.recv() if watching else Watched()
        if settle:
            found.settle()
        fixes = max(1, result.fixes)
        return Costs(
            result=result,
            watched=watched,
            server_us=1e6 * (after[0] - before[0]) / fixes,
            database_us=1e6 * (after[1] - before[1]) / fixes,
            sender_us=1e6 * result.cpu_s / fixes,
            wal=(bytes_after[0] - bytes_before[0]) / fixes,
            disk=(bytes_after[1] - bytes_before[1]) / fixes,
        )

    def echo_us(self, phones: list[Phone], form: Form) -> float:
        """CPU µs for each request of a server that looks at nothing."""
        port = self.context.Value("i", 0)
        child = self.context.Process(target=echo_process, args=(port,), daemon=True)
        child.start()
        while not port.value:
            time.sleep(0.02)
        sending = self.start(phones_process, self._plan(port.value, phones, form, 0.0, self.connections))
        wait_for([sending])
        start_s = self.begin(sending)
        sleep_until(start_s)
        before = cpu_s(child.pid or 0)
        sleep_until(start_s + self.seconds)
        used = cpu_s(child.pid or 0) - before
        result: Result = sending.recv()
        child.terminate()
        return 1e6 * float(used) / max(1, len(result.acks_ms))

    def idle_kb(self, found: House, count: int) -> float:
        """Resident memory of the server for each connection that has uploaded once and waits.

        Of the second half alone: the first has grown what all uploads share. Only true before any load, which
        leaves free pages behind in which thousands of connections find room.
        """
        waiting = self.start(idle_process, found.port, found.phones, count // 2)
        waiting.recv()
        before = found.rss_kb()
        waiting.send("go on")
        waiting.recv()
        used = found.rss_kb() - before
        waiting.send("go on")
        return used / (count // 2)

    def start(self, target: Callable[..., None], *words: Any) -> Connection:
        """A process that reports through a pipe."""
        ours, theirs = self.context.Pipe()
        self.context.Process(target=target, args=(*words, theirs), daemon=True).start()
        return ours

    def begin(self, *children: Connection) -> float:
        """Tell all when the window begins."""
        start_s = time.time() + self.warm_s + 0.1
        for child in children:
            child.send(start_s)
        return start_s

    def _plan(
        self, port: int, phones: list[Phone], form: Form, rate: float, connections: int, *, joins: bool = False
    ) -> Plan:
        return Plan(
            port=port,
            phones=phones,
            connections=connections,
            form=form,
            rate=rate,
            warm_s=self.warm_s,
            seconds=self.seconds,
            joins=joins,
        )

    def _bytes(self, found: House) -> tuple[int, int]:
        async def ask() -> tuple[int, int]:
            return int(await found.ask(WAL)), int(await found.ask(SIZE))

        return asyncio.run(ask())


def wait_for(children: Sequence[Connection]) -> None:
    """Until all have connected."""
    for child in children:
        child.recv()


def sleep_until(at_s: float) -> None:
    """Wait for a Unix time."""
    time.sleep(max(0.0, at_s - time.time()))


def share(values: Any, percent: float) -> float:
    """A percentile; 0 of nothing."""
    return float(np.percentile(values, percent)) if len(values) else 0.0


def batches(figures: Figures, name: str, costs: Costs, seconds: float, floor_us: float) -> float:
    """The figures of a saturation with uploads of 10; gives fixes/s."""
    figures.add(f"{name}: CPU per ping, server + PostgreSQL", costs.sum_us, "µs", floor=floor_us)
    figures.add(f"{name}: CPU per ping, server alone", costs.server_us, "µs")
    figures.add(f"{name}: CPU per ping, senders", costs.sender_us, "µs")
    figures.add(f"{name}: WAL per ping", costs.wal, "B")
    figures.add(f"{name}: tables and indexes per ping", costs.disk, "B")
    return figures.add(f"{name}: durable pings/s", costs.result.fixes / seconds, "pings/s")


def main(options: argparse.Namespace) -> None:
    """Floors, memory, the county's own load, saturation in three forms, and half of it."""
    bench, figures, seconds = Bench(options), Figures("pings", options.file), options.seconds
    with house(options.data, options.villages, options.connections, options.viewers) as found:
        echo_us, single_us = (bench.echo_us(found.phones, form) for form in (Form.COMPACT, Form.SINGLE))
        copy_us = sum(asyncio.run(copy_floor(found.database, found.database_s)))
        figures.add("floor: sockets alone, a request of 10", echo_us, "µs")
        figures.add("floor: bare COPY, a row of 10", copy_us, "µs")
        floor_us = (echo_us + copy_us) / BATCH
        if options.idle:
            figures.add("memory of an idle connection", bench.idle_kb(found, options.idle), "KB")
        stored = asyncio.run(found.ask(FIXES))
        calm = bench.run(found, Form.COMPACT, rate=len(found.phones) / COUNTY_EVERY_S / BATCH, viewers=options.viewers)
        used = calm.sum_us * calm.result.fixes / seconds / 1e6
        figures.add(f"county at one ping in {COUNTY_EVERY_S:.0f} s: share of a core, all in", 100 * used, "%")
        compact = bench.run(found, Form.COMPACT, viewers=options.viewers)
        most = batches(figures, "compact", compact, seconds, floor_us)
        objects = bench.run(found, Form.OBJECT, viewers=options.viewers)
        batches(figures, "object", objects, seconds, floor_us)
        single = bench.run(found, Form.SINGLE, viewers=options.viewers)
        figures.add("single: CPU per request, server + PostgreSQL", single.sum_us, "µs", floor=single_us + copy_us)
        figures.add("single: requests/s", single.result.fixes / seconds, "req/s")
        half = bench.run(found, Form.COMPACT, rate=most / 2 / BATCH, viewers=options.viewers)
        half_load(figures, half, seconds)
        phases = (calm, compact, objects, single, half)
        missing = sum(one.result.stored for one in phases) - (asyncio.run(found.ask(FIXES)) - stored)
    bad = sum(one.result.wrong + one.result.refused for one in phases)
    say(f"{len(found.phones)} phones, {options.connections} connections, {options.viewers} viewers; {bad} bad answers")
    figures.write()
    if missing > 0:
        raise SystemExit(f"{missing} acknowledged positions are missing in the database")


def half_load(figures: Figures, costs: Costs, seconds: float) -> None:
    """Latencies of the open loop."""
    figures.add("half load: offered and stored", costs.result.fixes / seconds, "pings/s")
    figures.add("half load: CPU per ping, server + PostgreSQL", costs.sum_us, "µs")
    figures.add("half load: ack p50", costs.ack_ms(50), "ms")
    figures.add("half load: ack p99", costs.ack_ms(99), "ms")
    figures.add("half load: ping to viewer p50", share(costs.watched.late_ms, 50), "ms")
    figures.add("half load: ping to viewer p99", share(costs.watched.late_ms, 99), "ms")
    figures.add("half load: bytes to one viewer", costs.watched.wire / seconds, "B/s")


def arguments() -> argparse.ArgumentParser:
    """The words of the command line, which overload.py shares."""
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6, help="measured time of each phase")
    parser.add_argument("--warm", type=float, default=1.5, help="seconds of load before each measurement")
    parser.add_argument("--connections", type=int, default=4215)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--idle", type=int, default=10_000, help="connections that wait, to measure their memory")
    parser.add_argument("--flood", type=int, default=FLOOD, help="connections of the overload")
    parser.add_argument("--villages", type=int, default=522)
    parser.add_argument("--file", type=Path, default=FILE, help="where the figures are kept")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "sanxun-bench")
    return parser


if __name__ == "__main__":
    words = arguments()
    words.description = __doc__
    main(words.parse_args())
