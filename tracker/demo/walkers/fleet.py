"""Runs many phones on one clock, real or faster, and uploads what they queue."""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

import aiohttp
import orjson

from tracker.demo.walkers.county import Beat
from tracker.demo.walkers.phone import Habit, Phone

UPLOADS_AT_ONCE = 48
TURN_S = 0.25  # how often the fleet looks who is due
HABITS = ((Habit.FROZEN, 0.004), (Habit.MOCK, 0.004), (Habit.DRIVER, 0.01), (Habit.DEAD, 0.05))

Report = Callable[["Fleet"], None]


class Clock:
    """Simulated time: starts in the past, runs `speed` times as fast, and never passes the real time."""

    def __init__(self, start_s: float, speed: float) -> None:
        self._began_s = time.time()
        self._start_s = start_s
        self._speed = speed

    def now_s(self) -> float:
        """Simulated Unix seconds."""
        real_s = time.time()
        return min(real_s, self._start_s + (real_s - self._began_s) * self._speed)


class Fleet:
    """All walkers of one run; `counts` holds what the server said: stored, duplicate, off_duty, quarantined, failed."""

    def __init__(self, session: aiohttp.ClientSession, beats: Sequence[Beat], clock: Clock, *, off_duty: float) -> None:
        self._session = session
        self._clock = clock
        self._beats = beats
        self._random = Random(1)  # noqa: S311  # people, not secrets
        self._phones = [Phone(beat.lanes, beat.worker_id, clock.now_s(), self._habit(beat)) for beat in beats]
        self._resting = {i for i in range(len(beats)) if self._random.random() < off_duty}
        self._busy: set[int] = set()
        self._limit = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """Fixes queued on phones."""
        return sum(len(phone.waiting) for phone in self._phones)

    def now_s(self) -> float:
        """Simulated time."""
        return self._clock.now_s()

    async def run(self, until: asyncio.Event, report: Report) -> None:
        """Walk until told to stop."""
        start_s = self._clock.now_s()
        await self._all_on_duty(start_s)
        due = [(start_s + self._random.uniform(0, 15), i) for i in range(len(self._beats)) if i not in self._resting]
        heapq.heapify(due)
        while not until.is_set():
            self._turn(due)
            report(self)
            await asyncio.sleep(TURN_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _turn(self, due: list[tuple[float, int]]) -> None:
        now_s = self._clock.now_s()
        while due and due[0][0] <= now_s:
            at_s, i = heapq.heappop(due)
            next_s = self._phones[i].step(at_s)
            if next_s < math.inf:
                heapq.heappush(due, (next_s, i))
            if i not in self._busy and (batch := self._phones[i].batch_due(at_s)):
                self._busy.add(i)
                task = asyncio.create_task(self._upload(i, batch), name=f"upload {i}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _upload(self, i: int, fixes: list[dict[str, object]]) -> None:
        phone, now_s = self._phones[i], self._clock.now_s()
        body = orjson.dumps({"sent_at": int(time.time() * 1000), "crs": "wgs84", "app": "walker", "fixes": fixes})
        try:
            async with self._limit, self._session.post("/api/v1/pings", data=body, headers=self._headers(i)) as answer:
                text = await answer.read()
                if answer.status == 200:
                    phone.sent(fixes)
                    self._count(orjson.loads(text))
                else:
                    self.counts[f"http_{answer.status}"] += 1
                    phone.failed(now_s, float(answer.headers.get("Retry-After", 10)))
        except (aiohttp.ClientError, TimeoutError):
            self.counts["no_connection"] += 1
            phone.failed(now_s, 10)
        finally:
            self._busy.discard(i)

    def _count(self, reply: dict[str, object]) -> None:
        for name in ("stored", "duplicate", "off_duty"):
            self.counts[name] += int(str(reply[name]))
        quarantined = reply["quarantined"]
        self.counts["quarantined"] += len(quarantined) if isinstance(quarantined, list) else 0

    async def _all_on_duty(self, start_s: float) -> None:
        """Everybody presses 上岗, as of the start of the simulated time; who is on duty already stays so."""

        async def press(i: int) -> None:
            body = orjson.dumps({"at_ms": int(start_s * 1000) - 30_000})
            async with (
                self._limit,
                self._session.post("/api/v1/duty/on", data=body, headers=self._headers(i)) as answer,
            ):
                self.counts["on_duty" if answer.status == 200 else f"duty_http_{answer.status}"] += 1

        walking = [i for i in range(len(self._beats)) if i not in self._resting]
        for first in range(0, len(walking), 500):
            await asyncio.gather(*(press(i) for i in walking[first : first + 500]))

    def _habit(self, beat: Beat) -> Habit:
        draw = Random(beat.worker_id * 7919).random()  # noqa: S311  # the same worker cheats every day
        for habit, share in HABITS:
            if draw < share:
                return habit
            draw -= share
        return Habit.HONEST

    def _headers(self, i: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._beats[i].token}", "Content-Type": "application/json"}
