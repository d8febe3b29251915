"""The longer trial of several processes: kills and restarts in turn under load, a ledger kept outside, figures.

`make processes ARGS="--turns 5"`. Each turn kills an ingest process, the house and NATS, and restarts all in order.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.program import now_ms
from tests.acceptance.several import Phone, Several, phones_of, under_load
from tests.acceptance.test_processes import STORED, assert_live, rounds_of
from tracker.db.opened import open_database

HARMS: dict[str, Callable[[Several], None]] = {
    "kill -9 ingest": lambda program: program.kill("ingest-1"),
    "kill -9 house": lambda program: program.kill("house"),
    "kill -9 nats": lambda program: program.kill("nats-server"),
    "rolling restart": Several.renew,
}


@dataclass
class Figures:
    """What one kind of harm did in all turns."""

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    live_s: list[float] = field(default_factory=list)

    def add(self, program: Several, phones: list[Phone]) -> None:
        """Balance the ledger of one trial."""
        started = time.monotonic()
        assert_live(program, phones)
        self.live_s.append(time.monotonic() - started)
        acknowledged = {key for phone in phones for key in phone.acknowledged}
        stored = asyncio.run(_stored(program, [phone.worker.id for phone in phones]))
        self.acknowledged += len(acknowledged)
        self.lost += len(acknowledged - set(stored))
        self.doubled += len(stored) - len(set(stored))
        self.broken += sum(len(phone.broken) for phone in phones)
        self.refused += sum(len(phone.refused) for phone in phones)
        self.slowest_s = max(self.slowest_s, *(phone.slowest_s for phone in phones))


def main() -> int:
    """Run the trial; the exit status is 1 when anything was lost, doubled or covered differently."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--phones", type=int, default=4)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-trial-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs under another user when this runs as root
        program = Several(Path(folder) / "data", more=("--processes", "3"))
        program.start()
        try:
            return _trial(program, words.turns, words.phones)
        finally:
            program.stop()


def _trial(program: Several, turns: int, count: int) -> int:
    found = {name: Figures() for name in HARMS}
    phones = phones_of(program, count)
    for _ in range(turns):
        for name, harm in HARMS.items():
            _begin_anew(phones)
            under_load(phones, lambda harm=harm: harm(program))  # type: ignore[misc]
            found[name].add(program, phones)
    for name, figures in found.items():
        print(f"{name}: {figures}")  # noqa: T201  # the result
    before = rounds_of(program)
    program.stop()
    program.more = ()
    program.start()
    same = rounds_of(program) == before
    print(f"coverage as of one process: {same}")  # noqa: T201
    bad = not same or any(figures.lost or figures.doubled for figures in found.values())
    bad = bad or any(found[name].broken or found[name].refused for name in list(HARMS)[1:])
    return int(bad)


def _begin_anew(phones: list[Phone]) -> None:
    """The next trial goes on where the last one ended, with an empty page in the ledger."""
    for phone in phones:
        newest_ms = max((at_ms for _, at_ms in phone.acknowledged), default=0)
        phone.start_ms = max(phone.start_ms, newest_ms + 1000)
        if phone.start_ms > now_ms() - 600_000:  # an hour of walking has been sent: another, between its seconds
            phone.start_ms = now_ms() - 3_600_000 + 1 + phone.start_ms % 997
        phone.acknowledged, phone.broken, phone.refused, phone.slowest_s = [], [], [], 0.0


async def _stored(program: Several, workers: list[int]) -> list[tuple[int, int]]:
    async with open_database("", program.data) as database:
        return [(row["worker_id"], row["at_ms"]) for row in await database.fetch(STORED, workers)]


if __name__ == "__main__":
    sys.exit(main())
