from __future__ import annotations

import contextlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.outbox.addresses import AddressInside, OutsideResolver, checked_url, is_public, may_be_public
from tracker.cases.outbox.backoff import LONGEST_MS, LONGEST_REST_MS, MOST_TRIES, rest_ms, wait_ms
from tracker.cases.outbox.signing import PREFIX, key_of, new_secret, signature
from tracker.errors import BadValue


def test_a_signature_is_that_of_the_convention() -> None:
    secret, at_s = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at_s, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="  # as published with the convention


def test_a_fresh_secret_can_be_used() -> None:
    assert len(key_of(new_secret())) == 32
    assert new_secret() != new_secret()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", PREFIX + b64encode(b"short").decode(), "x" * 60])
def test_a_poor_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(BadValue) as caught:
        key_of(secret)
    assert caught.value.value == "(not shown)"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "223.5.5.5", "2400:3200::1", "64:ff9b::101:101"])
def test_open_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hook.example/x", "file:///etc/passwd", "https://", "https://user:word@hook.example/", "//hook.example",
        "http://127.0.0.1/", "http://[::1]:8080/", "http://localhost/", "http://metadata.internal/", "http://nas/x",
        "https://hook.example/" + "x" * 600, "http://hook.example:0/", "http://hook.example:99999/", "http://[bad/",
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere_good_are_refused(url: str) -> None:
    with pytest.raises(BadValue):
        checked_url(url, allow_private=False)


def test_a_county_may_allow_its_own_network() -> None:
    assert checked_url("http://10.0.0.8:9000/hook", allow_private=True) == "http://10.0.0.8:9000/hook"


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(url: str) -> None:
    with contextlib.suppress(BadValue):
        assert checked_url(url, allow_private=False).lower().startswith("http")


def test_a_name_may_be_public_until_it_is_resolved() -> None:
    assert may_be_public("hook.example")


async def test_a_name_that_leads_inside_is_caught_when_it_is_resolved() -> None:
    resolver = OutsideResolver()
    with pytest.raises(AddressInside):
        await resolver.resolve("localhost", 80)
    await resolver.close()


@given(st.integers(1, 1000), st.floats(0, 1))
def test_waits_are_bounded_and_jittered(attempts: int, chance: float) -> None:
    assert 5_000 <= wait_ms(attempts, chance) <= LONGEST_MS
    assert rest_ms(attempts, chance) <= LONGEST_REST_MS


def test_waits_grow() -> None:
    waits = [wait_ms(number, 0) for number in range(1, MOST_TRIES)]
    assert waits == sorted(waits)
    assert waits[:3] == [10_000, 30_000, 90_000]
    assert 16 * 3_600_000 < sum(waits) < 18 * 3_600_000
