"""A cheap phone on a bad network: a queue, batches, dead spots, hours without network, a battery, and a few cheats."""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum
from random import Random
from typing import Any

from tracker.demo.walkers.lanes import Lanes
from tracker.demo.walkers.person import Person
from tracker.demo.walkers.receiver import Receiver

MOVING_EVERY_S = 15.0
STILL_EVERY_S = 60.0
UPLOAD_EVERY_S = 30.0
BATCH = 100
QUEUE = 20_000  # fixes; a phone forgets the oldest when it is full
DEAD_SPOT_M = 120.0  # size of the patches without network
DEAD_SPOTS = 0.06  # share of patches without network
OFFLINE_CHANCE = 0.02  # an hour: the network goes for a long while
OFFLINE_S = (300.0, 5400.0)


class Habit(StrEnum):
    """What is special about a worker's phone."""

    HONEST = "honest"
    FROZEN = "frozen"  # an app that repeats one position
    MOCK = "mock"  # an app that makes positions up, and whose phone says so
    DRIVER = "driver"  # drives through the lanes
    CARRIED = "carried"  # two phones carried by one person: repeats another's way
    DEAD = "dead"  # killed in the background after a while


class Phone:
    """One worker's phone; `step(now)` takes a fix and says when the next is due."""

    def __init__(self, lanes: Lanes, seed: int, now_s: float, habit: Habit) -> None:
        self._random = Random(seed)  # noqa: S311  # people, not secrets
        self._lanes = lanes
        self._habit = habit
        self._person = Person(lanes, self._random, drives=habit is Habit.DRIVER)
        self._receiver = Receiver(self._random, quality=self._random.choice([0.7, 1.0, 1.0, 1.6]))
        self._battery = self._random.uniform(35, 100)
        self._last_s = now_s
        self._next_upload_s = now_s + self._random.uniform(0, UPLOAD_EVERY_S)
        self._offline_until_s = 0.0
        self._dies_at_s = now_s + self._random.uniform(600, 7200) if habit is Habit.DEAD else math.inf
        self._frozen: tuple[float, float] | None = None
        self.waiting: deque[dict[str, Any]] = deque(maxlen=QUEUE)

    def step(self, now_s: float) -> float:
        """Live until `now_s` (Unix seconds), take a fix; returns when the next is due."""
        elapsed = now_s - self._last_s
        self._last_s = now_s
        if now_s > self._dies_at_s:
            return math.inf
        self._person.advance(elapsed)
        self._drain(elapsed)
        if self._random.random() < OFFLINE_CHANCE * elapsed / 3600:
            self._offline_until_s = now_s + self._random.uniform(*OFFLINE_S)
        self.waiting.append(self._fix(now_s, elapsed))
        return now_s + (MOVING_EVERY_S if self._person.moving else STILL_EVERY_S) * self._random.uniform(0.9, 1.1)

    def batch_due(self, now_s: float) -> list[dict[str, Any]]:
        """The oldest fixes, if it is time to send and there is network here; they stay queued until `sent`."""
        if not self.waiting or now_s < self._next_upload_s or now_s < self._offline_until_s or self._in_dead_spot():
            return []
        self._next_upload_s = now_s + (1.0 if len(self.waiting) > BATCH else UPLOAD_EVERY_S)
        return [self.waiting[i] for i in range(min(BATCH, len(self.waiting)))]

    def sent(self, fixes: list[dict[str, Any]]) -> None:
        """Forget fixes that the server has acknowledged."""
        for fix in fixes:
            if self.waiting and self.waiting[0] is fix:
                self.waiting.popleft()

    def failed(self, now_s: float, retry_after_s: float) -> None:
        """Try again later; nothing is forgotten."""
        self._next_upload_s = now_s + retry_after_s * self._random.uniform(1.0, 2.0)

    def _fix(self, now_s: float, elapsed_s: float) -> dict[str, Any]:
        place, accuracy = self._receiver.measure(self._person.place, elapsed_s)
        lat, lon = self._lanes.frame.to_degrees(place)
        if self._habit is Habit.FROZEN:
            self._frozen = self._frozen or (lat, lon)
            lat, lon = self._frozen
        fix: dict[str, Any] = {"t": int(now_s * 1000), "lat": round(lat, 7), "lon": round(lon, 7), "acc": accuracy}
        fix |= {"spd": round(self._person.speed_mps, 2), "bat": round(self._battery)}
        if self._person.moving:
            fix["brg"] = round((self._person.heading_deg + self._random.gauss(0, 6)) % 360, 1)
        if self._habit is Habit.MOCK:
            fix["mock"] = True
        return fix

    def _drain(self, elapsed_s: float) -> None:
        self._battery -= elapsed_s / 3600 * 6.0
        if self._battery < 8:
            self._battery = 100.0  # charged at home

    def _in_dead_spot(self) -> bool:
        """Patches without network stay where they are: the same place is dead for everybody, every day."""
        lat, lon = self._lanes.frame.to_degrees(self._person.place)
        patch = (int(lat * 111_195 / DEAD_SPOT_M), int(lon * 88_800 / DEAD_SPOT_M))
        return Random(hash(patch)).random() < DEAD_SPOTS  # noqa: S311  # a pattern of the land
