"""How a person patrols: from lane to lane where they were least, at their own pace, with a talk here and there."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

from tracker.demo.walkers.lanes import Lanes, Place

PACE_MPS = (0.9, 1.5)  # walking speeds of villagers with time to look
TALK_EVERY_S = 600.0  # a stop every ten minutes or so
TALK_S = (40.0, 420.0)
REST_S = (900.0, 3600.0)  # between two rounds
ROUND_S = (1800.0, 4200.0)
DRIVE_MPS = (6.0, 9.0)  # a cheat on an electric scooter


class Person:
    """Position and way of one worker; `advance` moves them by a time step. True positions, without GPS noise."""

    def __init__(self, lanes: Lanes, random: Random, *, drives: bool = False) -> None:
        self._lanes = lanes
        self._random = random
        self._speed = random.uniform(*(DRIVE_MPS if drives else PACE_MPS))
        self._visits: Counter[tuple[int, int]] = Counter()
        self._from = self._to = random.randrange(len(lanes.nodes))
        self._along_m = 0.0
        self._still_s = random.uniform(0, 300) if random.random() < 0.2 else 0.0
        self._round_s = random.uniform(*ROUND_S)
        self.moving = False
        self.heading_deg = random.uniform(0, 360)

    @property
    def speed_mps(self) -> float:
        """Walking speed now, 0 when standing."""
        return self._speed if self.moving else 0.0

    @property
    def place(self) -> Place:
        """Where the person is, in the plane of the lanes."""
        start, end = self._lanes.nodes[self._from], self._lanes.nodes[self._to]
        length = math.dist(start, end)
        part = self._along_m / length if length else 0.0
        return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part

    def advance(self, seconds: float) -> None:
        """Walk and stand for a while."""
        while seconds > 0:
            if self._still_s > 0:
                pause = min(self._still_s, seconds)
                self._still_s -= pause
                seconds -= pause
                self.moving = False
            else:
                seconds -= self._walk(seconds)

    def _walk(self, seconds: float) -> float:
        """Walk to the next corner at most; returns the time it took."""
        self.moving = True
        left_m = self._lanes.length_m(self._from, self._to) - self._along_m
        taken = min(seconds, left_m / self._speed)
        self._along_m += taken * self._speed
        self._round_s -= taken
        if taken < seconds:
            self._turn()
        if self._random.random() < taken / TALK_EVERY_S:
            self._still_s = self._random.uniform(*TALK_S)
        if self._round_s <= 0:
            self._still_s = self._random.uniform(*REST_S)
            self._round_s = self._random.uniform(*ROUND_S)
        return max(taken, 0.001)

    def _turn(self) -> None:
        """Choose the next lane: the one walked least, not straight back where there is another."""
        before, here = self._from, self._to
        choices = [node for node in self._lanes.near[here] if node != before] or self._lanes.near[here]
        if not choices:
            self._still_s = 60.0
            return
        ahead = min(choices, key=lambda node: (self._visits[_edge(here, node)], self._random.random()))
        self._visits[_edge(here, ahead)] += 1
        self._from, self._to, self._along_m = here, ahead, 0.0
        start, end = self._lanes.nodes[here], self._lanes.nodes[ahead]
        self.heading_deg = math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])) % 360


def _edge(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
