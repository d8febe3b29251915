"""How long an account stays closed after wrong passwords."""

from __future__ import annotations

FREE_FAILURES = 4  # the fifth wrong password locks
FIRST_LOCK_MS = 5 * 60_000
LONGEST_LOCK_MS = 30 * 60_000
MOST_COUNTED = 100  # the column is small, and the lock no longer grows


def lock_ms(failures: int) -> int:
    """Length of the lock that the n-th failure in a row begins: 0, then 5, 10, 20, 30, 30… minutes in ms."""
    beyond = min(failures, MOST_COUNTED) - FREE_FAILURES
    if beyond <= 0:
        return 0
    return min(FIRST_LOCK_MS << (beyond - 1), LONGEST_LOCK_MS)
