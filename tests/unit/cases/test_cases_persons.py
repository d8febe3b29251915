from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.keyring import new_ring, rotated
from tracker.cases.persons import CannotOpen, Persons, Ring, key_of, plain_digits

RING = new_ring()


@given(st.text(max_size=60), st.text(max_size=30))
def test_what_was_sealed_opens(text: str, about: str) -> None:
    assert RING.open(RING.seal(text, about), about) == text


def test_the_same_text_is_never_sealed_alike() -> None:
    assert RING.seal("赵六", "a") != RING.seal("赵六", "a")


def test_nothing_is_sealed_as_nothing() -> None:
    assert RING.seal("", "a") is None
    assert RING.open(None, "a") == ""


def test_a_value_opens_in_its_own_row_only() -> None:
    with pytest.raises(CannotOpen):
        RING.open(RING.seal("赵六", "case_reporter:1:1:name"), "case_reporter:2:1:name")


@given(st.integers(0, 200))
def test_a_changed_value_does_not_open(at: int) -> None:
    sealed = bytearray(RING.seal("13800001234", "a") or b"")
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(CannotOpen):
        RING.open(bytes(sealed), "b")


def test_old_keys_still_open_after_a_change() -> None:
    sealed = RING.seal("赵六", "a")
    fresh = rotated(RING)
    assert fresh.current != RING.current
    assert fresh.open(sealed, "a") == "赵六"
    assert key_of(fresh.seal("x", "a") or b"") == fresh.current


def test_a_key_made_elsewhere_is_read_at_once() -> None:
    rings = [RING, rotated(RING)]
    persons = Persons(lambda: rings.pop(0))
    sealed = rings[1].seal("赵六", "a")
    assert persons.seal("x", "a")
    assert persons.open(sealed, "a") == "赵六"


@pytest.mark.parametrize("phone", ["13800001234", "+86 138-0000-1234", "86 13800001234", "008613800001234"])
def test_every_way_of_writing_a_number_has_one_index(phone: str) -> None:
    assert plain_digits(phone) == "13800001234"
    assert RING.index(phone) == RING.index("13800001234")


def test_an_index_tells_nothing_without_the_key() -> None:
    assert new_ring().index("13800001234") != RING.index("13800001234")
    assert RING.index("") is None


def test_a_ring_does_not_show_its_keys() -> None:
    assert "keys" not in repr(RING)
    assert isinstance(RING, Ring)
