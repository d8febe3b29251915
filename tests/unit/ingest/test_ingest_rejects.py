"""The collector of rejected parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.ingest.model import Rejected
from tracker.ingest.rejects import MAX_REJECTED, Rejects, Unfit, shown


def test_keeps_those_that_were_there_first() -> None:
    first = Rejected(index=4, reason="missing")
    rejects = Rejects([first])
    rejects.add(5, Unfit("future", field="t", value=9), b"raw")
    assert rejects.all() == [first, Rejected(index=5, reason="future", field="t", value="9", body=b"raw")]


def test_counts_what_is_too_much_to_keep() -> None:
    rejects = Rejects()
    for index in range(MAX_REJECTED + 7):
        rejects.add(index, Unfit("missing"), {})
    last = rejects.all()[-1]
    assert len(rejects.all()) == MAX_REJECTED + 1
    assert (last.index, last.reason, last.value) == (-1, "too_many_rejected", "7")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "null"), (True, "True"), (1.5, "1.5"), ({"a": 1}, "an object"), ([1], "an array"), ("\0\ud800", "\ufffd?")],
)
def test_shows_any_value_as_storable_text(value: object, expected: str) -> None:
    assert shown(value) == expected


@given(st.text(st.characters(), max_size=400))
def test_shows_any_text_in_bounds(text: str) -> None:
    assert len(shown(text)) <= 200
    assert b"\0" not in shown(text).encode()
