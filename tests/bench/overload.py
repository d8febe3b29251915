"""What happens when far more comes than the program can take: `python tests/bench/overload.py [--seconds 20]`.

First the capacity is measured, then twice and ten times as much is offered for `--seconds` each. Every connection is a
phone that waits for its answer and then sends what is due, all of it at once, as phones do; nobody heeds Retry-After,
which is the worst case. Printed are the share of 503, how even the accepted uploads spread over the phones, the latency
of what was accepted, how large the server grew, and how long after the flood a single phone is answered as before.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures
from tests.bench.load.house import House, house
from tests.bench.load.phones import connect
from tests.bench.load.requests import BATCH, Form, request_of
from tests.bench.pings import Bench, Costs, arguments, share

CALM_MS = 50.0  # an answer this soon counts as recovered
LONGEST_S = 60.0


class Watch(threading.Thread):
    """Looks at the server's memory while a phase runs."""

    def __init__(self, found: House) -> None:
        super().__init__(daemon=True)
        self._found = found
        self._over = threading.Event()
        self.most_kb = 0

    def run(self) -> None:
        """Until `end`."""
        while not self._over.wait(0.1):
            self.most_kb = max(self.most_kb, self._found.rss_kb())

    def end(self) -> float:
        """The most, in MB."""
        self._over.set()
        self.join()
        return self.most_kb / 1024


def recovery_s(found: House) -> float:
    """Seconds until one phone is answered within CALM_MS again."""
    began_s, link = time.monotonic(), connect(found.port, 0)
    request = request_of(found.phones[0], Form.SINGLE, 1)
    while time.monotonic() - began_s < LONGEST_S:
        asked_s = time.monotonic()
        link.sendall(request(int(time.time() * 1000)))
        answer = link.recv(8192)
        if answer.startswith(b"HTTP/1.1 200") and 1000 * (time.monotonic() - asked_s) < CALM_MS:
            break
        time.sleep(0.05)
    link.close()
    return time.monotonic() - began_s


def flood(bench: Bench, found: House, figures: Figures, times: int, capacity: float, connections: int) -> None:
    """Offer so many times the capacity (uploads/s)."""
    watch = Watch(found)
    watch.start()
    costs = bench.run(found, Form.COMPACT, rate=times * capacity, connections=connections, settle=False, joins=True)
    back_s, most_mb = recovery_s(found), watch.end()
    note(figures, f"{times}x", costs, bench.seconds)
    figures.add(f"{times}x: most memory of the server", most_mb, "MB")
    figures.add(f"{times}x: recovered after", back_s, "s")
    found.settle()


def note(figures: Figures, name: str, costs: Costs, seconds: float) -> None:
    """What was answered how, and to whom."""
    result = costs.result
    answered = max(1, len(result.acks_ms) + result.refused)
    figures.add(f"{name}: stored", result.fixes / seconds, "pings/s")
    figures.add(f"{name}: answered 503", 100 * result.refused / answered, "%")
    figures.add(f"{name}: accepted p50", costs.ack_ms(50), "ms")
    figures.add(f"{name}: accepted p99", costs.ack_ms(99), "ms")
    each = result.accepted / max(1.0, float(np.mean(result.accepted)))
    figures.add(f"{name}: accepted of the phone at 1 %, of the mean", share(each, 1), "x")
    figures.add(f"{name}: accepted of the phone at 99 %, of the mean", share(each, 99), "x")
    figures.add(f"{name}: other answers", result.wrong, "")
    if result.strange:
        sys.stdout.write(f"the first of them: {result.strange[:600].decode()}\n")


def main(options: argparse.Namespace) -> None:
    """Capacity, twice, ten times."""
    bench, figures = Bench(options), Figures("overload", options.file)
    with house(options.data, options.villages, options.connections, 0) as found:
        seconds, bench.seconds = bench.seconds, min(bench.seconds, 5.0)
        capacity = bench.run(found, Form.COMPACT).result.fixes / bench.seconds / BATCH
        bench.seconds = seconds
        figures.add("capacity", capacity * BATCH, "pings/s")
        figures.add("memory of the server before", found.rss_kb() / 1024, "MB")
        for times in (2, 10):
            flood(bench, found, figures, times, capacity, options.flood)
    figures.write()


if __name__ == "__main__":
    words = arguments()
    words.description = __doc__
    words.set_defaults(seconds=20.0)
    main(words.parse_args())
