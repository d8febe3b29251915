"""A simulated month of the county, and what the patrol's reports say of each truth.

    python tests/bench/month.py [--workers 400] [--days 30] [--step 30] [--signal-days 2] [--minutes 60] [--data FOLDER]

Everybody walks by a script that knows the truth; phones' fixes are stored as segments and told to the patrol engine at
the times at which they would have come, each night closes its day and looks for signals, and at the end the compliance
routes are asked for the month. Nothing of the program's rules is repeated here: only true positions are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from tests.bench.monthly.house import FIRST, House, house_in
from tests.bench.monthly.says import Said, Scripted, ask_reports, compare, lines_of
from tests.bench.monthly.script import Made, Script
from tests.bench.monthly.ways import grid_ways, lanes_by_grid
from tracker.clock import day_start_ms
from tracker.demo.county.build import COUNTY_GRIDS, SEED, build_county
from tracker.demo.county.frame import COUNTY_VILLAGES
from tracker.demo.county.model import COUNTY_CODE, DemoCounty
from tracker.patrol.reach import read_walked

MINUTE_MS = 60_000
LEARNED_DAYS = 4  # of the last so many days ways beside the lanes are learned
SEEN_AFTER_MS = 61 * MINUTE_MS  # after a window, the engine has long settled; make-up walks are over


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How large the month is."""

    workers: int = 400
    days: int = 30
    step_s: float = 30.0
    signal_days: int = 2  # the last so many days are examined for signals, by whom everybody waits
    minutes: float = 0.0  # of the clock after which no further day is begun; 0: however long it takes


class Watch:
    """Wall and processor seconds of this process by what they were used for."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.own: defaultdict[str, float] = defaultdict(float)
        self.fixes = 0
        self._marks = time.perf_counter(), time.process_time()

    def spent(self, what: str) -> None:
        """All since the last call went there."""
        now = time.perf_counter(), time.process_time()
        self.wall[what] += now[0] - self._marks[0]
        self.own[what] += now[1] - self._marks[1]
        self._marks = now


class Month:
    """Plays the days in order."""

    def __init__(self, house: House, script: Script, wish: Wish, watch: Watch) -> None:
        self._house, self._script, self._wish, self._watch = house, script, wish, watch
        self._leaves = script.leaves(FIRST, wish.days)
        self._waiting: list[Made] = []
        self.scripted: list[Scripted] = []
        self.days = 0  # played so far

    async def play(self) -> None:
        """Leaves first, then day by day, and the night after the last."""
        for one in self._leaves:
            await self._house.leaves.add(one, today=FIRST - timedelta(days=1), account_id=1)
        for number in range(self._wish.days):
            day = FIRST + timedelta(days=number)
            await self._night(day)
            await self._day(day, number)
            self.days = number + 1
            took_s = sum(self._watch.wall.values())
            sys.stderr.write(f"{day}: {len(self.scripted)} rounds, {self._watch.fixes} fixes, {took_s:.0f} s\n")
            if self._wish.minutes and took_s > 60 * self._wish.minutes:
                break
        await self._night(FIRST + timedelta(days=self.days))
        await self._look_back()

    async def _night(self, day: date) -> None:
        """The engine closes yesterday at midnight; late uploads come in the hour after."""
        await self._settle(day_start_ms(day) + MINUTE_MS // 2)
        await self._take(day_start_ms(day) + 65 * MINUTE_MS)

    async def _look_back(self) -> None:
        """What the jobs of the last nights find: signals, and ways beside the lanes."""
        for number in range(max(0, self.days - self._wish.signal_days), self.days):
            await self._house.rooms.signals.examine(FIRST + timedelta(days=number))
        self._watch.spent("signals")
        for number in range(max(0, self.days - LEARNED_DAYS), self.days):
            await self._house.rooms.ground.learn(FIRST + timedelta(days=number))
        self._watch.spent("learning of ways")

    async def _day(self, day: date, number: int) -> None:
        on_leave = frozenset(one.worker_id for one in self._leaves if one.from_day <= day <= one.to_day)
        windows = self._house.engine.windows_of(COUNTY_CODE, day)
        for window in windows:
            is_show = number == self._wish.days - 1 and window is windows[0]
            made = self._script.round(day, window, on_leave, shows_all=is_show)
            self._watch.fixes += sum(one.fixes for one in made)
            self._waiting += made
            self.scripted += [_kept(one, day, window.ordinal) for one in made]
            self._watch.spent("script, walks and phones")
            await self._take(window.ends_ms)
            await self._take(window.ends_ms + SEEN_AFTER_MS)

    async def _take(self, now_ms: int) -> None:
        """Whatever has been received by now is stored, told and judged."""
        self._house.now_ms = now_ms
        due = [one for one in self._waiting if one.received_ms <= now_ms]
        self._waiting = [one for one in self._waiting if one.received_ms > now_ms]
        await self._house.store(due)
        self._watch.spent("store segments")
        await self._settle(now_ms)

    async def _settle(self, now_ms: int) -> None:
        self._house.now_ms = now_ms
        await self._house.engine.settle()
        self._watch.spent("engine: fold, judge, close, write")


async def simulate(wish: Wish, folder: Path, watch: Watch) -> tuple[Said, list[str]]:
    """Play the month in a data folder; returns the comparison and lines about the run."""
    async with house_in(folder) as house:
        return await simulate_in(house, wish, watch)


async def simulate_in(house: House, wish: Wish, watch: Watch) -> tuple[Said, list[str]]:
    """The same over an empty database."""
    villages = min(COUNTY_VILLAGES, max(2, round(wish.workers * COUNTY_VILLAGES / COUNTY_GRIDS)))
    county = await asyncio.to_thread(build_county, SEED, villages)
    await house.fill(county, wish.days)
    watch.spent("county")
    script = await _script(house, county, wish)
    watch.spent("ways")
    month = Month(house, script, wish, watch)
    await month.play()
    said = await compare(house, month.scripted, FIRST + timedelta(days=month.days - wish.signal_days))
    watch.spent("comparison")
    await ask_reports(house, month.scripted, said, month.days)
    watch.spent("compliance routes and files")
    played = replace(wish, days=month.days)
    return said, await _about(house, played, watch, len(script.workers), len(month.scripted))


async def _script(house: House, county: DemoCounty, wish: Wish) -> Script:
    grids = house.register.snapshot.grids
    cells = await house.engine.cells_of(sorted(grids), FIRST)
    lanes = lanes_by_grid(county)
    ways = {code: grid_ways(code, grids[code].boundary, cells[code].tolist(), lanes[code]) for code in sorted(grids)}
    workers = list(house.register.snapshot.workers.values())
    return Script(workers, ways, seed=SEED, step_s=wish.step_s)


def _kept(one: Made, day: date, ordinal: int) -> Scripted:
    return Scripted(
        worker_id=one.worker.id or 0, grid=one.worker.grid_code, day=day, ordinal=ordinal, truth=one.truth,
        covered=one.covered, signals=one.signals,
    )  # fmt: skip


async def _about(house: House, wish: Wish, watch: Watch, workers: int, rounds: int) -> list[str]:
    size = await house.database.fetchval("select pg_database_size(current_database())")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    size_of_it = f"{workers} workers, {wish.days} days from {FIRST}, {rounds} rounds"
    lines = [f"{size_of_it}, {watch.fixes} fixes each {wish.step_s:g} s"]
    lines += [f"  {what:36}{wall:9.1f} s  {watch.own[what]:9.1f} s of our CPU" for what, wall in watch.wall.items()]
    lines.append(f"  {'all':36}{sum(watch.wall.values()):9.1f} s  {sum(watch.own.values()):9.1f} s")
    lines.append(f"memory {memory:.2f} GiB, database {size / 2**30:.2f} GiB, signals of {wish.signal_days} days")
    proposed = await read_walked(house.database, sorted(house.register.snapshot.grids))
    cells = await house.database.fetchval("select count(distinct (grid_code, cell)) from walked_cell")
    known = sum(
        len(one) for one in (await house.engine.cells_of(sorted(house.register.snapshot.grids), FIRST)).values()
    )
    lines.append(
        f"cells beside the {known} known ones walked in {LEARNED_DAYS} days: {cells}, "
        f"proposed {sum(map(len, proposed.values()))} in {len(proposed)} grids"
    )
    lines.append("load average after the run " + " ".join(f"{one:.1f}" for one in os.getloadavg()))
    return lines


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=Wish.workers)
    parser.add_argument("--days", type=int, default=Wish.days)
    parser.add_argument("--step", type=float, default=Wish.step_s, help="seconds between two fixes in motion")
    parser.add_argument("--signal-days", type=int, default=Wish.signal_days, help="the last so many days are examined")
    parser.add_argument("--minutes", type=float, default=0.0, help="begin no further day after so many minutes")
    parser.add_argument("--data", type=Path, default=None, help="keep the data folder there; default: a temporary one")
    asked = parser.parse_args(words)
    wish = Wish(
        workers=asked.workers,
        days=asked.days,
        step_s=asked.step,
        signal_days=asked.signal_days,
        minutes=asked.minutes,
    )
    with tempfile.TemporaryDirectory(prefix="sanxun-month-") as folder:
        Path(folder).chmod(0o755)  # the database runs under another user when we are root
        said, about = asyncio.run(simulate(wish, asked.data or Path(folder) / "data", Watch()))
    sys.stdout.write("\n".join([*about, "", *lines_of(said)]) + "\n")


if __name__ == "__main__":
    main()
