"""What a phone's GPS makes of a true position: an error that drifts, an honest accuracy, now and then an outlier."""

from __future__ import annotations

import math
from random import Random

from tracker.demo.walkers.lanes import Place

DRIFT_M = 4.0  # standard deviation of the drifting part
DRIFT_S = 90.0  # it forgets itself over a minute and a half
JITTER_M = 0.8
OUTLIER_CHANCE = 0.002  # cell-tower positions far off, with an accuracy that says so
OUTLIER_M = 400.0


class Receiver:
    """Gauss-Markov drift per axis plus white jitter; between walls the error doubles."""

    def __init__(self, random: Random, *, quality: float = 1.0) -> None:
        self._random = random
        self._quality = quality
        self._east = random.gauss(0, DRIFT_M * quality)
        self._north = random.gauss(0, DRIFT_M * quality)

    def measure(self, place: Place, elapsed_s: float) -> tuple[Place, float]:
        """The measured place and the accuracy radius in metres that the phone claims."""
        keep = math.exp(-elapsed_s / DRIFT_S)
        spread = DRIFT_M * self._quality * math.sqrt(1 - keep * keep)
        self._east = self._east * keep + self._random.gauss(0, spread)
        self._north = self._north * keep + self._random.gauss(0, spread)
        if self._random.random() < OUTLIER_CHANCE:
            return self._outlier(place)
        east = place[0] + self._east + self._random.gauss(0, JITTER_M)
        north = place[1] + self._north + self._random.gauss(0, JITTER_M)
        accuracy = max(3.0, math.hypot(self._east, self._north) * self._random.uniform(0.8, 1.6))
        return (east, north), round(accuracy, 1)

    def _outlier(self, place: Place) -> tuple[Place, float]:
        angle = self._random.uniform(0, 2 * math.pi)
        far = self._random.uniform(0.3, 1.0) * OUTLIER_M
        return (place[0] + far * math.cos(angle), place[1] + far * math.sin(angle)), round(far * 1.2)
