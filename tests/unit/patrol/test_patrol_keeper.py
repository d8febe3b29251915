"""How much is folded at once."""

from __future__ import annotations

from tracker.patrol.keeper import LEAST_FIXES, MOST_FIXES, PORTION_S, next_portion


def test_a_portion_that_took_long_is_followed_by_a_smaller_one() -> None:
    assert next_portion(4000, 1.1 * PORTION_S) == 2000
    assert next_portion(4000, PORTION_S / 2) == 4000
    assert next_portion(4000, PORTION_S / 4) == 8000


def test_portions_stay_within_their_bounds() -> None:
    assert next_portion(LEAST_FIXES, 1.0) == LEAST_FIXES
    assert next_portion(MOST_FIXES, 0.0) == MOST_FIXES
