"""Locks, limits and the shape of tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import TooMany
from tracker.people.limiter import AttemptLimiter, address_key
from tracker.people.lockout import lock_ms
from tracker.people.tokens import digest, looks_right, new_code, new_token


def test_fifth_failure_locks_and_locks_double() -> None:
    minutes = [lock_ms(failures) // 60_000 for failures in range(10)]
    assert minutes == [0, 0, 0, 0, 0, 5, 10, 20, 30, 30]


@given(st.integers(min_value=0, max_value=1 << 40))
def test_lock_never_exceeds_half_an_hour(failures: int) -> None:
    assert 0 <= lock_ms(failures) <= 30 * 60_000


def test_limiter_refuses_after_its_limit_and_says_when() -> None:
    limiter = AttemptLimiter(limit=2, window_ms=10_000)
    for _ in range(2):
        limiter.check("a", 1_000)
        limiter.count("a", 1_000)
    with pytest.raises(TooMany) as refused:
        limiter.check("a", 2_500)
    assert refused.value.retry_after_s == 9


def test_limiter_opens_again_after_its_window() -> None:
    limiter = AttemptLimiter(limit=1, window_ms=10_000)
    limiter.count("a", 0)
    limiter.check("a", 10_000)


def test_limiter_forgives_one_attempt() -> None:
    limiter = AttemptLimiter(limit=1, window_ms=10_000)
    limiter.count("a", 0)
    limiter.forgive("a")
    limiter.check("a", 1)


def test_limiter_remembers_a_bounded_number_of_keys() -> None:
    limiter = AttemptLimiter(limit=1, window_ms=10_000, most_keys=5)
    for number in range(50):
        limiter.count(str(number), 0)
    assert len(limiter) == 5


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_address_key_joins_a_subscribers_addresses(address: str, key: str) -> None:
    assert address_key(address) == key


def test_tokens_have_their_bits_and_look_right() -> None:
    assert (len(new_token()), len(new_code())) == (43, 22)
    assert looks_right(new_token())
    assert looks_right(new_code())


@pytest.mark.parametrize("text", ["", "short", "x" * 65, "a" * 30 + "\n", "口令" * 15, "a b" * 10])
def test_other_texts_do_not_look_right(text: str) -> None:
    assert not looks_right(text)


@given(st.text())
def test_digest_takes_any_text(text: str) -> None:
    assert len(digest(text)) == 32
