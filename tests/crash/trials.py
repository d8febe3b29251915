"""Kills the server, PostgreSQL and both under load, again and again, and balances the ledger: `make crash`.

Phones send from this process, which is never killed, and keep each upload until it is acknowledged; every tenth upload
repeats what was acknowledged before. At the end the database must hold what was acknowledged, each fix once, every
value as it was sent, the newest dots and the presence index included; else the exit status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.crash.ledger import FIXES_A_UPLOAD, STEP_MS, Balance, Walker, balance
from tests.crash.phones import Counts, Phone
from tests.crash.victim import ROOT, Victim
from tracker.db.opened import open_database
from tracker.demo.credentials import FILE, read_credentials

ANSWERED_AGAIN_S = 240.0


def prepare(data: Path, port: int, *, phones: int, hours: float) -> list[Walker]:
    """A demo county in a new folder, and walkers who began some hours ago."""
    words = [sys.executable, str(ROOT / "run.py"), "demo", "--villages", "12", "--walkers", "0"]
    with (data.parent / "server.log").open("ab") as log:
        first = subprocess.Popen(
            [*words, "--data", str(data), "--port", str(port)], cwd=ROOT, stdout=log, stderr=log, env=os.environ
        )
    victim = Victim(data=data, port=port, process=first)
    asyncio.run(victim.ready())
    assert victim.stop() == 0, victim.said()
    credentials = read_credentials(data / FILE)
    assert credentials is not None
    start_ms = int((time.time() - hours * 3600) * 1000)
    return [
        Walker(
            worker_id=device.worker,
            token=device.token,
            start_ms=start_ms,
            lat_e7=369_000_000 + device.worker * 3001,
            lon_e7=1_152_000_000 + device.worker * 2003,
        )
        for device in credentials.devices[:phones]
    ]


class Trial:
    """One server, its phones, and a number of deaths."""

    def __init__(self, victim: Victim, walkers: list[Walker], *, pause_s: float, seed: int) -> None:
        self.victim = victim
        self.walkers = walkers
        self.counts = Counts()
        self.deaths: Counter[str] = Counter()
        self._pause_s = pause_s
        self._random = random.Random(seed)
        self._stop = asyncio.Event()

    async def run(self, kills: list[Callable[[], str]]) -> Balance:
        """Kill at random moments under load; raises TimeoutError when the server does not come back."""

        async def trouble() -> None:
            for kill in kills:
                await asyncio.sleep(self._random.uniform(0, 1.5))
                self.deaths[kill() or "nothing"] += 1
                await self.under_load()

        return await self.run_through(trouble)

    async def run_through(self, trouble: Callable[[], Awaitable[None]]) -> Balance:
        """Phones under load before, during and after the trouble, then the balance; raises TimeoutError as `run`."""
        self.victim.keep_up()
        await self.victim.ready()
        phones = [Phone(one, self.victim.port, self.counts, pause_s=self._pause_s) for one in self.walkers]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one.run(self._stop), name=f"phone {one.walker.worker_id}") for one in phones]
            await self.under_load()
            await trouble()
            await self.under_load()
            self._stop.set()
            while not all(task.done() for task in tasks):  # the last uploads need a server, too
                self.victim.keep_up()
                await asyncio.sleep(0.02)
        self.victim.kill_server()  # newest positions are mended at the start
        await self.victim.ready()
        async with open_database("", self.victim.data) as database:
            return await balance(database, self.walkers)

    async def under_load(self) -> None:
        """Until some hundred uploads more are acknowledged, starting the server as often as it ends."""
        wanted = self.counts.uploads + 2 * len(self.walkers)
        deadline = time.monotonic() + ANSWERED_AGAIN_S
        while self.counts.uploads < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"phones are not answered: {self.victim.said()[-2000:]}")
            self.victim.keep_up()
            await asyncio.sleep(0.02)


def deaths_of(victim: Victim, kills: int, seed: int, *, has_processes: bool) -> list[Callable[[], str]]:
    """All ways to die in turn, in random order."""
    ways: list[Callable[[], str]] = [
        victim.kill_server, victim.kill_postmaster, victim.kill_backend, victim.kill_postgres, victim.kill_both
    ]  # fmt: skip
    if has_processes:
        ways += [victim.kill_nats, victim.kill_worker]
    several = (ways * (kills // len(ways) + 1))[:kills]
    random.Random(seed).shuffle(several)
    return several


def main() -> int:
    """Prepare, kill, balance, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--phones", type=int, default=80)
    parser.add_argument("--pause", type=float, default=0.1, help="mean seconds between a phone's uploads")
    parser.add_argument("--port", type=int, default=8599)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--serve", default="", help="more words for the server, such as '--processes 2'")
    words = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sanxun-crash-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs under another user where we are root
        data = Path(folder) / "data"
        # A phone makes 1 / pause uploads a second of ten seconds of walking each; a kill takes some seconds.
        hours = (words.kills * 20 + 60) / words.pause * FIXES_A_UPLOAD * STEP_MS / 1000 / 3600
        walkers = prepare(data, words.port, phones=words.phones, hours=hours)
        victim = Victim(data=data, port=words.port, more=words.serve.split())
        trial = Trial(victim, walkers, pause_s=words.pause, seed=words.seed)
        deaths = deaths_of(victim, words.kills, words.seed, has_processes="--processes" in words.serve)
        try:
            result = asyncio.run(trial.run(deaths))
        finally:
            victim.stop()
    counts = trial.counts
    died = ", ".join(f"{what} {times}" for what, times in sorted(trial.deaths.items()))
    sys.stdout.write(
        f"{words.kills} kills in {time.monotonic() - began:.0f} s (seed {words.seed}): "
        f"{died}; server started {victim.starts} times\n"
        f"phones {len(walkers)}: {counts.uploads} uploads acknowledged, {counts.repeats} repeats, "
        f"{counts.broken} broken connections, {counts.later} told to come later, {len(counts.wrong)} wrong answers "
        f"{counts.wrong[:3]}\n{result}\n"
    )
    return 0 if result.is_good and not counts.wrong else 1


if __name__ == "__main__":
    sys.exit(main())
