"""When a delivery is tried again: the wait triples, with jitter, so that nobody who comes back is overrun; pure."""

from __future__ import annotations

MOST_TRIES = 10  # the last 9 to 17 hours after the first; then it is a dead letter that people see
FIRST_MS = 10_000
FACTOR = 3
LONGEST_MS = 8 * 3_600_000
LONGEST_REST_MS = 5 * 60_000  # a receiver that is back is found within so long


def wait_ms(attempts: int, chance: float) -> int:
    """How long after the failure of the n-th attempt; `chance` 0..1 takes off up to half."""
    whole: int = min(FIRST_MS * FACTOR ** min(attempts - 1, 20), LONGEST_MS)
    return round(whole * (1 - chance / 2))


def rest_ms(failures: int, chance: float) -> int:
    """How long a receiver is left alone after so many failures in a row."""
    return min(wait_ms(failures, chance), LONGEST_REST_MS)
