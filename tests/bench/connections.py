"""A hundred thousand phones that keep their connections: `python tests/bench/connections.py [--most 100000]`.

A process may hold as many connections as it may open files (`ulimit -n`), so the server runs with `--processes`, and
the phones are several processes that leave from several loopback addresses. Measured are how fast connections are
taken, what one costs in memory, what all cost while nobody says anything, and an upload in `--every` s from each.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures, say
from tests.bench.load.house import House, house
from tests.bench.load.phones import Plan, Result, phones_process
from tests.bench.load.requests import Form
from tests.bench.pings import Bench, arguments, share, sleep_until, wait_for

SPARE = 2_000  # files of a process that are no connections, and how much more than its share one may be given
IDLE_S = 10.0
WORKERS = 4_215


def main(options: argparse.Namespace) -> None:
    """Connect, wait, upload."""
    bench, figures = Bench(options), Figures("connections", options.file)
    bench.warm_s = options.every  # so that each has uploaded once
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE
    parts = -(-options.most // limit)
    takers = options.takers or parts + (parts > 1)
    more = ("--processes", str(takers + 1)) if takers > 1 else ()
    say(f"{options.most} connections from {parts} processes to {takers}, which may open {limit + SPARE} files each")
    for form in (Form.SINGLE, Form.COMPACT):  # each on a new server: memory that was freed would be used again
        with house(options.data, options.villages, WORKERS, 0, more=more) as found:
            measure(bench, found, figures, form, parts, options)
    figures.write()


def measure(bench: Bench, found: House, figures: Figures, form: Form, parts: int, options: argparse.Namespace) -> None:
    """All connections of one form of upload, from the first to the last."""
    name, each = form.value, options.most // parts
    before, began_s = (found.rss_kb(), kernel_kb()), time.monotonic()
    plans = [
        Plan(
            port=found.port,
            phones=found.phones[part::parts],
            connections=each,
            first=part * each,
            form=form,
            rate=each / options.every,
            warm_s=bench.warm_s,
            seconds=options.every,
        )
        for part in range(parts)
    ]
    children = [bench.start(phones_process, plan) for plan in plans]
    wait_for(children)
    figures.add(f"{name}: connections taken", each * parts / (time.monotonic() - began_s), "1/s")
    figures.add(f"{name}: CPU while nobody says anything", 100 * idle_share(found), "% of a core")
    start_s = bench.begin(*children)
    sleep_until(start_s)
    used = found.used_s()
    sleep_until(start_s + options.every)
    server_s, database_s = (after - start for start, after in zip(used, found.used_s(), strict=True))
    held = [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in found.pids()]
    memory = (found.rss_kb() - before[0], kernel_kb() - before[1])
    results: list[Result] = [child.recv() for child in children]
    note(figures, name, results, options.every)
    requests = max(1, sum(len(one.acks_ms) for one in results))
    figures.add(f"{name}: CPU for a request, server", 1e6 * server_s / requests, "µs")
    figures.add(f"{name}: CPU for a request, PostgreSQL", 1e6 * database_s / requests, "µs")
    figures.add(f"{name}: memory of the server for a connection", memory[0] / each / parts, "KB")
    figures.add(f"{name}: memory of the kernel for both ends", memory[1] / each / parts, "KB")
    figures.add(f"{name}: most files of one process", max(held), "")


def note(figures: Figures, name: str, results: list[Result], seconds: float) -> None:
    """What was answered."""
    acks_ms = np.concatenate([one.acks_ms for one in results])
    figures.add(f"{name}: stored", sum(one.fixes for one in results) / seconds, "pings/s")
    figures.add(f"{name}: ack p50", share(acks_ms, 50), "ms")
    figures.add(f"{name}: ack p99", share(acks_ms, 99), "ms")
    figures.add(f"{name}: senders", 100 * sum(one.cpu_s for one in results) / seconds, "% of a core")
    figures.add(f"{name}: refused", sum(one.refused for one in results), "")
    figures.add(f"{name}: other answers", sum(one.wrong for one in results), "")
    figures.add(f"{name}: closed by the server", sum(one.reopened for one in results), "")


def idle_share(found: House) -> float:
    """Share of a core that the server uses while all connections are quiet."""
    before = sum(found.used_s())
    time.sleep(IDLE_S)
    return (sum(found.used_s()) - before) / IDLE_S


def kernel_kb() -> int:
    """Memory of the kernel's own objects: sockets and what belongs to them."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Slab"))


if __name__ == "__main__":
    words = arguments()
    words.description = __doc__
    words.add_argument("--most", type=int, default=100_000, help="connections")
    words.add_argument("--every", type=float, default=10.0, help="seconds between two uploads of a connection")
    words.add_argument("--takers", type=int, default=0, help="processes that take uploads; 0: as many as are needed")
    main(words.parse_args())
